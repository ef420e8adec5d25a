"""Whether the person's data may stay open on this device: contact renews that, a revocation ends it, and keys grow old."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

from app.desk.keys import DAY_US, FILES, REPLICA, DeviceKeys, following
from app.desk.leaving import Leaving, Why, leaving_of
from app.desk.resealing import change_files_key
from app.desk.sealed_folder import sealed_name
from app.desk.server_api import tell_wiped
from app.desk.sign_in import SignIn
from app.kernel.errors import PatchbayError
from app.kernel.tasks import TaskRunner
from app.protocol.sign_in import DeviceRevoked
from app.replica.rekey import opens, rekey, unfinished
from app.replica.thread import ReplicaThread
from app.sync.errors import ServerAway
from app.sync.state import SyncState
from app.sync.syncer import Syncer

log = logging.getLogger(__name__)
LOOK_EVERY_S = 600.0
KEY_AGE_DAYS = 90
Closing = Callable[[], Awaitable[None]]
Change = Callable[[bytes, bytes], Awaitable[None]]


class Custody:
    """Asked by whoever holds the windows: `wait` returns when the data must be let go."""

    def __init__(self, sign_in: SignIn, replica: ReplicaThread, syncer: Syncer, tasks: TaskRunner) -> None:
        self.keys: DeviceKeys = sign_in.opened_keys()
        self._sign_in, self._replica, self._syncer, self._tasks = sign_in, replica, syncer, tasks
        self._must_leave = asyncio.Event()
        self._why: Why = "locked"
        self.is_busy: Callable[[], bool] = lambda: False  # nobody is locked out in the middle of a call
        syncer.on_contact = lambda server_us: tasks.start(asyncio.to_thread(self.keys.contact, server_us), name="contact")
        syncer.subscribe(self._follow)

    def start(self) -> None:
        """Begin to look at the clock."""
        self._tasks.start(self._watch(), name="custody")

    async def wait(self) -> Why:
        """Until the data must be let go; why."""
        await self._must_leave.wait()
        return self._why

    def _follow(self, state: SyncState) -> None:
        if state.error == DeviceRevoked.key:
            self._leave(cast("Why", state.values.get("why", "lost")))

    def _leave(self, why: Why) -> None:
        if not self._must_leave.is_set():
            self._why = why
            self._must_leave.set()

    async def _watch(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """A live line is contact; without one the time runs out at some time."""
        if self._syncer.state.kind == "live":
            await asyncio.to_thread(lambda: self.keys.contact(self.keys.server_us()))
        elif not self.is_busy():
            await asyncio.to_thread(self.keys.look_at_the_clock)
            if self.keys.is_locked:
                self._leave("locked")

    # ── letting go ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def leave(self, why: Why, close: Closing) -> Leaving:
        """Close everything; unless it is only locked, destroy the keys before it and the files after it."""
        told = leaving_of(why, await self._replica.outbox())
        if why == "locked":
            await close()
            return told
        await erase(self._sign_in, close)
        return told

    # ── another key ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_key_old(self) -> bool:
        """Whether it is time for another one."""
        return not self.keys.is_locked and self.keys.server_us() - self.keys.made_us(REPLICA) >= KEY_AGE_DAYS * DAY_US

    @property
    def is_files_key_old(self) -> bool:
        """Whether the replica was given another key since the files had theirs."""
        return not self.keys.is_locked and self.keys.has(FILES) and self.keys.made_us(FILES) < self.keys.made_us(REPLICA)

    async def change_files_key(self) -> None:
        """Seal the files of this device anew when nobody uses them any more; without room for that they keep their key."""
        try:
            await asyncio.to_thread(change_files_key, self._sign_in.store.files_path, self.keys, sealed_name)
        except OSError as error:
            log.warning("the files keep their key until there is room for another copy: %s", error)

    async def change_key(self) -> None:
        """Encrypt the replica with a new key while it is in use: everybody waits as long as that takes."""
        await self._changing(self._replica.rekey)

    async def change_key_when_closed(self) -> None:
        """The same after the replica was closed."""
        path = self._sign_in.store.replica_path
        await self._changing(lambda key, new: asyncio.to_thread(rekey, path, key, new))

    async def _changing(self, change: Change) -> None:
        new = self.keys.make(following(REPLICA))
        try:
            await change(self.keys.key(REPLICA), new)
        except PatchbayError:
            self.keys.drop(following(REPLICA))
            raise
        self.keys.adopt(following(REPLICA), REPLICA)


async def erase(sign_in: SignIn, close: Closing | None = None) -> None:
    """Destroy the keys, let all go, remove the files, tell the server. Each step may be the last: the first is enough."""
    profile, kept = sign_in.profile, sign_in.kept_refresh_token()
    sign_in.destroy_keys()
    if close is not None:
        await close()
    sign_in.forget()
    try:
        await tell_wiped(profile.server_url, kept, profile.device)
    except ServerAway as error:
        log.warning("the server could not be told that the data is erased: %s", error)


async def open_replica(sign_in: SignIn) -> ReplicaThread:
    """Open the person's replica, also where a change of its key was broken off: then it has the old key or the new one."""
    keys, path = sign_in.opened_keys(), sign_in.store.replica_path
    if keys.has(following(REPLICA)):
        unfinished(path).unlink(missing_ok=True)
        is_changed = path.exists() and await asyncio.to_thread(opens, path, keys.key(following(REPLICA)))
        if is_changed:
            keys.adopt(following(REPLICA), REPLICA)
        else:
            keys.drop(following(REPLICA))
    return await _open(sign_in, path, keys.key(REPLICA))


async def _open(sign_in: SignIn, path: Path, key: bytes) -> ReplicaThread:
    profile = sign_in.profile
    if profile.tenant_id is None or profile.user_id is None:
        raise ValueError("nobody is signed in")
    return await ReplicaThread.open(path, key, tenant_id=profile.tenant_id, actor_id=profile.user_id, device=profile.device)
