"""How colleagues stand and what they work on, for who may watch them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select

from app.domain.calls.records import Call
from app.domain.contacts.records import Contact
from app.domain.conversations.records import Conversation
from app.domain.teams.queries import colleagues
from app.domain.users.queries import UserCard
from app.kernel.columns import moment_from_us
from app.kernel.errors import NotAllowed
from app.kernel.reader import Reader
from app.protocol.live import Presence
from app.protocol.monitor import CallNow, Colleague, DoingNow, WhoIsHere

LONGEST_CALL = timedelta(hours=12)  # one that began before that has ended, though nobody told


def who_is_here(reader: Reader, said: Iterable[tuple[Presence, int]], now: datetime) -> WhoIsHere:
    """Those whom the reader may watch; `said` is what people's consoles told last. `NotAllowed` without the right."""
    if not reader.actor.may("user:monitor"):
        raise NotAllowed(permission="user:monitor")
    people = colleagues(reader, "user:monitor")
    doing = {each.user_id: (each, at_us) for each, at_us in said if each.user_id is not None and each.about is not None}
    calls = _calls(reader, now)
    wanted = {each.about for each, _ in doing.values() if each.about} | {call.conversation_id for call in calls.values()}
    titles = _titles(reader, wanted)
    return WhoIsHere(
        as_of=now,
        colleagues=[
            Colleague(
                user_id=each.id, name=each.name, state=each.state, state_since=each.state_since,
                call=_call_now(each, calls, titles), doing=_doing_now(doing.get(each.id), titles),
                may_force=_may_force(reader, each),
            )
            for each in people
        ],
    )  # fmt: skip


def _may_force(reader: Reader, person: UserCard) -> bool:
    keys = frozenset({reader.tenant_id, person.id})  # people are everybody's, and their own
    return person.id != reader.actor.user_id and reader.actor.may("user:force", keys)


def _calls(reader: Reader, now: datetime) -> Mapping[UUID, Row[Any]]:
    """By agent, past what the reader sees: that somebody is on a call, which way and since when, is theirs to know."""
    its = (
        Call.tenant_id == reader.tenant_id, Call.deleted_at.is_(None), Call.ended_at.is_(None), Call.state != "ended",
        Call.started_at > now - LONGEST_CALL, Call.owner_id.is_not(None),
    )  # fmt: skip
    since = select(Call.owner_id, Call.direction, Call.answered_at, Call.started_at, Call.conversation_id)
    return {row.owner_id: row for row in reader.connection.execute(since.where(*its).order_by(Call.started_at))}


def _titles(reader: Reader, ids: set[UUID]) -> dict[UUID, str]:
    """Whom the conversations in sight are with."""
    if not ids:
        return {}
    its = and_(Contact.tenant_id == Conversation.tenant_id, Contact.id == Conversation.contact_id, reader.within(Contact))
    shown = (Conversation.id, Conversation.subject, Conversation.address, Contact.name.label("contact_name"))
    asked = reader.select(Conversation, *shown).select_from(Conversation).outerjoin(Contact, its)
    rows = reader.all(asked.where(Conversation.id.in_(ids)))
    return {row.id: row.contact_name or row.address or row.subject or "" for row in rows}


def _call_now(person: UserCard, calls: Mapping[UUID, Row[Any]], titles: Mapping[UUID, str]) -> CallNow | None:
    call = calls.get(person.id)
    if call is None or person.state != "on_call":  # a console that went down in a call never says that it ended
        return None
    in_sight = call.conversation_id in titles
    return CallNow(
        direction=call.direction, since=call.answered_at or call.started_at, title=titles.get(call.conversation_id, ""),
        conversation_id=call.conversation_id if in_sight else None,
    )  # fmt: skip


def _doing_now(said: tuple[Presence, int] | None, titles: Mapping[UUID, str]) -> DoingNow | None:
    if said is None or said[0].about is None or said[0].about not in titles:
        return None
    presence, at_us = said
    about = said[0].about
    return DoingNow(doing=presence.doing, conversation_id=about, title=titles[about], said_at=moment_from_us(at_us))
