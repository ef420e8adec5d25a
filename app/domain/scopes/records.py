"""What a person keeps on each of their devices."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.record import EMPTY, Root


class DeviceScope(Root):
    """The rules of one device; without it, everything in sight is on it."""

    __noun__ = "scope"
    __personal__ = True
    __indexes__ = (("owner_id", "device"),)

    device: Mapped[str]
    groups: Mapped[Mapping[str, Any]] = mapped_column(default=EMPTY)  # {"only": [ids of teams and territories]}; empty: all
    days: Mapped[int] = mapped_column(default=0)  # of conversations and calls those changed within so many; 0: all


class Pin(Root):
    """A record that stays on the device, or on all of a person's, whatever the rules say."""

    __noun__ = "scope"
    __personal__ = True
    __indexes__ = (("owner_id", "record_id"),)

    device: Mapped[str] = mapped_column(default="")  # empty: on all
    kind: Mapped[str]
    record_id: Mapped[UUID]
