"""Choosing what is on a device."""

from uuid import UUID

from app.domain.scopes.records import DeviceScope, Pin
from app.domain.scopes.rules import MOST_PINS, TooManyPins, check_days, check_groups, pin_id, scope_id
from app.kernel.command import Command, handles
from app.kernel.errors import BadValue
from app.kernel.record import KINDS, Root
from app.kernel.work import UnitOfWork


class SetDeviceScope(Command, name="scope.set", permission="scope:edit", offline=True):
    """Say which teams' and territories' records, and how many days of conversations and calls, one of your devices keeps."""

    device: str
    groups: list[UUID] | None = None  # nothing: all that one sees; one's own and the whole tenant's records are always there
    days: int = 0


class PinRecord(Command, name="scope.pin", permission="scope:edit", offline=True):
    """Keep a record on your device, or on all of them, whatever the rules say."""

    kind: str
    record_id: UUID
    device: str = ""


class UnpinRecord(Command, name="scope.unpin", permission="scope:edit", offline=True):
    """Let the rules say again whether a record is on your device."""

    record_id: UUID
    device: str = ""


@handles(SetDeviceScope)
def set_device_scope(work: UnitOfWork, command: SetDeviceScope) -> DeviceScope:
    """The rules are replaced as a whole."""
    own_id = scope_id(work.actor.user_id, command.device)
    scope = work.peek(DeviceScope, own_id)
    if scope is None:
        scope = work.add(DeviceScope(id=own_id, owner_id=work.actor.user_id, device=command.device))
    scope.groups = {} if command.groups is None else {"only": check_groups(command.groups)}
    scope.days = check_days(command.days)
    return scope


@handles(PinRecord)
def pin_record(work: UnitOfWork, command: PinRecord) -> Pin:
    """Nobody asks whether the record exists: it may be on the server only; what one may not see is not sent."""
    kind = KINDS.get(command.kind)
    if kind is None or not issubclass(kind, Root):
        raise BadValue(field="kind", value=command.kind, hint="Only records that stand on their own can be pinned.")
    own_id = pin_id(work.actor.user_id, command.device, command.record_id)
    pin = work.peek(Pin, own_id)
    if pin is not None:
        pin.deleted_at = None
        return pin
    if len(work.find(Pin, Pin.owner_id == work.actor.user_id)) >= MOST_PINS:
        raise TooManyPins(most=MOST_PINS)
    return work.add(
        Pin(
            id=own_id, owner_id=work.actor.user_id, device=command.device, kind=command.kind, record_id=command.record_id
        )
    )  # fmt: skip


@handles(UnpinRecord)
def unpin_record(work: UnitOfWork, command: UnpinRecord) -> None:
    """Nothing changes when it is not pinned."""
    pin = work.peek(Pin, pin_id(work.actor.user_id, command.device, command.record_id))
    if pin is not None and pin.deleted_at is None:
        work.delete(pin)
