"""Numbers and addresses come into being with the people and messages that use them."""

from app.domain.identities.records import Identity, IdentityId
from app.domain.identities.rules import ReadIdentity, identity_id
from app.kernel.command import Command, handles
from app.kernel.record import EMPTY
from app.kernel.work import UnitOfWork


class MarkBounced(Command, name="identity.mark_bounced", permission="identity:edit", offline=True):
    """Say that mail to an address came back; None takes it back."""

    identity_id: IdentityId
    reason: str | None


@handles(MarkBounced)
def mark_bounced(work: UnitOfWork, command: MarkBounced) -> Identity:
    """The reason stands on its own."""
    identity = work.get(Identity, command.identity_id)
    work.edit(identity, {"bounced": command.reason})
    return identity


def ensure_identity(work: UnitOfWork, read: ReadIdentity) -> Identity:
    """The number's or address's one record, made now if nobody met it before."""
    own_id = identity_id(work.tenant_id, read.kind, read.value)
    identity = work.peek(Identity, own_id)
    if identity is None:
        return work.add(
            Identity(
                id=own_id,
                team_id=work.tenant_id,
                kind=read.kind,
                value=read.value,
                shown=read.shown,
                last_digits=read.last_digits,
                is_valid=read.is_valid,
                country=read.country,
            )
        )
    if identity.deleted_at is not None:
        identity.deleted_at = None
    if identity.is_erased:  # somebody else uses it now
        identity.custom = EMPTY
        identity.value, identity.shown, identity.last_digits, identity.country = (
            read.value,
            read.shown,
            read.last_digits,
            read.country,
        )
    return identity
