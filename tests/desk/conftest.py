"""A person at work: a real replica that was filled from a server's answers, and a phone that plays a script."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest_asyncio

from app.desk.agent_state import AgentDesk
from app.desk.desk import Desk
from app.desk.telephony import LiveCall, PhoneDesk
from app.domain.calls.queries import CallRow, call
from app.domain.calls.rules import call_id_of
from app.kernel.clock import ServerClock
from app.kernel.errors import NotHere
from app.kernel.tasks import TaskRunner
from app.replica.thread import ReplicaThread
from softphone.api import CallChanged, CallRinging
from softphone.scripted import ScriptedSoftphone
from tests.demo import cast
from tests.demo.dataset import SMALL
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, BENCH_TENANT, fill_replica


@dataclass
class Work:
    """Everything on the desk; the server is away."""

    replica: ReplicaThread
    desk: Desk
    agent: AgentDesk
    phone: ScriptedSoftphone
    calls: PhoneDesk
    popped: list[LiveCall]

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not is_so():  # noqa: ASYNC110 - many things are waited for, not one event
                await asyncio.sleep(0.005)

    async def logged(self, is_it: Callable[[CallRow], bool], call_id: int = 1) -> CallRow:
        """The call as the log has it, once it is it: the log is written beside the call."""
        wanted = call_id_of(self.desk.tenant_id, f"{call_id}@x")
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(NotHere):
                    found = await self.desk.read(lambda reader: call(reader, wanted))
                    if is_it(found):
                        return found
                await asyncio.sleep(0.005)

    def ring(self, number: str, call_id: int = 1, queue: str = "Billing") -> None:
        self.phone.say(
            CallRinging(
                call_id=call_id, sip_call_id=f"{call_id}@x", number=number, name="", queue=queue, line=1, invite_read_us=1
            )
        )

    def change(self, state: str, call_id: int = 1, *, code: int = 200, reason: str = "", direction: str = "in") -> None:
        self.phone.say(
            CallChanged(
                call_id=call_id, sip_call_id=f"{call_id}@x", state=state, number="x", direction=direction, line=1,  # type: ignore[arg-type] # as the tests say
                sip_code=code, reason=reason,
            )
        )  # fmt: skip


@pytest_asyncio.fixture
async def work(tmp_path: Path) -> AsyncIterator[Work]:
    """The supervisor of the demo's company at work, without a server, with a phone that plays a script."""
    async with at_work(tmp_path, ScriptedSoftphone()) as here:
        yield here


@asynccontextmanager
async def at_work(tmp_path: Path, phone: Any) -> AsyncIterator[Work]:
    """The same with another phone."""
    path = tmp_path / "replica.db"
    await asyncio.to_thread(fill_replica, path, BENCH_KEY, SMALL)
    user_id: UUID = cast.user_id(BENCH_TENANT, cast.SUPERVISOR)
    replica = await ReplicaThread.open(path, BENCH_KEY, tenant_id=BENCH_TENANT, actor_id=user_id, device=BENCH_DEVICE)
    tasks = TaskRunner()
    desk = Desk(replica, user_id=user_id, tenant_id=BENCH_TENANT, clock=ServerClock(), tasks=tasks)
    await desk.refresh()
    agent = AgentDesk(desk)
    here = Work(replica, desk, agent, phone, PhoneDesk(desk, agent, phone), [])
    here.calls.on_pop = here.popped.append
    yield here
    here.calls.close()
    desk.close()
    await tasks.close()
    await replica.close()
