"""Calls and their legs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.command import Ref
from app.kernel.record import EMPTY, Record, Root
from app.kernel.searched import Searched

CallId = Annotated[UUID, Ref("call")]


class Call(Root):
    """One call; its id is derived from its SIP Call-ID, so that nothing doubles when both sides log it."""

    __kept__ = frozenset({"state", "outcome", "answered_at", "ended_at", "sip_code", "recording"})
    __recent__ = True
    __indexes__ = (("started_at", "id"), ("contact_id", "started_at"), ("conversation_id",))
    __searched__ = Searched(
        title=("number_shown", "queue"), body=("reason", "disposition"), numbers=("number",), at="started_at", channel="voice"
    )

    __erased__: ClassVar = {"sip_call_id": "", "number": "", "number_shown": "", "reason": None, "recording": EMPTY}

    direction: Mapped[str]  # in | out
    state: Mapped[str]  # ringing → active → ended
    outcome: Mapped[str | None] = mapped_column(default=None)
    sip_call_id: Mapped[str]
    number: Mapped[str]  # as the network gave it
    number_shown: Mapped[str] = mapped_column(default="")
    contact_id: Mapped[UUID | None] = mapped_column(default=None)
    conversation_id: Mapped[UUID]
    queue: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    sip_code: Mapped[int | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)
    disposition: Mapped[str | None] = mapped_column(default=None)
    recording: Mapped[Mapping[str, Any]] = mapped_column(default=EMPTY)


class CallLeg(Record):
    """One party's part of a call."""

    __parent__ = ("call", "call_id")
    __indexes__ = (("call_id",),)
    __erased__: ClassVar = {"number": ""}

    call_id: Mapped[UUID]
    role: Mapped[str]  # agent | customer | consult
    number: Mapped[str]
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    sip_code: Mapped[int | None] = mapped_column(default=None)
