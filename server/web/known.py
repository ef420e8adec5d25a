"""Which access tokens were found good a moment ago, so that not every request asks the database; ended sessions are forgotten."""

import time
from collections.abc import Callable, Collection
from uuid import UUID

import msgspec

from server.database.batch import Committed
from server.database.sessions import SignedIn
from server.database.store import Stores, TenantStore

TRUST_S = 30.0  # how long an end may go unnoticed that another process noted and could not tell
MOST_KNOWN = 20_000
ENDED = "sessions ended"


class KnownTokens:
    """One for the whole server; what ends a session at another process is heard of and counts at once."""

    def __init__(self, stores: Stores) -> None:
        self.on_end: list[Callable[[Collection[UUID]], None]] = []  # hears which sessions are over, wherever that was said
        self.epoch = 0  # moves with everything that may have ended
        self._known: dict[str, tuple[SignedIn, float]] = {}
        stores.on_open.append(self._follow)
        for store in stores.opened():
            self._follow(store)

    def find(self, token: str) -> SignedIn | None:
        """Who comes with this token, if that was looked up lately."""
        known = self._known.get(token)
        return known[0] if known is not None and known[1] > time.monotonic() else None

    def keep(self, token: str, signed_in: SignedIn, left_s: float, epoch: int) -> None:
        """It is good for a moment, and for no longer than it is valid; if nothing ended since it was looked up (`epoch`)."""
        if epoch != self.epoch:
            return
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[token] = (signed_in, time.monotonic() + min(TRUST_S, left_s))

    def end(self, store: TenantStore, sessions: Collection[UUID]) -> None:
        """These sessions are over, here and everywhere."""
        ended = list(sessions)
        if ended:
            self._forget(ended)
            store.say(ENDED, msgspec.msgpack.encode(ended))

    def _forget(self, sessions: list[UUID]) -> None:
        ended = set(sessions)
        self.epoch += 1
        self._known = {token: known for token, known in list(self._known.items()) if known[0].session_id not in ended}
        for tell in self.on_end:
            tell(sessions)

    def _forget_tenant(self, tenant_id: UUID) -> None:
        self.epoch += 1
        self._known = {token: known for token, known in list(self._known.items()) if known[0].tenant_id != tenant_id}

    def _follow(self, store: TenantStore) -> None:
        tenant_id = store.tenant_id

        def committed(told: Committed) -> None:
            if told.is_actor_changed:  # perhaps somebody was deactivated
                self._forget_tenant(tenant_id)

        store.on_word[ENDED] = lambda body: self._forget(msgspec.msgpack.decode(body, type=list[UUID]))
        store.on_doubt.append(lambda: self._forget_tenant(tenant_id))
        store.authority.on_commit.append(committed)
