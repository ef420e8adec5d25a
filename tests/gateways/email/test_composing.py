"""What goes out is a right mail whatever people typed, and no value can begin a header of its own."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.gateways.api import OutboundFile, OutboundMessage
from server.gateways.email.compose import BadMessage, compose, reply_address
from server.gateways.email.parse import parse

ANYTHING = st.text(st.characters(categories=None, codec=None), max_size=200)
ALLOWED = {
    "message-id", "in-reply-to", "references", "x-patchbay-thread", "from", "to", "reply-to", "subject", "date", "mime-version",
    "content-type", "content-transfer-encoding", "cc",
}  # fmt: skip


def message(**changes: Any) -> OutboundMessage:
    """A small message."""
    values = {
        "message_key": "<a.b@shop.example>", "from_address": "support@shop.example", "to": ("anna@client.example",),
        "text": "Hello", "sent_us": 1_795_000_000_000_000, "subject": "Hi", **changes,
    }  # fmt: skip
    return OutboundMessage(**values)


def read(raw: bytes) -> EmailMessage:
    """By the standard library."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


@given(subject=ANYTHING, name=ANYTHING, text=ANYTHING, file=ANYTHING)
def test_no_text_breaks_the_mail_or_adds_a_header(subject: str, name: str, text: str, file: str) -> None:
    files = (OutboundFile(name=file, media_type="text/csv\r\nBcc: all@client.example", data=b"1,2"),)
    raw = compose(message(subject=subject, from_name=name, text=text, files=files))
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert {key.lower() for key in set(read(raw))} <= ALLOWED
    mail = parse(raw)
    assert mail.sender is not None
    assert mail.sender.address == "support@shop.example"
    assert mail.message_key == "<a.b@shop.example>"
    assert [each.data for each in mail.attachments] == [b"1,2"]
    assert mail.problems == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"message_key": "<a@b>\r\nBcc: <all@client.example>"},
        {"message_key": "no brackets"},
        {"in_reply_to": "<a@b> <c@d>"},
        {"to": ()},
        {"to": ("anna@client.example\r\nBcc: all@client.example",)},
        {"to": ("anna",)},
        {"to": ("a b@client.example",)},
        {"from_address": "support@"},
        {"reply_token": "x\r\nBcc: all@client.example"},
    ],
)
def test_an_id_or_an_address_that_is_none_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadMessage):
        compose(message(**changes))


def test_references_are_bounded_and_keep_the_first_and_the_latest() -> None:
    chain = tuple(f"<{number}.{'x' * 100}@client.example>" for number in range(500))
    kept = read(compose(message(references=(*chain[:3], "broken\r\nBcc: x", *chain[3:]))))["References"].split()
    assert len(kept) == 20
    assert kept[0] == chain[0]
    assert kept[1:] == list(chain[-19:])


def test_an_image_of_the_html_is_related_to_it_and_a_file_stands_beside() -> None:
    files = (
        OutboundFile(name="логотип.png", media_type="image/png", data=b"\x89PNG", content_id="logo"),
        OutboundFile(name="Angebot für Anna.pdf", media_type="application/pdf", data=b"%PDF"),
    )
    raw = compose(message(html='<p>Hé</p><img src="cid:logo">', files=files))
    assert [part.get_content_type() for part in read(raw).walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "application/pdf",
    ]  # fmt: skip
    mail = parse(raw)
    assert [(each.name, each.data, each.is_inline) for each in mail.attachments] == [
        ("логотип.png", b"\x89PNG", True), ("Angebot für Anna.pdf", b"%PDF", False),
    ]  # fmt: skip
    assert mail.text == "Hello"
    assert mail.html is not None
    assert "<p>Hé</p>" in mail.html


def test_domains_of_other_scripts_travel_as_ascii() -> None:
    assert read(compose(message(to=("anna@bücher.example",))))["To"] == "anna@xn--bcher-kva.example"


def test_the_reply_address_carries_the_token_unless_it_would_be_too_long() -> None:
    assert reply_address("support@shop.example", "c" * 40) == f"support+{'c' * 40}@shop.example"
    assert reply_address(f"{'x' * 40}@shop.example", "c" * 40) == f"{'x' * 40}@shop.example"
