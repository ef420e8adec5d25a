"""Another key for the files on this device: all are sealed anew beside the old ones, and take their place at once.

Until the new folder has its last name nothing has happened; from then on the change is carried to its end, also by the
next start: no file is ever without the key that opens it.
"""

import hashlib
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from app.desk.keys import FILES, DeviceKeys, following
from app.desk.sealed import DamagedFile, SealedWriter, opened_parts

log = logging.getLogger(__name__)
UNFINISHED, FINISHED = "resealing", "resealed"
SEALED = ("outgoing", "kept")  # what only began to come is fetched from the start
Named = Callable[[bytes, str], str]  # the name of a file under a key, by its hash
Reached = Callable[[str], None]


def change_files_key(folder: Path, keys: DeviceKeys, named: Named, reached: Reached = lambda _step: None) -> None:
    """Nobody may use the files meanwhile. `OSError` (the disk is full) leaves all as it was.

    `reached` is told after each step, for those who want to know that it may end there.
    """
    new = keys.make(following(FILES))
    reached("a new key")
    try:
        _seal_anew(folder, keys.key(FILES), new, named)
    except BaseException:
        shutil.rmtree(folder / UNFINISHED, ignore_errors=True)
        keys.drop(following(FILES))
        raise
    reached("sealed anew")
    (folder / UNFINISHED).replace(folder / FINISHED)
    _sync(folder)
    reached("finished")
    settle(folder, keys, reached)


def settle(folder: Path, keys: DeviceKeys, reached: Reached = lambda _step: None) -> None:
    """Carry a change that was broken off to its end, or take it back; nothing when there is none."""
    ready = folder / FINISHED
    shutil.rmtree(folder / UNFINISHED, ignore_errors=True)
    if not ready.exists():
        if keys.has(following(FILES)):
            keys.drop(following(FILES))
        return
    if keys.has(following(FILES)):
        keys.adopt(following(FILES), FILES)
        reached("adopted")
    shutil.rmtree(folder / "coming", ignore_errors=True)
    for fresh in sorted(ready.iterdir()):
        shutil.rmtree(folder / fresh.name, ignore_errors=True)
        reached(f"without {fresh.name}")
        fresh.replace(folder / fresh.name)
        reached(f"with {fresh.name}")
    _sync(folder)
    ready.rmdir()


def _seal_anew(folder: Path, key: bytes, new: bytes, named: Named) -> None:
    """Every place stands in the new folder, also an empty one: what is in the old one goes."""
    for place in SEALED:
        (folder / UNFINISHED / place).mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in sorted((folder / place).glob("*")):
            _seal_one(path, folder / UNFINISHED / place, key, new, named)
        _sync(folder / UNFINISHED / place)
    _sync(folder / UNFINISHED)


def _seal_one(path: Path, place: Path, key: bytes, new: bytes, named: Named) -> None:
    digest, fresh, used = hashlib.sha256(), place / f"{path.name}.part", path.stat()
    writer = SealedWriter(fresh, new)
    try:
        for part in opened_parts(path, key):
            digest.update(part)
            writer.write(part)
        writer.finish()
    except DamagedFile:
        writer.leave()
        fresh.unlink()
        log.warning("a file of this device does not open and is left behind")
        return
    except BaseException:
        writer.leave()
        raise
    os.utime(fresh, (used.st_atime, used.st_mtime))  # those that were used longest ago go first
    fresh.replace(place / named(new, digest.hexdigest()))


def _sync(folder: Path) -> None:
    """Names in it are on the disk, where the system knows how."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
