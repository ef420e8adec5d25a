"""Tasks in the REST API."""

from app.domain.tasks.commands import AssignTask, CompleteTask, CreateTask, DeleteTask, EditTask, ReopenTask
from app.domain.tasks.queries import task, tasks
from app.domain.tasks.records import Task
from app.domain.tasks.rules import EDITABLE
from server.features.bulk import doing, in_bulk, setting
from server.features.routing import acting, creating, deleting, patching, reading

ROUTES = (
    reading("/tasks", tasks, permission="task:read"),
    creating("/tasks", CreateTask, then=task),
    reading("/tasks/{id}", task, permission="task:read"),
    patching("/tasks/{id}", EditTask, Task, EDITABLE, then=task),
    acting("/tasks/{id}/complete", CompleteTask, then=task),
    acting("/tasks/{id}/reopen", ReopenTask, then=task),
    acting("/tasks/{id}/assign", AssignTask, then=task),
    deleting("/tasks/{id}", DeleteTask),
    in_bulk(
        "task",
        {
            "edit": setting(EditTask, "task_id", Task, EDITABLE),
            "assign": doing(AssignTask, "task_id"),
            "complete": doing(CompleteTask, "task_id"),
            "reopen": doing(ReopenTask, "task_id"),
            "delete": doing(DeleteTask, "task_id"),
        },
    ),
)
