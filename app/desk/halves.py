"""Plain files that are being written where the person wants them: what a killed program leaves of them goes at its next start."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from app.desk.drafts import LocalStore

log = logging.getLogger(__name__)
SAVING = "files:saving"


def half_of(target: Path) -> Path:
    """What a plain file is called until it is whole."""
    return target.with_name(f".{target.name}.part")


class Halves:
    """Those that are being written are noted, for they are where nobody would look for them."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self._open: list[str] = []

    @asynccontextmanager
    async def noted(self, half: Path) -> AsyncIterator[None]:
        """For the length of the block, which leaves nothing of it."""
        self._open.append(str(half))
        try:
            await self._note()
            yield
        finally:
            await asyncio.to_thread(half.unlink, missing_ok=True)
            self._open.remove(str(half))
            await self._note()

    async def drop_left(self) -> None:
        """Those of an earlier run, which was killed."""
        noted = msgspec.json.decode(await self._store.kept(SAVING) or b"[]", type=list[str])
        for half in (Path(each) for each in noted if each not in self._open):
            try:
                await asyncio.to_thread(half.unlink, missing_ok=True)
            except OSError as error:
                log.warning("half of a file that was being saved can't be taken away: %s", error.strerror)
        await self._note()

    async def _note(self) -> None:
        await self._store.keep(SAVING, msgspec.json.encode(self._open) if self._open else None)
