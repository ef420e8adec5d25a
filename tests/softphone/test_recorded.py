"""A recorded call's file: both sides in their places, gaps, and what is left of it after a crash or a change."""

from pathlib import Path

import pytest

from softphone.api import Event, Gap, RecordingChanged, RecordingDone, StartRecording
from softphone.recorded import (
    CALL,
    HEADING_BYTES,
    NoRecording,
    Recorded,
    RecordingWriter,
    Shape,
    interleaved,
    parts_of,
    read_recording,
    ticks_of,
)
from softphone.scripted import ScriptedSoftphone, write_tones
from softphone.sealed import CHUNK_BYTES, HEAD_BYTES, SEALED_BYTES, DoesNotOpen
from softphone.wire import Request

KEY, OTHER_KEY = bytes(range(32)), bytes(32)
A_CHUNK_S = 1.02


def read(path: Path, key: bytes = KEY) -> tuple[Recorded, bytes]:
    sound = bytearray()
    recorded = read_recording(path, key, sound.extend)
    return recorded, bytes(sound)


def test_what_is_written_is_read_with_both_sides_in_their_places(tmp_path: Path) -> None:
    path = tmp_path / "call"
    ticks = [interleaved(bytes([place, 0] * 320), bytes([place, 1] * 320)) for place in range(130)]
    writer = RecordingWriter(path, KEY)
    writer.write(ticks[:7])
    writer.write(ticks[7:])
    writer.finish()
    recorded, sound = read(path)
    assert sound == b"".join(ticks)
    assert sound[:4] == bytes([0, 0, 0, 1])
    assert (recorded.seconds, recorded.gaps, recorded.end, recorded.shape) == (2.6, (), "whole", CALL)
    assert ticks[3] not in path.read_bytes()


@pytest.mark.parametrize("seconds", [0.0, 0.02, A_CHUNK_S, 2 * A_CHUNK_S, 5.5])
def test_any_length_has_its_end(tmp_path: Path, seconds: float) -> None:
    assert write_tones(tmp_path / "call", KEY, seconds=seconds) == (seconds, ())
    recorded, sound = read(tmp_path / "call")
    assert (recorded.seconds, recorded.end, len(sound)) == (seconds, "whole", round(seconds * 64_000))


def test_what_is_paused_is_silence_in_its_place_and_marked_across_chunks(tmp_path: Path) -> None:
    gaps = (Gap(begin_s=0.5, seconds=2.5), Gap(begin_s=4.0, seconds=0.02))
    assert write_tones(tmp_path / "call", KEY, seconds=5, paused=[(0.5, 3.0), (4.0, 4.02)]) == (5.0, gaps)
    recorded, sound = read(tmp_path / "call")
    assert (recorded.gaps, recorded.seconds) == (gaps, 5.0)
    assert not any(sound[32_000:192_000])
    assert any(sound[:32_000])
    assert any(sound[192_000:])


@pytest.mark.parametrize("more", [0, 1, 11, 29, SEALED_BYTES - 1])
def test_whole_chunks_are_read_after_a_crash_wherever_it_cut(tmp_path: Path, more: int) -> None:
    path = tmp_path / "call"
    write_tones(path, KEY, seconds=10 * A_CHUNK_S)
    whole = path.read_bytes()
    path.write_bytes(whole[: HEAD_BYTES + 3 * SEALED_BYTES + more])
    recorded, sound = read(path)
    assert (round(recorded.seconds, 2), recorded.end, len(sound)) == (round(3 * A_CHUNK_S, 2), "cut", 3 * 51 * 1280)


def test_a_killed_writer_leaves_every_whole_chunk(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "call", KEY)
    writer.write([bytes(CALL.tick_bytes)] * 120)  # and nothing more: its process is gone
    assert read(tmp_path / "call")[0].ticks == writer.ticks == 102
    writer.leave()


@pytest.mark.parametrize("size", [0, 5, HEAD_BYTES, HEAD_BYTES + 100])
def test_a_crash_in_the_first_second_leaves_nothing_and_says_so(tmp_path: Path, size: int) -> None:
    write_tones(tmp_path / "call", KEY, seconds=3)
    (tmp_path / "call").write_bytes((tmp_path / "call").read_bytes()[:size])
    recorded, sound = read(tmp_path / "call")
    assert (recorded.seconds, recorded.end, sound) == (0, "cut", b"")


