"""No write escapes the unit of work, and none is told wrongly."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

import app.domain.nouns  # noqa: F401 - so that every kind is known
from app.domain.contacts.records import Contact
from app.kernel.database import open_sqlite
from app.kernel.errors import BypassesCapture
from app.kernel.ids import new_id
from app.kernel.record import Base, fields_of
from app.kernel.watch import Watch, WatchedSession, set_beside

TENANT = new_id()
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TABLE: Any = Contact.__table__
MAPPER: Any = Contact


def person() -> Contact:
    values: dict[str, Any] = dict.fromkeys(fields_of(Contact))
    values |= {"tenant_id": TENANT, "id": new_id(), "name": "a", "is_vip": False, "custom": {}, "version": 0, "scope_version": 0}
    values |= {"created_at": NOW, "updated_at": NOW, "created_by": TENANT, "updated_by": TENANT}
    return Contact(**values)


def opened() -> tuple[WatchedSession, Watch]:
    engine = open_sqlite()
    Base.metadata.create_all(engine)
    session = WatchedSession(engine, expire_on_commit=False)
    return session, Watch(session)


def kept() -> tuple[WatchedSession, Watch, Contact]:
    session, watch = opened()
    contact = person()
    session.add(contact)
    watch.hold(contact)
    session.flush()
    watch.begin()
    watch.hold(contact)
    return session, watch, contact


def _delete(session: Session, contact: Contact) -> None:
    session.delete(contact)
    session.flush()


BYPASSES: dict[str, Callable[[Session, Contact], object]] = {
    "orm update": lambda s, c: s.execute(update(Contact).values(name="x")),
    "orm delete": lambda s, c: s.execute(delete(Contact)),
    "orm insert": lambda s, c: s.execute(insert(Contact), [{"name": "x"}]),
    "core update": lambda s, c: s.execute(update(TABLE).values(name="x")),
    "core on connection": lambda s, c: s.connection().execute(update(TABLE).values(name="x")),
    "text": lambda s, c: s.execute(text("UPDATE contact SET name='x'")),
    "text after with": lambda s, c: s.execute(text("WITH x AS (SELECT 1) UPDATE contact SET name='x'")),
    "query.update": lambda s, c: s.query(Contact).update({"name": "x"}),
    "query.delete": lambda s, c: s.query(Contact).delete(),
    "bulk_save_objects": lambda s, c: s.bulk_save_objects([person()]),
    "bulk_insert_mappings": lambda s, c: s.bulk_insert_mappings(MAPPER, [{"name": "x"}]),
    "bulk_update_mappings": lambda s, c: s.bulk_update_mappings(MAPPER, [{"tenant_id": TENANT, "id": c.id, "name": "x"}]),
    "session.delete": _delete,
    "change in place": lambda s, c: vars(type(c.custom))["__setitem__"](c.custom, "k", 1),
}


@pytest.mark.parametrize("how", BYPASSES)
def test_no_write_escapes(how: str) -> None:
    session, _, contact = kept()
    session.expire_all()
    contact = session.scalars(select(Contact)).one()
    with pytest.raises((BypassesCapture, KeyError)):
        BYPASSES[how](session, contact)


def test_two_commands_that_share_a_flush_are_told_apart() -> None:
    _, watch, contact = kept()
    contact.name = "b"
    first = watch.net()[contact]
    watch.begin()
    watch.hold(contact)
    contact.name = "c"
    second = watch.net()[contact]
    assert (first.before["name"], first.after["name"], second.before["name"], second.after["name"]) == ("a", "b", "b", "c")


def test_a_record_that_a_command_kept_from_another_is_not_written() -> None:
    session, watch, contact = kept()
    contact.name = "b"
    watch.net()
    watch.begin()
    contact.name = "c"
    with pytest.raises(BypassesCapture, match="had not asked"):
        session.flush()


def test_a_record_that_no_command_added_is_not_written() -> None:
    session, _ = opened()
    session.add(person())
    with pytest.raises(BypassesCapture, match="added by nobody"):
        session.flush()


def test_a_flush_in_the_middle_changes_nothing() -> None:
    session, watch, contact = kept()
    contact.name = "b"
    session.scalars(select(Contact)).all()  # flushes
    contact.name = "c"
    change = watch.net()[contact]
    assert (change.before["name"], change.after["name"]) == ("a", "c")


def test_there_and_back_is_no_change() -> None:
    session, watch, contact = kept()
    contact.name = "b"
    session.flush()
    contact.name = "a"
    assert contact not in watch.net()


@pytest.mark.parametrize("when", ["written anyway", "flushed since", "to be read again", "new"])
def test_what_is_set_beside_a_change_is_written_and_is_no_change(when: str) -> None:
    session, watch, contact = kept()
    if when == "new":
        contact = person()
        session.add(contact)
        watch.hold(contact)
    contact.name = "b"
    if when == "flushed since":
        session.flush()
    if when == "to be read again":
        session.expire(contact, ["version", "updated_by"])
    set_beside(contact, {"version": 7, "updated_by": contact.id})
    assert watch.net()[contact].after["name"] == "b"
    assert not {"version", "updated_by"} & watch.net()[contact].after.keys()
    session.flush()
    session.expire(contact)
    assert (contact.name, contact.version, contact.updated_by) == ("b", 7, contact.id)
