"""Setting up and describing a workspace."""

from typing import Any

from app.domain.tenants.recording import RecordingRules, check_rules, with_rules
from app.domain.tenants.records import Workspace
from app.domain.tenants.rules import WATCHED, check_kept_days, check_lock_days, check_watched, retention
from app.kernel.command import Command, handles
from app.kernel.patch import read_patch
from app.kernel.work import UnitOfWork

EDITABLE: frozenset[str] = frozenset({"name", "country", "time_zone", "language", "deleted_kept_days", "lock_after_days"})


FOUNDED = "A workspace is founded once."


class CreateWorkspace(
    Command, name="tenant.create", permission="tenant:create", offline=False, no_undo="A workspace is founded once."
):
    """Describe the tenant to its people; once."""

    name: str
    country: str = ""
    time_zone: str = "UTC"
    language: str = "en"


class EditWorkspace(Command, name="tenant.edit", permission="tenant:edit", offline=False):
    """Change what the workspace says of itself."""

    patch: dict[str, Any]


class KeepAudit(Command, name="tenant.keep_audit", permission="audit:retention", offline=False):
    """Say for how many days the audit is kept; nothing: for ever."""

    days: int | None


class WatchReading(Command, name="tenant.watch_reading", permission="audit:watch", offline=False):
    """Say of which records the audit tells who opened them; of none: nothing is told of those who only look."""

    kinds: tuple[str, ...]


class SetRecording(Command, name="tenant.set_recording", permission="tenant:edit", offline=False):
    """Say which calls are recorded from now on, and for how many days recordings are kept."""

    incoming: str
    outgoing: str
    keep_days: int
    announcement: str = ""


@handles(CreateWorkspace)
def create_workspace(work: UnitOfWork, command: CreateWorkspace) -> Workspace:
    """The workspace's record carries the tenant's own id."""
    return work.add(
        Workspace(
            id=work.tenant_id,
            team_id=work.tenant_id,
            name=command.name,
            country=command.country.upper(),
            time_zone=command.time_zone,
            language=command.language,
        )
    )


@handles(EditWorkspace)
def edit_workspace(work: UnitOfWork, command: EditWorkspace) -> Workspace:
    """Each field stands on its own."""
    workspace = work.get(Workspace, work.tenant_id)
    patch = read_patch(Workspace, command.patch, EDITABLE)
    if "deleted_kept_days" in patch:
        check_kept_days(patch["deleted_kept_days"])
    if "lock_after_days" in patch:
        check_lock_days(patch["lock_after_days"])
    work.edit(workspace, patch)
    return workspace


@handles(KeepAudit)
def keep_audit(work: UnitOfWork, command: KeepAudit) -> Workspace:
    """The oldest rows go with the next cut; a short time is refused, so that nobody can be rid of traces at once."""
    workspace = work.get(Workspace, work.tenant_id)
    workspace.audit_days = retention(command.days)
    return workspace


@handles(WatchReading)
def watch_reading(work: UnitOfWork, command: WatchReading) -> Workspace:
    """From now on; what was opened before stays written down."""
    workspace = work.get(Workspace, work.tenant_id)
    workspace.custom = {**workspace.custom, WATCHED: check_watched(command.kinds)}
    return workspace


@handles(SetRecording)
def set_recording(work: UnitOfWork, command: SetRecording) -> Workspace:
    """Calls that are on keep the setting that they began with."""
    workspace = work.get(Workspace, work.tenant_id)
    rules = RecordingRules(
        incoming=command.incoming, outgoing=command.outgoing, keep_days=command.keep_days,
        announcement=command.announcement.strip(),
    )  # fmt: skip
    workspace.custom = with_rules(workspace.custom, check_rules(rules))
    return workspace
