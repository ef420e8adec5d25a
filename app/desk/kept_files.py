"""Lets go of the files that this device kept of what is not on it any more, or is not its person's to hear any more."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from app.desk.sealed_folder import sealed_name
from app.domain.calls.queries import hashes_to_keep
from app.kernel.reader import Reader

T = TypeVar("T")
YOUNG_S = 5.0  # one that was fetched this moment may be about to be read


class Asked(Protocol):
    """What answers questions about what is here."""

    def read(self, fn: Callable[[Reader], T]) -> Awaitable[T]: ...


async def forget_left(desk: Asked, folder: Path, key: bytes, *, young_s: float = YOUNG_S) -> None:
    """What left sight, or this device by its rules, leaves the folder too; what waits to be sent is no business of this."""
    while await asyncio.to_thread(_are_any, folder):
        hashes = await desk.read(hashes_to_keep)
        if await asyncio.to_thread(_keep_only, folder, key, hashes, time.time() - young_s):
            return
        await asyncio.sleep(young_s)


def _are_any(folder: Path) -> bool:
    return any(True for place in ("kept", "coming", "opened") for _ in _in(folder / place))


def _keep_only(folder: Path, key: bytes, hashes: frozenset[str], young_since_s: float) -> bool:
    """Whether no young one was left that will have to go."""
    names, is_over = {sealed_name(key, sha256) for sha256 in hashes}, True
    beginnings = {sha256[:16] for sha256 in hashes}
    for path in _in(folder / "opened"):
        if path.name not in beginnings:
            shutil.rmtree(path, ignore_errors=True)
    for path in (*_in(folder / "kept"), *_in(folder / "coming")):
        if path.name in names:
            continue
        with suppress(FileNotFoundError):  # what was coming may have come
            is_young = path.stat().st_mtime > young_since_s
            is_over = is_over and not is_young
            if not is_young:
                path.unlink()
    return is_over


def _in(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.exists() else []
