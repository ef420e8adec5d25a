"""A server that is told what somebody sees, without the roles that would say so."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session
from typing_extensions import override

from app.kernel.clock import NowUs
from app.kernel.permissions import Actor, Keys
from server.database.authority import Authority
from server.database.batch import Batch


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ToldActor(Actor):
    """Sees and does not see what it is told."""

    sights: Mapping[str, Keys | None]
    veils: Mapping[str, frozenset[str]]

    @override
    def sight(self, kind: str) -> Keys | None:
        return self.sights[kind] if kind in self.sights else Actor.sight(self, kind)

    @override
    def sees(self, kind: str, keys: Keys) -> bool:
        seen = self.sight(kind)
        return seen is None or not keys.isdisjoint(seen)

    @override
    def hidden(self, kind: str) -> frozenset[str]:
        return self.veils.get(kind, Actor.hidden(self, kind))


def told_actor(actor: Actor, told: Mapping[str, Any]) -> Actor:
    """The actor, who has been told something."""
    if not told:
        return actor
    own = {field.name: getattr(actor, field.name) for field in fields(Actor)}
    return ToldActor(**own, sights=told.get("sights", {}), veils=told.get("veils", {}))


class Told(Authority):
    """`told` holds the sights and veils of people."""

    def __init__(self, engine: Engine, tenant_id: UUID, now_us: NowUs, told: dict[UUID, dict[str, Any]]) -> None:
        super().__init__(engine, tenant_id, now_us)
        self._told = told

    @override
    def actor(self, user_id: UUID, connection: Connection | None = None) -> Actor:
        return told_actor(super().actor(user_id, connection), self._told.get(user_id, {}))

    @override
    def _fresh_actor(self, session: Session, batch: Batch, user_id: UUID) -> Actor:
        return told_actor(super()._fresh_actor(session, batch, user_id), self._told.get(user_id, {}))
