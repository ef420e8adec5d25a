"""A whole console for tests of screens: a real replica with the small demo in it, a phone that plays a script, no server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from app.bootstrap import open_core
from app.desk.keys import SECRET, kept_for
from app.desk.profile import Profile, ProfileStore
from app.desk.secrets import MemorySecrets
from app.desk.sign_in import REFRESH_TOKEN, SignIn
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from app.kernel.log import Conflict
from app.kernel.loss import Joined, Loss
from app.kernel.record import Record
from app.protocol.cursor import Cursor
from app.protocol.envelopes import Block, Outcome, Page
from softphone.api import Device, Diagnose, Diagnostics, ListDevices
from softphone.scripted import ScriptedSoftphone
from tests.demo import cast
from tests.demo.dataset import SMALL
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, BENCH_TENANT, fill_replica, wire_rows
from tests.demo.ledger import Ledger
from ui.console.console import Console
from ui.features.calls.bar import bar_state
from ui.shell.main_window import MainWindow
from ui.shell.phone_bar import BarState

NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody answers there
DEVICES = (
    Device(id="mic", name="Jabra Evolve2 65", is_input=True), Device(id="out", name="Jabra Evolve2 65", is_input=False),
    Device(id="spk", name="Built-in speakers", is_input=False),
)  # fmt: skip


def phone_that_answers() -> ScriptedSoftphone:
    """A phone with a headset that knows what it lacks."""
    phone = ScriptedSoftphone()
    phone.answers[ListDevices] = DEVICES
    phone.answers[Diagnose] = Diagnostics(
        version="2.15.1", codecs=["G722/16000/1", "PCMA/8000/1"], missing=["Opus"], is_null_sound=False, sound="",
        transport="tcp", most_calls=4, refused_requests=0, dropped_messages=0, glitches=0,
    )  # fmt: skip
    return phone


@asynccontextmanager
async def console_at_work(folder: Path, *, email: str = cast.SUPERVISOR) -> AsyncIterator[Console]:
    """Signed in, the inbox shown, and the server away for good."""
    store = ProfileStore(folder)
    await asyncio.to_thread(fill_replica, store.replica_path, BENCH_KEY, SMALL, email=email)
    store.save(
        Profile(
            server_url=NOWHERE, workspace="halden", email=email, tenant_id=BENCH_TENANT,
            user_id=cast.user_id(BENCH_TENANT, email), device=BENCH_DEVICE,
        )
    )  # fmt: skip
    sign_in = SignIn(store)
    secrets = MemorySecrets()
    secrets.set(SECRET, kept_for(BENCH_KEY, system_now_us()))
    secrets.set(REFRESH_TOKEN, "kept")
    sign_in.use(secrets)
    core = await open_core(sign_in, phone=phone_that_answers())
    window = MainWindow([])
    window.show()
    console = Console(window, core)
    try:
        yield console
    finally:
        window.hide()
        await core.close()
        window.deleteLater()
        await asyncio.sleep(0.01)


def bar_of(console: Console) -> BarState:
    """What the softphone bar says."""
    core = console.core
    return bar_state(core.calls, core.desk, core.echo, core.voice, core.taping)


def profile_of(console: Console) -> Profile:
    """What is kept on the disk."""
    return msgspec.structs.replace(ProfileStore(console.core.sign_in.store.folder).load())


class FarServer:
    """What a server would have sent: rows of a pull, answers to a push."""

    def __init__(self, console: Console) -> None:
        self._replica = console.core.replica
        self.me = console.core.desk.user_id
        self.colleague = cast.user_id(BENCH_TENANT, cast.MAYA)

    async def bring(self, *records: tuple[type[Record], UUID, dict[str, Any]], by: UUID | None = None) -> None:
        """These rows have come, changed just now by a colleague."""
        cursor = await self._replica.cursor()
        blocks, version = self._written(cursor.version, records, by)
        end = Cursor(version=version, sight=cursor.sight, layout=cursor.layout)
        assert await self._replica.apply(Page(start=cursor, end=end, server_us=system_now_us(), blocks=blocks))

    def blocks(self, *records: tuple[type[Record], UUID, dict[str, Any]]) -> list[Block]:
        """These rows, as the server would give them to be looked at."""
        return self._written(1_000_000, records, None)[0]

    def _written(self, version: int, records: Any, by: UUID | None) -> tuple[list[Block], int]:
        ledger = Ledger(BENCH_TENANT, version)
        ledger.act(moment_from_us(system_now_us()), by or self.colleague)
        for kind, record_id, values in records:
            ledger.add(kind, record_id, **values)
        blocks = [
            Block(kind=batch.kind.__tablename__, columns=list(batch.kind.__table__.columns.keys()), rows=wire_rows(batch))
            for batch in ledger.take()
        ]
        return blocks, ledger.version

    async def refuse(self, command_id: UUID, error: str, **values: Any) -> None:
        """The answer to one command."""
        await self._replica.outgoing(50)
        outcome = Outcome(command_id=command_id, status="rejected", version=0, error=error, values=values)
        await self._replica.settle([outcome])

    async def conflict(self, record_id: UUID, kind: str = "contact", *, field: str = "job_title", **more: Any) -> UUID:
        """A job title of mine that gave way to the colleague's."""
        now_us = system_now_us()
        loss = Loss(
            value="Fleet lead", by=self.me, acted_us=now_us - 120_000_000, won="Head of fleet", won_by=self.colleague,
            won_us=now_us - 60_000_000, original="Clerk", permission="contact:edit",
            joined=[
                Joined(field="language", before="en", after="it", by=self.me),
                Joined(field="pinned_note", before=None, after="Call before noon", by=self.colleague),
            ],
        )  # fmt: skip
        conflict_id = new_id()
        lost = msgspec.to_builtins(msgspec.structs.replace(loss, **more))
        values = {"owner_id": self.me, "record_kind": kind, "record_id": record_id, "field": field, "lost": lost}
        await self.bring((Conflict, conflict_id, {**values, "lost_version": 0, "command_id": new_id()}))
        return conflict_id
