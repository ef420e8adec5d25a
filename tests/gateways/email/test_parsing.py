"""Any mail is read as far as possible: real ones, broken ones, hostile ones."""

import base64
import gzip
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.gateways.email.mime import take_apart
from server.gateways.email.parse import ParsedMail, Unparseable, parse

HEAD = b"From: Anna <anna@client.example>\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def mixed(*parts: bytes) -> bytes:
    """A multipart of these parts, each with its own header."""
    inner = b"".join(b"--q\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n" + inner + b"--q--\r\n"


def text_mail(body: bytes, content_type: str = "text/plain; charset=utf-8", more: str = "") -> bytes:
    """A mail of one part."""
    return HEAD + f"Content-Type: {content_type}\r\n{more}\r\n".encode() + body


def assert_storable(mail: ParsedMail) -> None:
    """Both databases and the wire take everything in it."""
    encoded = msgspec.json.encode(mail)
    assert b"\\u0000" not in encoded
    assert "\x00" not in mail.text


# the standard library's own corpus, where the interpreter brings it


def corpus() -> list[Path]:
    """The sample mails of CPython's tests; Debian keeps them in a package of their own."""
    found = find_spec("test.test_email")
    return sorted((Path(found.origin).parent / "data").glob("msg_*.txt")) if found and found.origin else []


def leaves_by_the_library(message: "Message[str, str]") -> Iterator["Message[str, str]"]:
    """The leaves as the standard library finds them, without entering mails within mails."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            assert isinstance(part, Message)
            yield from leaves_by_the_library(part)
    else:
        yield message


BROKEN_ON_PURPOSE = {"msg_15.txt", "msg_17.txt", "msg_25.txt", "msg_31.txt", "msg_38.txt", "msg_39.txt", "msg_41.txt"}


@pytest.mark.parametrize("file", corpus(), ids=lambda file: file.name)
def test_the_librarys_corpus_is_read_and_taken_apart_as_the_library_does(file: Path) -> None:
    raw = file.read_bytes()
    mail = parse(raw)
    assert_storable(mail)
    if file.name in BROKEN_ON_PURPOSE:
        assert mail.problems
        return
    ours = [(leaf.media_type, leaf.body.decode("latin-1").split()) for leaf in take_apart(raw).leaves]
    theirs = [(leaf.get_content_type(), leaf.get_payload()) for leaf in leaves_by_the_library(message_from_bytes(raw))]
    assert [media_type for media_type, _ in ours] == [media_type for media_type, _ in theirs]
    for (_, words), (_, payload) in zip(ours, theirs, strict=True):
        assert not isinstance(payload, str) or words == payload.split()  # of a mail within it the library makes a message


@given(st.data())
def test_a_mail_built_by_the_library_is_read_back(data: st.DataObject) -> None:
    words = st.text(
        st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40
    )
    built = EmailMessage(policy=policy.SMTP)
    subject, text = " ".join(data.draw(words).split()), data.draw(words)
    files = data.draw(st.lists(st.binary(max_size=300), max_size=4))
    built["From"], built["Subject"] = "anna@client.example", subject
    built.set_content(text, cte=data.draw(st.sampled_from(["base64", "quoted-printable"])))
    for number, content in enumerate(files):
        built.add_attachment(content, maintype="application", subtype="zip", filename=f"Übersicht {number}.zip")
    mail = parse(built.as_bytes())
    assert mail.text.split() == text.split()
    assert [(each.name, each.data) for each in mail.attachments] == [
        (f"Übersicht {number}.zip", content) for number, content in enumerate(files)
    ]
    assert mail.problems == ()


# anything at all

TOKENS = [
    b"From: a@b.example\r\n",
    b"From: =?utf-8?b?4piD?= <a@b.example>\r\n",
    b"Subject: =?x-no?q?=00=ff?=\r\n",
    b"To: (((",
    b"\r\n",
    b"\n",
    b"\r",
    b"Content-Type: multipart/mixed; boundary=q\r\n",
    b'Content-Type: multipart/report; boundary="q"\r\n',
    b"--q\r\n",
    b"--q--\r\n",
    b"Content-Type: text/plain; charset=\x00utf\r\n",
    b"Content-Type: text/html; charset*=x''%ff\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: uuencode\r\nbegin 644 x\r\n",
    b"Content-Disposition: attachment; filename*0*=utf-8''%c3; filename*1=x\r\n",
    b"Content-Type: message/delivery-status\r\n",
    b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n",
    b"Message-ID: <>\r\n",
    b"References: <a <b <c> d>\r\n",
    b"Date: Fri, 99 Foo 20000 99:99:99 +9999\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"\x00\xff\xfe",
    b"====",
    b" folded\r\n",
    b"<script>",
    b"On Monday x wrote:\r\n> y\r\n",
]
MAILS = st.one_of(
    st.binary(max_size=400), st.lists(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=12)), max_size=25).map(b"".join)
)


@given(MAILS)
@example(b"\x00")
@example(b":\r\n\r\n--")
@example(b"Content-Type: ;charset*\r\x80")
@example(b"Content-Type: multipart/x; boundary=\r\n\r\n--\r\n----")
def test_no_bytes_raise_anything_but_unparseable(raw: bytes) -> None:
    try:
        mail = parse(raw)
    except Unparseable:
        assert not raw.strip(), "only an empty mail cannot be read"
        return
    assert_storable(mail)
    assert mail.message_key.startswith("<")
    assert parse(raw) == mail


# what breaks other programs


def test_a_text_of_an_unknown_charset_is_shown_and_told() -> None:
    mail = parse(text_mail("Grüße".encode(), "text/plain; charset=x-klingon"))
    assert mail.text == "Grüße"
    assert mail.problems == ("A text is not in the character set it names (x-klingon); some signs may be wrong.",)


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("iso-8859-1", "Preis 5 € – gut".encode("cp1252")),
        ("us-ascii", "Preis 5 € – gut".encode()),
        ("utf-8", "Preis 5 € – gut".encode()),
        ('"UTF-8"', "Preis 5 € – gut".encode()),
        ("utf-16", "Preis 5 € – gut".encode("utf-16")),
    ],
)
def test_charsets_as_programs_mean_them(charset: str, body: bytes) -> None:
    mail = parse(text_mail(body, f"text/plain; charset={charset}"))
    assert mail.text == "Preis 5 € – gut"
    assert mail.problems == ()


@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "hex", "base64", "rot13", "undefined", "unicode_escape", "\\x00", "a" * 3000]
)
def test_a_codec_that_is_no_charset_is_not_used(charset: str) -> None:
    mail = parse(text_mail(b"abc" * 3, f"text/plain; charset={charset}"))
    assert mail.text == "abcabcabc"
    assert mail.problems


def test_nuls_and_lone_surrogates_are_taken_out() -> None:
    mail = parse(b"From: a\x00b@c.example\r\nSubject: a\x00b =?utf-8?q?=ED=A0=80?=\r\n\r\nHi\x00 there")
    assert mail.text == "Hi there"
    assert_storable(mail)
    assert "\x00" not in mail.subject


def test_damaged_base64_gives_what_can_be_read_and_is_told() -> None:
    body = base64.b64encode(b"Hello, this is the text.")[:-3] + b"!"
    mail = parse(text_mail(body, more="Content-Transfer-Encoding: base64\r\n"))
    assert mail.text.startswith("Hello, this is the te")
    assert mail.problems == ("A text is damaged; some of it may be missing.",)


def test_headers_with_raw_bytes_and_split_words_are_read() -> None:
    word = base64.b64encode("Grüße".encode())
    raw = (
        b'From: J\xc3\xbcrgen <juergen@client.example>\r\nTo: "Doe, John" <JOHN@x.example>,'
        b" =?iso-8859-1?q?Ren=E9=2C_Bob?= <rene@x.example>\r\n"
        b"Subject: =?utf-8?q?Gr=C3?=\r\n =?utf-8?q?=BC=C3=9Fe?= an =?utf-8?b?" + word + b"?=\r\n\r\nHi"
    )  # fmt: skip
    mail = parse(raw)
    assert mail.sender is not None
    assert (mail.sender.address, mail.sender.name) == ("juergen@client.example", "Jürgen")
    assert [(each.address, each.name) for each in mail.to] == [("john@x.example", "Doe, John"), ("rene@x.example", "René, Bob")]
    assert mail.subject == "Grüße an Grüße"


@pytest.mark.parametrize("field", ["", "Message-ID: \r\n", "Message-ID: <>\r\n", "Message-ID:  < > \r\n"])
def test_a_mail_without_a_message_id_gets_the_same_one_each_time(field: str) -> None:
    raw = b"Received: from one\r\n" + HEAD + field.encode() + b"\r\nHi"
    mail = parse(raw)
    assert not mail.has_own_key
    assert parse(raw.replace(b"from one", b"from two")).message_key == mail.message_key
    assert parse(raw + b"!").message_key != mail.message_key


def test_the_same_id_with_another_body_can_be_told_apart() -> None:
    one, two = (parse(HEAD + b"Message-ID: <1@x>\r\n\r\n" + body) for body in (b"a", b"b"))
    assert one.message_key == two.message_key == "<1@x>"
    assert one.body_sha256 != two.body_sha256


def test_of_five_thousand_attachments_the_first_are_kept_and_the_rest_is_told() -> None:
    began = time.thread_time()
    part = b"Content-Disposition: attachment; filename=a.txt\r\n\r\nfoo"
    mail = parse(mixed(b"\r\nThe text", *([part] * 5000)))
    assert time.thread_time() - began < 12
    assert mail.text == "The text"
    assert len(mail.attachments) == 200
    assert mail.problems == ("It has 5,000 attachments; the first 200 are shown, the others are in the original.",)


def test_a_body_of_sixty_megabytes_is_read_in_seconds() -> None:
    data = bytes(range(256)) * 175_000
    part = b"Content-Type: application/pdf; name=big.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data)
    began = time.thread_time()
    mail = parse(mixed(b"\r\nThe text", part))
    assert time.thread_time() - began < 30
    assert mail.text == "The text"
    assert mail.attachments[0].data == data
    long = parse(text_mail(b"0123456789\r\n" * 5_000_000))
    assert len(long.text) == 200_000
    assert long.problems == ("A text is very long; only its beginning is shown.",)


NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=q%d\r\n\r\n--q%d\r\n" % (number, number) for number in range(3000))


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + NESTED,
        HEAD + NESTED + b"--q" * 1_000_000,
        HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n" + b"--q\r\n" * 1_000_000,
        HEAD + b'Content-Type: text/plain; a="' + b'\\";' * 60_000 + b"\r\n\r\nx",
        b"From: " + b"(" * 100_000 + b"a@b.example\r\n\r\nx",
        b"From: " + b"<a@b.example>, " * 100_000 + b"\r\n\r\nx",
        b"X: y\r\n" * 1_000_000,
        text_mail(b"<" * 1_000_000, "text/html"),
        text_mail(b"<!--" * 250_000, "text/html"),
        text_mail(b"<script>" * 125_000, "text/html"),
        text_mail((b"Am " + b"schrieb x " * 50 + b"\n") * 500),
        text_mail(b"\n \n" * 200_000),
        text_mail(b"> " * 200_000),
    ],
    ids=lambda raw: f"{len(raw)} bytes",
)
def test_hostile_mails_take_seconds_not_minutes(raw: bytes) -> None:
    began = time.thread_time()
    assert_storable(parse(raw))
    assert time.thread_time() - began < 20


def test_an_empty_mail_belongs_into_quarantine() -> None:
    with pytest.raises(Unparseable):
        parse(b" \r\n")


# what people see


def test_html_alone_gives_a_text_too() -> None:
    head, shown = b"<head><title>t</title><style>p {}</style></head>", b"<p>Hello&nbsp;<b>you</b></p><p>1 &lt; 2<br>bye</p>"
    body = b"<html>" + head + b"<body>" + shown + b"</body></html>"
    mail = parse(text_mail(body, "text/html"))
    assert mail.text == "Hello you\n\n1 < 2\nbye"
    assert mail.html == body.decode()


def test_names_of_files_are_made_harmless() -> None:
    def named(value: str) -> str:
        part = f"Content-Type: application/pdf\r\nContent-Disposition: attachment; {value}\r\n\r\nx".encode()
        return parse(mixed(part)).attachments[0].name

    assert named('filename="../../etc/passwd"') == "passwd"
    assert named('filename="C:\\\\dir\\\\a.pdf"') == "a.pdf"
    assert named('filename=".bashrc"') == "bashrc"
    assert named("filename*=utf-8''%e2%82%ac%20rates.pdf") == "€ rates.pdf"
    assert named('filename="=?utf-8?q?=E2=82=AC.pdf?="') == "€.pdf"
    assert named(f'filename="{"x" * 400}.pdf"').endswith("….pdf")
    assert named("") == "attachment-1.pdf"


def test_an_image_in_the_html_is_told_from_a_file() -> None:
    image = b"Content-Type: image/png\r\nContent-ID: <logo@x>\r\n\r\npng"
    other = b"Content-Type: image/png; name=photo.png\r\nContent-ID: <photo@x>\r\n\r\npng"
    mail = parse(mixed(b'Content-Type: text/html\r\n\r\n<img src="cid:logo@x">', image, other))
    assert [(each.name, each.is_inline, each.content_id) for each in mail.attachments] == [
        ("attachment-1.png", True, "logo@x"), ("photo.png", False, "photo@x"),
    ]  # fmt: skip


BETWEEN = "On Monday, Support wrote:\n> First?\nYes.\n> Second?\nNo."
OUTLOOK = "From: Support <s@shop.example>\nSent: Monday\nTo: Anna\nSubject: Hello\n\nOld text"
ENGLISH = "On Mon, 2 Nov 2026 at 10:00, Support <s@shop.example> wrote:\n> Hello\n> there"
ANSWERS = {
    "below a header line": (f"Thanks, that works.\n\nAnna\n\n{ENGLISH}", "Thanks, that works.\n\nAnna"),
    "in German": ("Danke!\n\nAm 02.11.2026 um 10:00 schrieb Support <s@shop.example>:\n> Hallo", "Danke!"),
    "over an Outlook header": (f"Done.\n\n{OUTLOOK}", "Done."),
    "without a quote": ("A text\n    with an indent\n\nand an end", "A text\n    with an indent\n\nand an end"),
    "between the quoted lines": (BETWEEN, BETWEEN),
    "only a quote": ("> Hello\n> there", "> Hello\n> there"),
    "empty": ("", ""),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_new_part_of_an_answer_is_seen_and_the_whole_is_kept(name: str) -> None:
    text, visible = ANSWERS[name]
    mail = parse(text_mail(text.encode()))
    assert mail.text_visible == visible
    assert mail.text == text


@pytest.mark.parametrize(
    "field", ["Auto-Submitted: auto-replied", "Precedence: bulk", "List-Id: <l.x.example>", "Return-Path: <>", "X-Autoreply: yes"]
)
def test_mails_of_machines_and_lists_are_marked(field: str) -> None:
    assert parse(field.encode() + b"\r\n" + HEAD + b"\r\nHi").is_auto


@pytest.mark.parametrize("field", ["Auto-Submitted: no", "Return-Path: <anna@client.example>", "Precedence: normal"])
def test_mails_of_people_are_not(field: str) -> None:
    assert not parse(field.encode() + b"\r\n" + HEAD + b"\r\nHi").is_auto


def test_a_report_of_delay_is_no_bounce() -> None:
    report = b"Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; bob@client.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n"
    raw = mixed(b"\r\nNot yet", b"Content-Type: message/delivery-status\r\n\r\n" + report)
    mail = parse(raw.replace(b"multipart/mixed", b"multipart/report"))
    assert mail.is_auto
    assert not mail.is_bounce
    assert [(each.address, each.action) for each in mail.bounced] == [("bob@client.example", "delayed")]


def test_dates_that_make_no_sense_are_none_and_told() -> None:
    assert parse(b"Date: Mon, 2 Nov 2026 10:00:00 +0100\r\n" + HEAD + b"\r\nx").sent_us == 1_793_610_000_000_000
    for value in ("yesterday", "Mon, 2 Nov 9999 10:00:00 -9999"):
        mail = parse(f"Date: {value}\r\n".encode() + HEAD + b"\r\nx")
        assert mail.sent_us is None
        assert "Its date makes no sense." in mail.problems


def test_a_mail_within_a_mail_is_a_file() -> None:
    inner = gzip.compress(b"x")  # any bytes
    mail = parse(
        mixed(b"\r\nsee below", b"Content-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\nSubject: inner\r\n\r\n" + inner)
    )
    assert mail.text == "see below"
    assert [(each.media_type, each.name) for each in mail.attachments] == [("message/rfc822", "attachment-1.eml")]
