"""A mail with nothing in it cannot be read: it is put aside with the reason, and the mail behind it comes."""

import asyncio
import os

import pytest

from server.inbound import inbox
from tests.inbound.shop import Shop


def lay_empty_file(shop: Shop) -> None:
    """What a full disk leaves in a mailbox; Dovecot itself refuses to save a mail without bytes."""
    box = shop.mail.store.folder / "boxes" / shop.address
    file = box / "new" / "1790000000.M1P1.mail"
    file.touch()
    os.chown(file, box.stat().st_uid, box.stat().st_gid)


async def test_an_empty_file_in_the_mailbox_is_quarantined_and_the_next_mail_comes(shop: Shop, luca: str) -> None:
    await asyncio.to_thread(shop.mail.write, luca, shop.address, "The first", "Hello")  # makes the mailbox
    await shop.comes("The first")
    await asyncio.to_thread(lay_empty_file, shop)
    await asyncio.to_thread(shop.mail.write, luca, shop.address, "The next", "Hello")
    await shop.comes("The next")
    await shop.is_at_rest()
    assert len(await shop.kept_raw()) == 3
    said = await shop.quarantine(retry=False)
    assert "1 mail in quarantine" in said
    assert "0 bytes" in said
    assert "it is empty. It is kept as it came." in said
    assert sorted(each.subject for each in await shop.conversations()) == ["The first", "The next"]


async def test_blanks_stay_in_quarantine_when_they_are_tried_again(
    shop: Shop, luca: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "LOOK_AGAIN_S", 0.1)
    await asyncio.to_thread(shop.mail.store.put, shop.address, b" \r\n\r\n")
    await asyncio.to_thread(shop.mail.write, luca, shop.address, "The next", "Hello")
    await shop.comes("The next")
    await shop.is_at_rest()
    assert [each.subject for each in await shop.conversations()] == ["The next"]
    assert "1 will be tried again" in (said := await shop.quarantine(retry=True))
    assert "it is empty. It is kept as it came." in said
    await shop.is_at_rest()
    assert "1 mail in quarantine" in await shop.quarantine(retry=False)
