"""Tasks in the REST API."""

from app.domain.tasks.commands import CompleteTask, CreateTask, DeleteTask, EditTask, ReopenTask
from app.domain.tasks.queries import task, tasks
from app.domain.tasks.records import Task
from app.domain.tasks.rules import EDITABLE
from server.features.routing import acting, creating, deleting, patching, reading

ROUTES = (
    reading("/tasks", tasks, permission="task:read"),
    creating("/tasks", CreateTask, then=task),
    reading("/tasks/{id}", task, permission="task:read"),
    patching("/tasks/{id}", EditTask, Task, EDITABLE, then=task),
    acting("/tasks/{id}/complete", CompleteTask, then=task),
    acting("/tasks/{id}/reopen", ReopenTask, then=task),
    deleting("/tasks/{id}", DeleteTask),
)
