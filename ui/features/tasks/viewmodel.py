"""What the person has to do."""

from datetime import datetime
from uuid import UUID

from app.desk.desk import Desk
from app.domain.tasks.commands import CompleteTask, CreateTask, DeleteTask, EditTask, ReopenTask
from app.domain.tasks.queries import TaskRow, task_ids, tasks
from app.domain.tasks.rules import is_late
from app.kernel.ids import new_id
from app.kernel.observable import Observable


class TasksPanel:
    """One's own tasks, open or done; follows every change."""

    def __init__(self, desk: Desk) -> None:
        self.rows: Observable[tuple[TaskRow, ...] | None] = Observable(None)
        self.shows_done: Observable[bool] = Observable(False)
        self._desk = desk
        self._stop = desk.on_changed({"task", "contact"}, self._reload)
        self.shows_done.subscribe(lambda _: self._reload())

    def _reload(self) -> None:
        self._desk.tasks.start(self.refresh(), name="tasks")

    async def refresh(self) -> None:
        """Read them again."""
        done, me = self.shows_done.value, self._desk.user_id
        self.rows.set(tuple(await self._desk.read(lambda reader: tasks(reader, owner_id=me, is_done=done))))

    async def everything(self) -> list[UUID]:
        """The ids of all that the page would show, were it endless."""
        done, me = self.shows_done.value, self._desk.user_id
        return await self._desk.read(lambda reader: task_ids(reader, owner_id=me, is_done=done))

    async def add(self, title: str, due_at: datetime | None = None) -> None:
        """Something has to be done."""
        await self._desk.run(CreateTask(task_id=new_id(), title=title, due_at=due_at))

    async def set_done(self, task_id: UUID, *, is_done: bool) -> None:
        """Tick it off, or not."""
        await self._desk.run(CompleteTask(task_id=task_id) if is_done else ReopenTask(task_id=task_id))

    async def edit(self, task_id: UUID, **patch: object) -> None:
        """Change some fields."""
        await self._desk.run(EditTask(task_id=task_id, patch=dict(patch)))

    async def delete(self, task_id: UUID) -> None:
        """Undo brings it back."""
        await self._desk.run(DeleteTask(task_id=task_id))

    def is_late(self, row: TaskRow) -> bool:
        """Whether its time has passed."""
        return is_late(row.due_at, row.done_at, self._desk.clock.now())

    def close(self) -> None:
        """Hear no more."""
        self._stop()
