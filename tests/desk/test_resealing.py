"""The key of the files on a device is changed like the replica's, and wherever that is broken off every file still opens."""

import hashlib
import os
from pathlib import Path

import pytest

from app.desk.keys import FILES, DeviceKeys, following
from app.desk.resealing import FINISHED, UNFINISHED, change_files_key, settle
from app.desk.sealed import CHUNK_BYTES, SealedWriter, hash_of
from app.desk.sealed_folder import sealed_name
from app.desk.secrets import MemorySecrets

CONTENTS = {"outgoing": [b"", b"an offer"], "kept": [os.urandom(CHUNK_BYTES + 1), b"a picture"]}
STEPS = (
    "a new key", "sealed anew", "finished", "adopted", "without kept", "with kept", "without outgoing", "with outgoing"
)  # fmt: skip


class Ended(Exception):
    """The program goes down here."""


def device(folder: Path) -> tuple[DeviceKeys, MemorySecrets]:
    """A device with files in all its places."""
    secrets = MemorySecrets()
    keys = DeviceKeys(secrets)
    keys.renew("ab" * 32, 14, 1_700_000_000_000_000)
    for place, contents in CONTENTS.items():
        for content in contents:
            seal(folder / place, keys.key(FILES), content)
    seal(folder / "coming", keys.key(FILES), b"half of it")
    return keys, secrets


def seal(place: Path, key: bytes, content: bytes) -> Path:
    path = place / sealed_name(key, hashlib.sha256(content).hexdigest())
    writer = SealedWriter(path, key)
    writer.write(content)
    writer.finish()
    return path


def check(folder: Path, keys: DeviceKeys) -> None:
    """Every file is in its place, under its name, and opens with the key."""
    key = keys.key(FILES)
    for place, contents in CONTENTS.items():
        wanted = {sealed_name(key, hashlib.sha256(each).hexdigest()): hashlib.sha256(each).hexdigest() for each in contents}
        assert {path.name: hash_of(path, key) for path in (folder / place).iterdir()} == wanted
    assert not keys.has(following(FILES))
    assert not (folder / UNFINISHED).exists()
    assert not (folder / FINISHED).exists()


def test_every_file_has_the_new_key_and_none_the_old(tmp_path: Path) -> None:
    keys, _ = device(tmp_path)
    before = keys.key(FILES)
    old = seal(tmp_path / "kept", before, b"a picture")
    os.utime(old, (1_000, 2_000))
    change_files_key(tmp_path, keys, sealed_name)
    assert keys.key(FILES) != before
    check(tmp_path, keys)
    picture = tmp_path / "kept" / sealed_name(keys.key(FILES), hashlib.sha256(b"a picture").hexdigest())
    assert picture.stat().st_mtime == 2_000, "what was used longest ago still goes first"
    assert not (tmp_path / "coming").exists(), "what only began to come begins again"


@pytest.mark.parametrize("step", STEPS)
def test_wherever_it_is_broken_off_the_next_start_finds_every_file(tmp_path: Path, step: str) -> None:
    keys, secrets = device(tmp_path)
    before = keys.key(FILES)

    def end(reached: str) -> None:
        if reached == step:
            raise Ended

    with pytest.raises(Ended):
        change_files_key(tmp_path, keys, sealed_name, end)
    again = DeviceKeys(secrets)
    settle(tmp_path, again)
    check(tmp_path, again)
    assert (again.key(FILES) == before) == (step in {"a new key", "sealed anew"})
    settle(tmp_path, again)
    change_files_key(tmp_path, again, sealed_name)
    check(tmp_path, again)


@pytest.mark.parametrize("step", STEPS[3:])
def test_it_may_be_broken_off_again_and_again(tmp_path: Path, step: str) -> None:
    keys, secrets = device(tmp_path)

    def end(reached: str) -> None:
        if reached in {"finished", step}:
            raise Ended

    with pytest.raises(Ended):
        change_files_key(tmp_path, keys, sealed_name, end)
    for _ in range(3):
        try:
            settle(tmp_path, DeviceKeys(secrets), end)
        except Ended:
            continue
    settle(tmp_path, DeviceKeys(secrets))
    check(tmp_path, DeviceKeys(secrets))


def test_a_full_disk_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, _ = device(tmp_path)
    before = keys.key(FILES)

    def full(_writer: SealedWriter) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(SealedWriter, "finish", full)
        with pytest.raises(OSError, match="No space"):
            change_files_key(tmp_path, keys, sealed_name)
    assert keys.key(FILES) == before
    check(tmp_path, keys)


def test_a_damaged_file_is_left_behind_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keys, _ = device(tmp_path)
    damaged = seal(tmp_path / "kept", keys.key(FILES), b"damaged")
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\0")
    change_files_key(tmp_path, keys, sealed_name)
    check(tmp_path, keys)
    assert "does not open" in caplog.text


def test_where_nothing_is_nothing_happens(tmp_path: Path) -> None:
    keys = DeviceKeys(MemorySecrets())
    keys.renew("ab" * 32, 14, 1_700_000_000_000_000)
    settle(tmp_path / "files", keys)
    assert not (tmp_path / "files").exists()
    change_files_key(tmp_path / "files", keys, sealed_name)
    settle(tmp_path / "files", keys)
    assert not keys.has(following(FILES))
