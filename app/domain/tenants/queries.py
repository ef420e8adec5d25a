"""What the workspace says of itself."""

import msgspec

from app.domain.tenants.recording import RecordingRules, rules_in
from app.domain.tenants.records import Workspace
from app.domain.tenants.rules import watched_in
from app.kernel.reader import Reader


class WorkspaceCard(msgspec.Struct, frozen=True, kw_only=True):
    """The workspace as programs and screens need it."""

    name: str
    country: str
    time_zone: str
    language: str
    deleted_kept_days: int
    audit_days: int | None = None
    lock_after_days: int
    watched: tuple[str, ...] = ()  # kinds of records of which the audit tells who opened them
    recording: RecordingRules = RecordingRules()


def workspace(reader: Reader) -> WorkspaceCard:
    """The tenant's workspace; `NotHere` before it was set up."""
    row = reader.get(Workspace, reader.tenant_id)
    return WorkspaceCard(
        name=row.name, country=row.country, time_zone=row.time_zone, language=row.language,
        deleted_kept_days=row.deleted_kept_days, audit_days=row.audit_days, lock_after_days=row.lock_after_days,
        watched=watched_in(row.custom),
        recording=rules_in(row.custom),
    )  # fmt: skip