def test_a_changed_a_swapped_and_a_foreign_chunk_are_found(tmp_path: Path) -> None:
    write_tones(tmp_path / "call", KEY, seconds=5)
    write_tones(tmp_path / "other", KEY, seconds=5)
    whole, foreign = (tmp_path / "call").read_bytes(), (tmp_path / "other").read_bytes()
    head, chunks = whole[:HEAD_BYTES], [whole[HEAD_BYTES + n * SEALED_BYTES :][:SEALED_BYTES] for n in range(5)]
    changed = bytes([chunks[2][30_000] ^ 1])
    for forged in (
        [*chunks[:2], chunks[2][:30_000] + changed + chunks[2][30_001:], *chunks[3:]],
        [*chunks[:2], chunks[3], chunks[2], chunks[4]],
        [*chunks[:2], chunks[1], *chunks[3:]],
        [*chunks[:2], foreign[HEAD_BYTES + 2 * SEALED_BYTES :][:SEALED_BYTES], *chunks[3:]],
        [*chunks[:2], bytes(SEALED_BYTES), *chunks[3:]],
    ):
        (tmp_path / "call").write_bytes(head + b"".join(forged))
        recorded, sound = read(tmp_path / "call")
        assert (recorded.end, recorded.ticks, len(sound)) == ("damaged", 102, 102 * 1280)
        with pytest.raises(DoesNotOpen):
            list(parts_of(tmp_path / "call", KEY))


def test_another_key_and_another_file_give_nothing(tmp_path: Path) -> None:
    write_tones(tmp_path / "call", KEY, seconds=3)
    taken: list[bytes] = []
    with pytest.raises(NoRecording):
        read_recording(tmp_path / "call", OTHER_KEY, taken.append)
    (tmp_path / "note").write_bytes(b"a letter to somebody" * 5)
    with pytest.raises(NoRecording):
        read_recording(tmp_path / "note", KEY, taken.append)
    assert taken == []


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    write_tones(tmp_path / "call", KEY, seconds=2)
    before = (tmp_path / "call").read_bytes()
    with pytest.raises(FileExistsError):
        RecordingWriter(tmp_path / "call", KEY)
    assert (tmp_path / "call").read_bytes() == before


@pytest.mark.parametrize("begin_s", [0.0, 0.5, A_CHUNK_S, 3.3, 4.98])
def test_reading_begins_at_any_second(tmp_path: Path, begin_s: float) -> None:
    write_tones(tmp_path / "call", KEY, seconds=5, paused=[(3.2, 3.4)])
    _, sound = read(tmp_path / "call")
    parts = list(parts_of(tmp_path / "call", KEY, begin_s))
    assert b"".join(part.sound for part in parts) == sound[round(begin_s * 64_000) :]
    assert sum(part.ticks for part in parts) == round((5 - begin_s) * 50)
    assert list(parts_of(tmp_path / "call", KEY, 5.5)) == []


@pytest.mark.parametrize("shape", [Shape(rate=8_000, channels=1), Shape(rate=44_100, channels=2), Shape(rate=48_000, channels=1)])
def test_other_shapes_of_sound_go_round_too(tmp_path: Path, shape: Shape) -> None:
    sound = bytes(range(256)) * 3_000
    writer = RecordingWriter(tmp_path / "call", KEY, shape)
    writer.write(list(ticks_of(sound, shape)))
    writer.finish()
    recorded, read_back = read(tmp_path / "call")
    assert (recorded.shape, recorded.end, read_back.rstrip(b"\0")) == (shape, "whole", sound)
    assert HEADING_BYTES + shape.tick_bytes * shape.ticks_a_chunk <= CHUNK_BYTES


async def test_the_scripted_phone_records_as_the_real_one(tmp_path: Path) -> None:
    phone, heard = ScriptedSoftphone(), list[Event]()
    phone.subscribe(heard.append)
    await phone.do(StartRecording(call_id=3, path=str(tmp_path / "call"), key=KEY))
    done = phone.finish_recording(seconds=3, paused=[(1, 2)])
    assert heard == [RecordingChanged(call_id=3, state="stopped", seconds=3.0), done]
    gaps = [Gap(begin_s=1.0, seconds=1.0)]
    assert done == RecordingDone(call_id=3, path=str(tmp_path / "call"), seconds=3.0, gaps=gaps)
    assert read(tmp_path / "call")[0].seconds == 3.0


def test_the_key_goes_over_the_pipe() -> None:
    import msgspec

    asked = Request(id=1, act=StartRecording(call_id=3, path="call", key=KEY))
    assert msgspec.json.decode(msgspec.json.encode(asked), type=Request) == asked
