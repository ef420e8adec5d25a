"""The sound library's chatter stays out of the terminal, and nothing else does."""

import asyncio
import logging
import sys

import pytest

from softphone.api import ListDevices, PhoneError, Sound, UseSound
from softphone.client import SoftphoneProcess
from softphone.complaints import PIECE, pass_on

CHATTER = "ALSA lib confmisc.c:165:(snd_config_get_card) Cannot get card index for 0"
BEGIN = f"""
import runpy, sys
sys.stderr.write({CHATTER + chr(10)!r} + "softphone WARNING no such device\\n" + {CHATTER + chr(10)!r} + "the last words")
sys.stderr.flush()
"""
RUN = BEGIN + "sys.stderr.write(chr(10))\nrunpy.run_module('softphone', run_name='__main__')\n"


async def passed(*pieces: bytes) -> None:
    errors = asyncio.StreamReader()
    for piece in pieces:
        errors.feed_data(piece)
    errors.feed_eof()
    await pass_on(errors)


async def test_chatter_is_logged_at_debug_and_the_rest_is_passed_on_letter_by_letter(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "softphone")
    await passed(f"{CHATTER}\nTraceback\n  ALSA lib is no".encode(), f" line of it\n\n{CHATTER}\n\xff half".encode("latin-1"))
    assert capsys.readouterr().err == "Traceback\n  ALSA lib is no line of it\n\n� half"
    assert caplog.messages == [CHATTER, CHATTER]


async def test_a_line_that_never_ends_is_passed_on_too(capsys: pytest.CaptureFixture[str]) -> None:
    endless = "x" * (3 * PIECE)
    await passed(endless.encode())
    assert capsys.readouterr().err == endless


async def test_what_a_real_phone_says_at_its_start_is_kept_apart(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "softphone")
    phone = SoftphoneProcess([sys.executable, "-c", RUN])
    await phone.start()
    await phone.do(UseSound(sound=Sound()))  # of a real device, or of none: then the library complains by itself
    await phone.do(ListDevices())
    await phone.close()
    said = capsys.readouterr().err
    assert "softphone WARNING no such device\n" in said
    assert "the last words" in said
    assert "ALSA lib " not in said
    assert "pjlib" not in said
    assert caplog.messages.count(CHATTER) >= 2
    assert any("pjlib" in message and "initialized" in message for message in caplog.messages)


async def test_the_words_of_a_phone_that_dies_are_heard(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("softphone.client.START_S", 0.1)  # it never comes up
    phone = SoftphoneProcess([sys.executable, "-c", BEGIN + "raise SystemExit(3)"])
    with pytest.raises(PhoneError):
        await phone.start()
    said = ""
    async with asyncio.timeout(60):
        while "the last words" not in said:
            await asyncio.sleep(0.01)
            said += capsys.readouterr().err
    await phone.close()
    assert "ALSA lib " not in said
