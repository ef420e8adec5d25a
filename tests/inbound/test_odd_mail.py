"""Whatever arrives is kept as it came and shown as far as it can be, and the mail behind it still gets its turn."""

import asyncio

import pytest

from server.gateways.email.parse import Unparseable, parse
from server.inbound import inbox
from server.inbound import mail as pipeline
from tests.inbound.shop import Shop, until

HEAD = b"From: Anna <anna@client.example>\r\nSubject: odd\r\nMessage-ID: <odd@client.example>\r\n"
ODD = {
    "unknown charset": HEAD + b'Content-Type: text/plain; charset="x-klingon"\r\n\r\nH\xe4llo\r\n',
    "wrong charset": HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\nH\xe4llo \xff\xfe\r\n",
    "NULs": HEAD + b"X-Odd: a\x00b\r\n\r\nHe\x00llo\x00\r\n",
    "broken base64": HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8*** not base64 ===\r\n",
    "no boundary": HEAD + b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nHello\r\n",
    "bytes in the headers": HEAD + b"To: \xff\xfe\xfd\r\nX-\xe4: \x80\r\n\r\nHello\r\n",
    "a date that is none": HEAD + b"Date: Fri, 99 Foo 0000 99:99:99 +9999\r\n\r\nHello\r\n",
    "a date long ago": HEAD + b"Date: Mon, 1 Jan 0001 00:00:00 +0000\r\n\r\nHello\r\n",
    "a date to come": HEAD + b"Date: Fri, 31 Dec 9999 23:59:59 -1200\r\n\r\nHello\r\n",
    "lone surrogates": HEAD + b"X-A: =?utf-8?b?7aCA?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHi \xed\xa0\x80\r\n",
    "no sender": b"Subject: odd\r\n\r\nHello\r\n",
    "a long subject": b"From: a@client.example\r\nSubject: odd " + b"x" * 200_000 + b"\r\n\r\nHello\r\n",
    "an endless address": b"From: " + b"a" * 5000 + b"@client.example\r\nSubject: odd\r\n\r\nHello\r\n",
    "only noise": bytes(range(1, 256)) * 40,
    "only headers": HEAD,
}  # fmt: skip
NEXT = b"From: Luca <luca@client.example>\r\nSubject: the next\r\nMessage-ID: <next@client.example>\r\n\r\nHello\r\n"


async def comes_after(shop: Shop, luca: str) -> None:
    """The next mail is not held up."""
    await asyncio.to_thread(shop.mail.write, luca, shop.address, "the next", "Hello")
    await shop.comes("the next", 60.0)
    await shop.is_at_rest()


@pytest.mark.parametrize("odd", list(ODD))
async def test_an_odd_mail_is_kept_and_the_next_one_comes(closed: Shop, odd: str) -> None:
    for raw in (ODD[odd], NEXT):
        await asyncio.to_thread(closed.mail.store.put, closed.address, raw)
    async with closed.open() as shop:
        await shop.comes("the next")
        await shop.is_at_rest()
        talks, quarantined = await shop.conversations(), await shop.in_state("quarantined")
        assert len(talks) + len(quarantined) == 2
        assert quarantined == [], "all of these can be shown"
        other = next(each for each in talks if each.subject != "the next")
        (message,) = await shop.messages(other.id)
        assert "\x00" not in message.text
        raws = [shop.store.blobs.read(sha256) for sha256 in await shop.kept_raw()]
        assert any(ODD[odd][:9] in raw for raw in raws)


async def test_five_thousand_attachments_do_not_stop_the_inbox(shop: Shop, luca: str) -> None:
    part = b'--x\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename="%d.csv"\r\n\r\n%d\r\n'
    parts = b"".join(part % (place, place) for place in range(5000))
    many = HEAD + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + parts + b"--x--\r\n"
    await asyncio.to_thread(shop.mail.store.put, shop.address, many)
    await comes_after(shop, luca)
    talk = await shop.comes("odd")
    assert len(await shop.files(talk.id)) == 200
    (message,) = await shop.messages(talk.id)
    assert "attachments" in (message.problems or "")


async def test_sixty_megabytes_do_not_stop_the_inbox(shop: Shop, luca: str) -> None:
    body = (b"0123456789" * 7 + b"\r\n") * 850_000
    await asyncio.to_thread(shop.mail.store.put, shop.address, HEAD + b"\r\n" + body)
    await comes_after(shop, luca)
    (message,) = await shop.messages((await shop.comes("odd")).id)
    assert message.text.startswith("0123456789")
    assert "only its beginning is shown" in (message.problems or "")
    raws = [shop.store.blobs.read(sha256) for sha256 in await shop.kept_raw()]
    assert max(map(len, raws)) > len(body), "kept as it came, all of it"


@pytest.mark.expects_errors
async def test_what_cannot_be_taken_in_is_quarantined_with_the_reason_and_can_be_tried_again(
    shop: Shop, luca: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "LOOK_AGAIN_S", 0.1)

    def parse_or_not(raw: bytes) -> object:
        if b"Subject: bad" in raw:
            raise Unparseable(why="it is cursed.")
        if b"Subject: worse" in raw:
            raise ZeroDivisionError
        return parse(raw)

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "parse", parse_or_not)
        for subject in ("bad", "worse"):
            await asyncio.to_thread(shop.mail.write, luca, shop.address, subject, "Hello")
        await asyncio.to_thread(shop.mail.write, luca, shop.address, "the next", "Hello")
        await shop.comes("the next", 60.0)

        async def are_both_out() -> bool:
            return len(await shop.in_state("quarantined")) == 2

        await until(are_both_out, 60.0)
        said = await shop.quarantine(retry=False)
        assert "2 mails in quarantine" in said
        assert "The server failed at this mail (ZeroDivisionError). It is kept as it came." in said
        assert "This mail can't be read: it is cursed. It is kept as it came." in said
    assert len(await shop.conversations()) == 1
    assert "2 will be tried again" in await shop.quarantine(retry=True)
    for subject in ("bad", "worse"):
        await shop.comes(subject)
    await shop.is_at_rest()
    assert await shop.quarantine(retry=True) == "Support: no mails in quarantine\n"
