"""What belongs on a device: what its person sees, as far as the rules and pins of the device have it."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, select

from app.domain.scopes.records import DeviceScope, Pin
from app.kernel.columns import moment_from_us
from app.kernel.log import Tenant
from app.kernel.permissions import Actor, Keys
from app.kernel.record import KINDS, Root, indispensable, root_of
from app.kernel.sight import in_sight
from app.protocol.ondemand import Rules
from app.protocol.sight import Sight
from server.database.tombstones import horizon


def sight_on(connection: Connection, tenant_id: UUID, actor: Actor, device: str, now_us: int) -> Sight:
    """Of one of the actor's devices."""
    scope = connection.execute(
        select(DeviceScope.groups, DeviceScope.days).where(
            DeviceScope.tenant_id == tenant_id, DeviceScope.owner_id == actor.user_id, DeviceScope.device == device,
            DeviceScope.deleted_at.is_(None),
        )
    ).first()  # fmt: skip
    only = None if scope is None or "only" not in scope.groups else [UUID(each) for each in scope.groups["only"]]
    rules = Rules(groups=only, days=scope.days if scope else 0)
    return sight_under(connection, tenant_id, actor, device, rules, now_us)


def sight_under(connection: Connection, tenant_id: UUID, actor: Actor, device: str, rules: Rules, now_us: int) -> Sight:
    """The same under rules that are only thought of; pins count whatever they are."""
    kept = None if rules.groups is None else actor.own | {tenant_id, *rules.groups}
    return sight_of(
        actor, kept, floor=_floor(connection, tenant_id, rules.days, now_us), pins=_pins(connection, tenant_id, actor, device)
    )


def sight_of(actor: Actor, kept: Keys | None = None, *, floor: int = 0, pins: dict[str, frozenset[UUID]] | None = None) -> Sight:
    """Everything that the actor sees, or what of it has the kept keys."""
    default = _narrowed(actor.team, kept) or frozenset()
    seen = {kind: _narrowed(_seen(actor, kind), None if is_always_kept(kind) else kept) for kind in KINDS}
    hidden = {kind: actor.hidden(kind) - indispensable(record) for kind, record in KINDS.items()}
    return Sight(
        keys=default, apart={kind: keys for kind, keys in seen.items() if keys != default}, floor=floor, pins=pins or {},
        hidden={kind: names for kind, names in hidden.items() if names},
    )  # fmt: skip


def is_always_kept(kind: str) -> bool:
    """Whether the kind is on every device whatever its rules say: rights and sight follow from it, or it is one's own."""
    root = root_of(KINDS[kind])
    return root is None or root.__open__ or root.__personal__


def _seen(actor: Actor, kind: str) -> Keys | None:
    """A row is on a device only together with what stands above it."""
    root = root_of(KINDS[kind])
    own = actor.sight(kind)
    return own if root is None or root is KINDS[kind] else _narrowed(own, actor.sight(root.__tablename__))


def _narrowed(keys: Keys | None, kept: Keys | None) -> Keys | None:
    """What is in both; None is everything."""
    if keys is None or kept is None:
        return kept if keys is None else keys
    return keys & kept


def _floor(connection: Connection, tenant_id: UUID, days: int, now_us: int) -> int:
    """The change number so many days ago, moving once a day; never above what `Tenant.slept` knows to be gone from devices."""
    if not days:
        return 0
    today = moment_from_us(now_us).replace(hour=0, minute=0, second=0, microsecond=0)
    slept = connection.execute(select(Tenant.slept).where(Tenant.id == tenant_id)).scalar_one()
    return min(horizon(connection, tenant_id, today - timedelta(days=days)), slept)


def _pins(connection: Connection, tenant_id: UUID, actor: Actor, device: str) -> dict[str, frozenset[UUID]]:
    mine = (Pin.tenant_id == tenant_id, Pin.owner_id == actor.user_id, Pin.device.in_(("", device)), Pin.deleted_at.is_(None))
    wanted: dict[str, set[UUID]] = {}
    for kind, record_id in connection.execute(select(Pin.kind, Pin.record_id).where(*mine)):
        wanted.setdefault(kind, set()).add(record_id)
    found: dict[str, frozenset[UUID]] = {}
    for name, kind in KINDS.items():
        root = root_of(kind)
        if root is None or not wanted.get(root.__tablename__):
            continue
        if root is kind or _seen(actor, name) != actor.sight(root.__tablename__):
            found[name] = _visible(connection, tenant_id, root, _seen(actor, name), wanted[root.__tablename__])
    return found


def _visible(
    connection: Connection, tenant_id: UUID, root: type[Root], keys: Keys | None, ids: Iterable[UUID]
) -> frozenset[UUID]:
    query = select(root.id).where(root.tenant_id == tenant_id, root.id.in_(list(ids)))
    return frozenset(connection.execute(query if keys is None else query.where(in_sight(root.__table__, list(keys)))).scalars())
