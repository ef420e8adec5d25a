"""What comes over the wire is ours or refused."""

from contextlib import suppress

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

import app.domain.nouns  # noqa: F401 - so that every kind is known
from app.kernel.errors import BadValue
from app.kernel.ids import new_id
from app.protocol.codec import MAX_MESSAGE_BYTES, Frames, framed, pack, unpack
from app.protocol.cursor import Cursor, Place, cursor_from_text, cursor_to_text, layout_now
from app.protocol.envelopes import Outcome, Page, Push, refusal_of
from app.protocol.sight import Sight
from app.protocol.version import LOWEST_COMPATIBLE, PROTOCOL, ProgramTooOld, ServerTooOld, check_console, check_server


@given(st.lists(st.binary(max_size=50)), st.integers(1, 7))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(messages: list[bytes], size: int) -> None:
    stream, frames, got = b"".join(framed(message) for message in messages), Frames(), []
    for at in range(0, len(stream), size):
        got += frames.feed(stream[at : at + size])
    assert got == messages


@given(st.binary(max_size=200))
def test_bytes_that_are_no_message_are_refused(data: bytes) -> None:
    for noise in (data, zstandard.ZstdCompressor().compress(data)):
        with pytest.raises(BadValue):
            unpack(noise, Push)


@given(st.text(max_size=60))
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with suppress(BadValue):
        assert isinstance(cursor_from_text(text), Cursor)


def test_a_message_that_claims_to_be_endless_is_refused_before_room_is_made_for_it() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(MAX_MESSAGE_BYTES + 1))
    assert len(bomb) < 100_000
    with pytest.raises(BadValue):
        unpack(bomb, Page)
    with pytest.raises(BadValue):
        Frames().feed((MAX_MESSAGE_BYTES + 1).to_bytes(4, "big"))


def test_a_cursor_survives_its_text() -> None:
    keys = frozenset({new_id(), new_id()})
    sight = Sight(keys, {"call": None, "note": frozenset()}, 7, {"contact": keys}, {"contact": frozenset({"pinned_note"})})
    place = Place(3, 9, sight, True, "contact", "new", 4, new_id().bytes)
    cursor = Cursor(3, Sight(keys), layout_now(), place)
    assert cursor_from_text(cursor_to_text(cursor)) == cursor


def test_each_side_says_which_of_the_two_is_too_old() -> None:
    check_console(PROTOCOL)
    check_server(PROTOCOL, LOWEST_COMPATIBLE)
    with pytest.raises(ProgramTooOld):
        check_console(LOWEST_COMPATIBLE - 1)
    with pytest.raises(ProgramTooOld):
        check_server(PROTOCOL + 1, PROTOCOL + 1)
    with pytest.raises(ServerTooOld):
        check_server(LOWEST_COMPATIBLE - 1, LOWEST_COMPATIBLE - 1)


def test_a_refusal_comes_back_as_the_error_it_was() -> None:
    outcome = Outcome(command_id=new_id(), status="rejected", version=1, error="bad_value", values={"field": "name"})
    again = refusal_of(unpack(pack(outcome), Outcome))
    assert isinstance(again, BadValue)
    assert again.values["field"] == "name"
    assert refusal_of(msgspec.structs.replace(outcome, error="of a newer server")).key == "refused"
