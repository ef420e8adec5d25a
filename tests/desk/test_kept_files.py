"""Kept files of a message that left this device leave the folder; what is still here, or waits to be sent, stays."""

from pathlib import Path
from uuid import UUID

import msgspec

from app.desk.kept_files import forget_left
from app.desk.sealed_folder import sealed_name
from app.domain.attachments.commands import ReplyWithFiles, SentFile
from app.domain.conversations.queries import conversation_ids
from app.kernel.clock import system_now_us
from app.kernel.ids import new_id
from app.protocol.envelopes import Page
from app.replica.thread import ReplicaThread
from tests.desk.conftest import Work

KEY = bytes(range(32))
LOST, SHARED, OTHER, WAITING = (letter * 64 for letter in "abcd")


async def lose(replica: ReplicaThread, conversation_id: UUID) -> None:
    """It went out of sight."""
    cursor = await replica.cursor()
    end = msgspec.structs.replace(cursor, version=cursor.version + 1)
    forget = [("conversation", conversation_id)]
    assert await replica.apply(Page(start=cursor, end=end, server_us=system_now_us(), blocks=[], forget=forget))


async def write_with_files(work: Work, conversation_id: UUID, hashes: tuple[str, ...]) -> None:
    files = tuple(SentFile(name="a.pdf", media_type="application/pdf", size_bytes=1, sha256=each) for each in hashes)
    reply = ReplyWithFiles(conversation_id=conversation_id, message_id=new_id(), text="Here", files=files)
    await work.desk.run(reply)


async def test_files_of_what_left_sight_leave_the_folder(work: Work, tmp_path: Path) -> None:
    lost, other = (await work.desk.read(conversation_ids))[:2]
    await write_with_files(work, lost, (LOST, SHARED))
    await write_with_files(work, other, (OTHER, SHARED))
    lists: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("kept", (LOST, SHARED, OTHER)), ("coming", (LOST, OTHER)), ("outgoing", (WAITING,)),
    )  # fmt: skip
    for place, hashes in lists:
        (tmp_path / place).mkdir()
        for sha256 in hashes:
            (tmp_path / place / sealed_name(KEY, sha256)).write_bytes(b"sealed")
    opened = tmp_path / "opened" / LOST[:16]
    opened.mkdir(parents=True)
    (opened / "plain.pdf").write_bytes(b"plain")
    await forget_left(work.desk, tmp_path, KEY, young_s=0)
    assert (opened / "plain.pdf").exists(), "what is here stays"
    await lose(work.replica, lost)
    await forget_left(work.desk, tmp_path, KEY, young_s=0)
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {sealed_name(KEY, each) for each in (SHARED, OTHER)}
    assert [path.name for path in (tmp_path / "coming").iterdir()] == [sealed_name(KEY, OTHER)]
    assert not opened.exists()
    assert [path.name for path in (tmp_path / "outgoing").iterdir()] == [sealed_name(KEY, WAITING)]


async def test_one_that_came_this_moment_goes_a_moment_later(work: Work, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    young = tmp_path / "kept" / sealed_name(KEY, "e" * 64)
    young.write_bytes(b"sealed")
    await forget_left(work.desk, tmp_path, KEY, young_s=0.05)
    assert not young.exists()
