"""Notes down outside of the database how far the audits have come, often, and once more when the server ends."""

import logging
from functools import partial
from uuid import UUID

from app.kernel.errors import PatchbayError
from app.kernel.trail import Head
from server.database.anchors import Anchors, head_behind
from server.database.away import DatabaseAway
from server.database.store import TenantStore
from server.database.trail_check import head_of, last_cut

log = logging.getLogger(__name__)
EVERY_S = 20.0  # what is written anew in between is seen by its hashes only


class AnchorKeeper:
    """One for the server. Where a noted row is not there any more, or somebody else has cut, it notes nothing on top, so that the
    check finds it.
    """

    def __init__(self, anchors: Anchors) -> None:
        self._anchors = anchors
        self._last: dict[UUID, Head] = {}
        self._said: dict[UUID, str] = {}

    async def note(self, store: TenantStore) -> None:
        """Note the last row, if it is another than at the last time."""
        head = await store.look(partial(head_of, tenant_id=store.tenant_id))
        if head.seq == 0 or head == self._last.get(store.tenant_id):
            return
        try:
            noted = await store.aside(partial(self._anchors.read, store.tenant_id))
            head = await store.look(partial(head_behind, tenant_id=store.tenant_id, noted=noted.rows))
            cut = await store.look(partial(last_cut, tenant_id=store.tenant_id))
            await store.aside(partial(self._write, store, head, self._anchors.check_cut(store.tenant_id, cut, noted)))
        except DatabaseAway:  # which was told once, for all: noted the next time
            raise
        except PatchbayError as error:
            if self._said.get(store.tenant_id) != str(error):
                log.error("the audit of the workspace %s: %s", store.tenant_id, error)  # noqa: TRY400  # the text says it all
            self._said[store.tenant_id] = str(error)
        self._last[store.tenant_id] = head

    def _write(self, store: TenantStore, head: Head, cut: Head) -> None:
        self._anchors.settle(store.tenant_id)
        self._anchors.note(store.tenant_id, head, store.now_us(), cut)
