"""What can be done with tasks."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.contacts.records import Contact
from app.domain.contacts.surviving import survivor_of
from app.domain.conversations.records import Conversation
from app.domain.tasks.records import NewTaskId, Task, TaskId
from app.domain.tasks.rules import EDITABLE
from app.domain.users.records import UserId
from app.kernel.command import Command, foresees, handles
from app.kernel.named import required
from app.kernel.patch import read_patch
from app.kernel.work import UnitOfWork


class CreateTask(Command, name="task.create", permission="task:create", offline=True):
    """Something has to be done; by oneself unless somebody is named."""

    task_id: NewTaskId
    title: str
    details: str = ""
    due_at: datetime | None = None
    owner_id: UUID | None = None
    contact_id: UUID | None = None
    conversation_id: UUID | None = None


class EditTask(Command, name="task.edit", permission="task:edit", offline=True, in_bulk=True):
    """Change some fields."""

    task_id: TaskId
    patch: dict[str, Any]


class CompleteTask(Command, name="task.complete", permission="task:edit", offline=True, in_bulk=True):
    """It is done."""

    task_id: TaskId


class ReopenTask(Command, name="task.reopen", permission="task:edit", offline=True, in_bulk=True):
    """It is not done after all."""

    task_id: TaskId


class DeleteTask(Command, name="task.delete", permission="task:delete", offline=True, in_bulk=True):
    """Leave a tombstone."""

    task_id: TaskId


class AssignTask(Command, name="task.assign", permission="task:assign", offline=True, in_bulk=True):
    """Have somebody else do it."""

    task_id: TaskId
    owner_id: UserId


@handles(CreateTask)
def create_task(work: UnitOfWork, command: CreateTask) -> Task:
    """Everybody sees what there is to do; the owner has it on their list."""
    _check_named(work, command.contact_id, command.conversation_id)
    return work.add(
        Task(
            id=command.task_id,
            owner_id=command.owner_id or work.issued.actor_id,
            team_id=work.tenant_id,
            title=required("title", command.title),
            details=command.details,
            due_at=command.due_at,
            contact_id=survivor_of(work, command.contact_id),
            conversation_id=command.conversation_id,
        )
    )


@foresees(CreateTask)
def _foreseen(_tenant_id: UUID, command: CreateTask) -> Iterator[tuple[str, UUID]]:
    """Whom and what it is about."""
    if command.contact_id is not None:
        yield Contact.__tablename__, command.contact_id
    if command.conversation_id is not None:
        yield Conversation.__tablename__, command.conversation_id


def _check_named(work: UnitOfWork, contact_id: UUID | None, conversation_id: UUID | None = None) -> None:
    work.check_named(Contact, "contact_id", contact_id)
    work.check_named(Conversation, "conversation_id", conversation_id)


@handles(EditTask)
def edit_task(work: UnitOfWork, command: EditTask) -> Task:
    """Each field stands on its own."""
    task = work.get(Task, command.task_id)
    patch = read_patch(Task, command.patch, EDITABLE)
    if "title" in patch:
        patch["title"] = required("title", patch["title"])
    _check_named(work, patch.get("contact_id"))
    work.edit(task, patch)
    return task


@handles(CompleteTask)
def complete_task(work: UnitOfWork, command: CompleteTask) -> Task:
    """Done once; doing it again changes nothing."""
    task = work.get(Task, command.task_id)
    if task.done_at is None:
        task.done_at = work.now
    return task


@handles(ReopenTask)
def reopen_task(work: UnitOfWork, command: ReopenTask) -> Task:
    """It is on the list again."""
    task = work.get(Task, command.task_id)
    task.done_at = None
    return task


@handles(DeleteTask)
def delete_task(work: UnitOfWork, command: DeleteTask) -> None:
    """Undo brings it back."""
    work.delete(work.get(Task, command.task_id))


@handles(AssignTask)
def assign_task(work: UnitOfWork, command: AssignTask) -> Task:
    """It is on their list from now on."""
    task = work.get(Task, command.task_id)
    task.owner_id = command.owner_id
    return task
