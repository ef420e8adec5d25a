"""Assembles the console's core: replica, sync, desk and phone of the person who is signed in."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from app.desk.accounts import PhoneAccounts
from app.desk.agent_state import AgentDesk
from app.desk.archive import Archive
from app.desk.custody import Custody, open_replica
from app.desk.desk import Connection, Desk
from app.desk.drafts import Drafts
from app.desk.echo_call import EchoCall
from app.desk.files import Files
from app.desk.kept_files import forget_left
from app.desk.keys import FILES
from app.desk.leaving import Leaving
from app.desk.live_voice import LiveVoice
from app.desk.openings import Openings
from app.desk.outgoing import try_to_send
from app.desk.playing import Player
from app.desk.recordings import Recordings
from app.desk.resealing import settle
from app.desk.self_answer import SelfAnswer
from app.desk.sign_in import SignIn
from app.desk.taping import Taping
from app.desk.telephony import PhoneDesk, PhoneTrouble
from app.domain import nouns
from app.kernel.clock import ServerClock
from app.kernel.columns import moment_from_us
from app.kernel.errors import PatchbayError
from app.kernel.tasks import Refresh, TaskRunner
from app.kernel.texts import text_for
from app.replica.lock import FileLock
from app.replica.thread import ReplicaThread
from app.sync.rest import Rest
from app.sync.state import SyncState
from app.sync.syncer import Syncer
from softphone.api import PhoneError, Softphone, UseSound
from softphone.client import SoftphoneProcess

log = logging.getLogger(__name__)
KNOWN = nouns.NOUNS  # records and commands register themselves when they are imported


@dataclass(slots=True, kw_only=True)
class Core:
    """Everything behind the windows; `close` ends it in the right order."""

    sign_in: SignIn
    desk: Desk
    agent: AgentDesk
    phone: Softphone
    calls: PhoneDesk
    accounts: PhoneAccounts
    echo: EchoCall
    voice: LiveVoice
    self_answer: SelfAnswer
    drafts: Drafts
    replica: ReplicaThread
    syncer: Syncer
    archive: Archive
    openings: Openings
    tasks: TaskRunner
    lock: FileLock
    custody: Custody
    rest: Rest
    files: Files
    taping: Taping
    player: Player
    _closing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _is_closed: bool = False

    def begin(self) -> None:
        """Sync, and start the phone: both take processor time that the first screen should have had before them."""
        self.syncer.start()
        self.custody.start()
        self.tasks.start(_start_phone(self), name="phone")
        self.tasks.start(self._look_after_files(), name="tidying files")

    async def _look_after_files(self) -> None:
        """Recordings that an earlier run left behind are files to be sent; what nothing waits for goes."""
        await self.files.halves.drop_left()
        await self.taping.finish_left()
        await self._tidy_files()

    async def register_phone(self) -> None:
        """Give the phone the device's sound and rules of dialling, and sign its accounts in."""
        self.calls.dial_rules = self.sign_in.profile.dialling
        await self.calls.do(UseSound(sound=self.sign_in.profile.audio.sound))
        await self.accounts.sign_all_in()

    async def wait_left(self) -> Leaving:
        """Until this device may no longer hold the data open; when it returns all is closed, and erased unless only locked."""
        return await self.custody.leave(await self.custody.wait(), self.close)

    async def close(self) -> None:
        """Hang up, stop syncing, let the file go; a key that grew old is changed on the way out."""
        async with self._closing:
            if not self._is_closed:
                self._is_closed = True
                await self._close()

    async def _close(self) -> None:
        self.voice.close()
        self.taping.close()
        self.player.stop()
        self.calls.close()
        self.openings.close()
        self.desk.close()
        await self.phone.close()
        await self.syncer.stop()
        await self.tasks.close()
        await self._tidy_files()
        await self.replica.close()
        self.files.forget_opened()
        if self.custody.is_key_old:
            await self.custody.change_key_when_closed()
        if self.custody.is_files_key_old:
            await self.custody.change_files_key()
        await self.lock.release()

    async def _tidy_files(self) -> None:
        """On the way out nothing may fail on it: the next start does it again."""
        try:
            await self.files.outgoing.tidy()
        except PatchbayError as error:
            log.warning("files that nothing waits for stay for now: %s", error.key)


