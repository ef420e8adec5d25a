"""Showing a record to somebody whom it does not belong to, and taking that back."""

from uuid import UUID

from app.domain.shares.records import Share
from app.domain.shares.rules import check_one, share_id
from app.domain.teams.records import TeamId
from app.domain.users.records import UserId
from app.kernel.command import Command, handles
from app.kernel.errors import NotAllowed, NotHere
from app.kernel.guards import guards
from app.kernel.record import Root, noun_of, root_of_kind
from app.kernel.sharing import share_key
from app.kernel.watch import Change
from app.kernel.work import UnitOfWork


class ShareRecord(Command, name="share.add", permission="share:create", offline=True, on_conflict="commute"):
    """Share a record with a person or a team; who shares it must be one who may edit it."""

    record_kind: str
    record_id: UUID
    user_id: UserId | None = None
    team_id: TeamId | None = None
    may_edit: bool = False


class UnshareRecord(Command, name="share.remove", permission="share:delete", offline=True, on_conflict="commute"):
    """Share a record no longer; who may edit it may take back what others shared."""

    share_id: UUID


@handles(ShareRecord)
def share_record(work: UnitOfWork, command: ShareRecord) -> Share:
    """Sharing again only changes whether it may be edited."""
    check_one(command.user_id, command.team_id)
    record = _editable(work, command.record_kind, command.record_id)
    key = share_key(command.user_id, command.team_id)
    own_id = share_id(record.id, key)
    share = work.peek(Share, own_id)
    if share is None:
        record.share_count += 1
        return work.add(
            Share(
                id=own_id,
                owner_id=work.issued.actor_id,
                team_id=key,
                record_kind=command.record_kind,
                record_id=record.id,
                user_id=command.user_id,
                with_team_id=command.team_id,
                may_edit=command.may_edit,
            )
        )
    if share.deleted_at is not None:
        share.deleted_at = None
        record.share_count += 1
    share.may_edit = command.may_edit
    return share


@handles(UnshareRecord)
def unshare_record(work: UnitOfWork, command: UnshareRecord) -> None:
    """The record leaves their sight, unless something else keeps it there."""
    share = work.peek(Share, command.share_id)
    if share is None or share.deleted_at is not None:
        raise NotHere(kind=Share.__tablename__, id=command.share_id.hex)
    record = _editable(work, share.record_kind, share.record_id)
    record.share_count -= 1
    work.delete(share)


@guards(Share)
def check_share(work: UnitOfWork, share: Share, _change: Change) -> None:
    """Nor does taking something back show a record to anybody, where one may not edit it any more."""
    if share.deleted_at is None:
        _editable(work, share.record_kind, share.record_id)


def _editable(work: UnitOfWork, kind: str, record_id: UUID) -> Root:
    record = work.get(root_of_kind(kind), record_id)
    if not work.may("edit", record):
        raise NotAllowed(permission=f"{noun_of(kind)}:edit")
    return record
