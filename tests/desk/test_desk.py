"""The desk: undo, drafts, and what is said of commands that need the server."""

import pytest

from app.desk.drafts import Draft, Drafts
from app.domain.contacts.commands import CreateContact
from app.domain.tasks.commands import CreateTask
from app.domain.tasks.queries import count_open
from app.domain.teams.commands import CreateTeam
from app.kernel.errors import NeedsServer
from app.kernel.ids import new_id
from app.kernel.undo import NothingToUndo
from tests.desk.conftest import Work


async def test_the_last_act_is_taken_back_and_then_there_is_nothing_left(work: Work) -> None:
    me = work.desk.user_id
    before = await work.desk.read(lambda reader: count_open(reader, me))
    await work.desk.run(CreateTask(task_id=new_id(), title="A slip"))
    await work.desk.undo()
    assert await work.desk.read(lambda reader: count_open(reader, me)) == before
    with pytest.raises(NothingToUndo):
        await work.desk.undo()


async def test_what_needs_the_server_says_so_without_one(work: Work) -> None:
    with pytest.raises(NeedsServer):
        await work.desk.run(CreateTeam(team_id=new_id(), name="New"))


async def test_a_draft_waits_in_the_replica_and_an_empty_one_is_forgotten(work: Work) -> None:
    drafts, conversation_id = Drafts(work.replica), new_id()
    await drafts.save(conversation_id, Draft(text="Dear Luca", is_note=True))
    assert await drafts.load(conversation_id) == Draft(text="Dear Luca", is_note=True)
    await drafts.save(conversation_id, Draft(text="  "))
    assert await drafts.load(conversation_id) == Draft()


async def test_screens_hear_of_the_kinds_they_asked_for(work: Work) -> None:
    heard: list[str] = []
    stop = work.desk.on_changed({"task"}, lambda: heard.append("task"))
    work.desk.on_changed({"contact"}, lambda: heard.append("contact"))
    await work.desk.run(CreateTask(task_id=new_id(), title="Loud"))
    await work.until(lambda: heard == ["task"])
    stop()
    await work.desk.run(CreateTask(task_id=new_id(), title="Quiet"))
    assert heard == ["task"]


async def test_screens_of_one_record_do_not_hear_of_the_others(work: Work) -> None:
    heard: list[str] = []
    own, other = new_id(), new_id()
    work.desk.on_changed({"task", "contact"}, lambda: heard.append("own"), only=lambda: {"task": own})
    work.desk.on_changed({"task"}, lambda: heard.append("all"))
    await work.desk.run(CreateTask(task_id=other, title="Somebody else's"))
    await work.until(lambda: heard == ["all"])
    await work.desk.run(CreateTask(task_id=own, title="The one on the screen"))
    await work.until(lambda: heard == ["all", "own", "all"])
    await work.desk.run(CreateContact(contact_id=new_id(), name="Of a kind that concerns it always"))
    await work.until(lambda: heard == ["all", "own", "all", "own"])


async def test_who_one_is_and_where_is_known_from_the_replica(work: Work) -> None:
    assert work.desk.me.value is not None
    assert work.desk.country == "DE"
    assert str(work.desk.zone) == work.desk.me.value.time_zone
