"""Taking bytes away at once: of people who were erased, and of recordings whose time is over."""

from collections.abc import Sequence
from functools import partial

from app.kernel.columns import moment_from_us
from server.database import erasing
from server.database.jobs import TryLater
from server.database.store import TenantStore

AGAIN_S = 60.0


async def drop_files(store: TenantStore, hashes: Sequence[str]) -> None:
    """The bytes of what nothing names any more; a file that somebody gives meanwhile is theirs. Twice is once."""
    before = moment_from_us(store.now_us())
    gone = await store.change(lambda each: erasing.forget_files(each, store.tenant_id, hashes))
    for sha256 in gone:
        is_gone = await store.aside(partial(store.blobs.drop, sha256, before))
        if not is_gone and not await store.look(partial(erasing.is_named, tenant_id=store.tenant_id, sha256=sha256)):
            raise TryLater("a file was given again this moment", AGAIN_S)
