"""What was done is taken back whichever comes first, its answer or its rows; what only the server can do is taken back by it."""

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from app.desk.desk import Connection, Desk
from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.teams.commands import CreateTeam
from app.domain.teams.queries import teams
from app.kernel.clock import ServerClock
from app.kernel.errors import NeedsServer
from app.kernel.ids import new_id
from app.kernel.tasks import TaskRunner
from app.protocol.envelopes import Answer, Push
from tests.sync.service import Console, console, service, until
from tests.sync.world import TENANT, user_id


def desk_of(bob: Console, tasks: TaskRunner) -> Desk:
    desk = Desk(bob.replica, user_id=user_id(1), tenant_id=TENANT, clock=ServerClock(), tasks=tasks, ask=bob.syncer.ask)
    desk.connection.set(Connection(state="live"))
    return desk


async def test_an_act_whose_rows_come_before_its_answer_is_taken_back_all_the_same(tmp_path: Path) -> None:
    """The server tells all who listen as soon as it has committed, and may do so before the answer is there."""
    tasks, luca = TaskRunner(), new_id()
    async with service(tmp_path) as served, console(1, tmp_path, served.url) as bob:
        await bob.is_live()
        desk, syncer = desk_of(bob, tasks), bob.syncer
        told: asyncio.Queue[None] = asyncio.Queue()
        hear, push = syncer._hear, syncer.link.push

        async def hear_and_tell(message: Any) -> None:
            await hear(message)
            told.put_nowait(None)

        async def push_slowly(commands: Push) -> Answer:
            answer = await push(commands)
            async with asyncio.timeout(60):
                await told.get()
            return answer

        with patch.object(syncer, "_hear", hear_and_tell), patch.object(syncer.link, "push", push_slowly):
            await desk.run(CreateContact(contact_id=luca, name="Luca"))
            await bob.is_live()
            await desk.run(EditContact(contact_id=luca, patch={"job_title": "Baker"}))
            await bob.is_live()
            await until(lambda: bob.rows("contact")[luca]["job_title"] == "Baker")
            await desk.undo()
            assert bob.rows("contact")[luca]["job_title"] is None
            await bob.is_live()
            await desk.undo()
            assert bob.rows("contact")[luca]["deleted_at"] is not None
            await bob.is_live()
        assert [(act.name, act.is_undone) for act in await bob.replica.acts(10) if act.name != "undo"] == [
            ("contact.edit", True), ("contact.create", True),
        ]  # fmt: skip
        desk.close()
    await tasks.close()


async def test_an_act_of_the_server_is_remembered_and_undone_by_the_server(tmp_path: Path) -> None:
    tasks, team_id = TaskRunner(), new_id()
    async with service(tmp_path) as served, console(1, tmp_path, served.url) as bob:
        await bob.is_live()
        desk = desk_of(bob, tasks)

        async def names() -> list[str]:
            return [each.name for each in await desk.read(teams)]

        async def is_there() -> bool:
            return "Workshop" in await names()

        async def is_gone() -> bool:
            return "Workshop" not in await names()

        await desk.ask(CreateTeam(team_id=team_id, name="Workshop"))
        await until(is_there)
        desk.close()
        again = desk_of(bob, tasks)  # as after a restart
        await again.remember_acts()
        (act,) = [each for each in await bob.replica.acts(10) if each.name == "team.create"]
        assert (act.is_far, act.is_undone, again.last_acts.value[-1]) == (True, False, act.command_id)
        await again.undo()
        await until(is_gone)
        (act,) = [each for each in await bob.replica.acts(10) if each.name == "team.create"]
        assert act.is_undone
        await again.ask(CreateTeam(team_id=new_id(), name="Second"))
        await served.stop()
        with pytest.raises(NeedsServer):
            await again.undo()
        again.close()
    await tasks.close()