async def open_core(sign_in: SignIn, *, come_forward: Callable[[], None] = lambda: None, phone: Softphone | None = None) -> Core:
    """Open the person's replica; `ReplicaBusy` when another console holds the file. `Core.begin` goes on from there."""
    profile = sign_in.profile
    if profile.tenant_id is None or profile.user_id is None:
        raise ValueError("nobody is signed in")
    lock = FileLock(sign_in.store.folder / "replica.lock")
    try:
        await lock.listen(come_forward)
        replica = await open_replica(sign_in)
    except BaseException:
        await lock.release()
        raise
    tasks, tokens = TaskRunner(), sign_in.tokens()
    syncer = Syncer(replica, profile.server_url, token=tokens.access, refresh=tokens.refresh)
    desk = Desk(
        replica, user_id=profile.user_id, tenant_id=profile.tenant_id, clock=await _clock(replica, syncer), tasks=tasks,
        ask=syncer.ask,
    )  # fmt: skip
    agent, device = AgentDesk(desk), phone or SoftphoneProcess()
    calls = PhoneDesk(desk, agent, device)
    echo = EchoCall(device, calls, tasks)
    files = _files(sign_in, syncer, replica)
    self_answer = SelfAnswer(calls, agent, echo, tasks, lambda: sign_in.profile.habits.answers_after_s)
    core = Core(
        sign_in=sign_in, desk=desk, agent=agent, phone=device, calls=calls,
        accounts=PhoneAccounts(sign_in, calls), echo=echo, voice=LiveVoice(device, calls, tasks), self_answer=self_answer,
        drafts=Drafts(replica), replica=replica, syncer=syncer, tasks=tasks, lock=lock,
        custody=Custody(sign_in, replica, syncer, tasks), rest=Rest(syncer.link),
        openings=Openings(desk, replica, Rest(syncer.link)),
        files=files, archive=Archive(syncer.link),
        taping=Taping(desk, calls, device, _recordings(sign_in, replica, files, desk)),
        player=Player(desk, calls, device, files, sign_in.store.files_path / "heard"),
    )  # fmt: skip
    core.custody.is_busy = lambda: core.calls.current is not None
    syncer.subscribe(lambda state: desk.connection.set(_connection(state)))
    syncer.subscribe(_follow_line(core))
    await desk.refresh()
    tasks.start(desk.remember_acts(), name="acts")
    return core


async def _clock(replica: ReplicaThread, syncer: Syncer) -> ServerClock:
    """With the skew that was measured last, also while the server is away; measured again whenever it greets."""
    clock = ServerClock(skew_us=await replica.skew_us())
    syncer.on_skew = partial(setattr, clock, "skew_us")
    return clock


def _files(sign_in: SignIn, syncer: Syncer, replica: ReplicaThread) -> Files:
    """Also where a change of their key was broken off."""
    folder, keys = sign_in.store.files_path, sign_in.opened_keys()
    settle(folder, keys)
    return Files(folder, keys.key(FILES), Rest(syncer.link), replica)


def _recordings(sign_in: SignIn, replica: ReplicaThread, files: Files, desk: Desk) -> Recordings:
    """What is finished goes to the server at once, if that is there."""
    recordings = Recordings(sign_in.store.files_path / "recorded", replica, files.outgoing, desk)
    recordings.on_waiting = lambda: desk.tasks.start(try_to_send(files.outgoing), name="files")
    return recordings


def _follow_line(core: Core) -> Callable[[SyncState], None]:
    """Files that wait go out whenever the line comes up; those of the erased leave as soon as it is heard of."""
    _follow_erasing(core)
    leaving, was_live = _follow_leaving(core), False

    def follow(state: SyncState) -> None:
        nonlocal was_live
        if state.kind == "live" and not was_live:
            core.tasks.start(try_to_send(core.files.outgoing), name="files")
            leaving.ask()
        was_live = state.kind == "live"

    return follow


def _follow_erasing(core: Core) -> None:
    """Files of people who were erased leave this device, also those of whom was heard before it was started."""
    forgetting = Refresh(core.tasks, core.files.forget_erased, name="files of the erased")
    core.desk.on_changed({"attachment", "conversation"}, forgetting.ask)
    forgetting.ask()


def _follow_leaving(core: Core) -> Refresh:
    """Kept files of what is not on this device any more leave it too, and recordings that one may not listen to any more."""
    folder, key = core.sign_in.store.files_path, core.sign_in.opened_keys().key(FILES)
    forgetting = Refresh(core.tasks, lambda: forget_left(core.desk, folder, key), name="files of what left")
    core.desk.on_changed({"attachment", "conversation", "call", "share"}, forgetting.ask)
    return forgetting


async def _start_phone(core: Core) -> None:
    """The phone comes up beside everything else: nobody waits for it."""
    try:
        await core.phone.start()
        await core.register_phone()
    except (PhoneError, PhoneTrouble) as error:
        core.calls.lost.set(str(error))


def _connection(state: SyncState) -> Connection:
    return Connection(
        state=state.kind, as_of=moment_from_us(state.as_of_us) if state.as_of_us else None, waiting=state.waiting,
        done=state.done, todo=state.total, problem=text_for(state.error, dict(state.values)) if state.error else "",
    )  # fmt: skip
