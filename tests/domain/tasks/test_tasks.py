"""Tasks: whose they are, by when, and done only once."""

from datetime import timedelta

from app.domain.tasks.commands import CompleteTask, CreateTask, DeleteTask, EditTask, ReopenTask
from app.domain.tasks.queries import count_open, tasks
from app.domain.tasks.rules import is_late
from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from tests.domain.conftest import BEGIN_US, House

NOON = moment_from_us(BEGIN_US)


def test_tasks_come_in_the_order_in_which_they_are_due_those_without_a_time_last(house: House) -> None:
    for title, due_at in (("some day", None), ("later", NOON + timedelta(days=2)), ("soon", NOON + timedelta(hours=1))):
        house.do(CreateTask(task_id=new_id(), title=title, due_at=due_at))
    me = house.people["agent"]
    assert [row.title for row in house.ask(lambda reader: tasks(reader, owner_id=me))] == ["soon", "later", "some day"]
    assert house.ask(lambda reader: count_open(reader, me)) == 3


def test_a_task_is_done_once_and_may_be_opened_again(house: House) -> None:
    task_id, me = new_id(), house.people["agent"]
    house.do(CreateTask(task_id=task_id, title="Call back"))
    house.do(CompleteTask(task_id=task_id))
    [done] = house.ask(lambda reader: tasks(reader, owner_id=me, is_done=True))
    house.do(CompleteTask(task_id=task_id))
    assert house.ask(lambda reader: tasks(reader, owner_id=me, is_done=True))[0].done_at == done.done_at
    house.do(ReopenTask(task_id=task_id))
    assert house.ask(lambda reader: count_open(reader, me)) == 1
    house.do(DeleteTask(task_id=task_id))
    assert house.ask(lambda reader: count_open(reader, me)) == 0


def test_a_task_is_given_to_somebody_else(house: House) -> None:
    task_id = new_id()
    house.do(CreateTask(task_id=task_id, title="For the other"))
    house.do(EditTask(task_id=task_id, patch={"owner_id": str(house.people["other"])}))
    assert house.ask(lambda reader: count_open(reader, house.people["other"]), "other") == 1


def test_late_is_past_its_time_and_not_done() -> None:
    before, after = NOON - timedelta(minutes=1), NOON + timedelta(minutes=1)
    assert [is_late(due, done, NOON) for due, done in ((before, None), (before, NOON), (after, None), (None, None))] == [
        True, False, False, False,
    ]  # fmt: skip
