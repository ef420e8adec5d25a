"""Rows of the audit that are one sentence: who was given what, who was put where, with whom something is shared."""

from collections.abc import Callable, Mapping
from typing import Any

from app.desk.wording import field_word, kind_word
from app.domain.audit.queries import AuditRow
from app.kernel.words import tr

Held = Mapping[str, Any]  # what the record held after the act: of one that came, was deleted, or is known here
Names = Mapping[str, str]
Sentence = tuple[str, str]  # what was done, and to whom


def sentence_of(row: AuditRow, held: Held, names: Names) -> Sentence | None:
    """Of a record that only ties others together, which came, went or came back; None of any other row."""
    say = SAID.get(row.kind)
    if say is None or row.operation not in {"insert", "update"} or not held:
        return None
    after = {field: now for field, (_, now) in row.fields.items()}
    is_gone = after.get("deleted_at") is not None
    if row.operation == "insert" or "deleted_at" in after:
        return _told(row, say({**held, **after}, names, is_gone))
    if row.kind == "share" and "may_edit" in after:
        return _told(row, _level({**held, **after}, names))
    return None


def named(kind: str, record_id: Any, names: Names) -> str:
    """ "contact “Luca Bianchi”"; of one that is not known only what it is."""
    name = names.get(str(record_id), "")
    return f"{kind_word(kind)} “{name}”" if name else kind_word(kind)


def _told(row: AuditRow, said: Sentence) -> Sentence:
    what, about = said
    return (tr("Undone: {0}").replace("{0}", what[:1].lower() + what[1:]), about) if row.verb == "undo" else said


def _put(pattern: str, **values: str) -> str:
    for name, value in values.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return pattern


def _person(user_id: Any, names: Names) -> str:
    return names.get(str(user_id), "") or tr("somebody")


def _with(held: Held, names: Names) -> str:
    if held.get("with_team_id"):
        return _put(tr("the {team}"), team=named("team", held["with_team_id"], names))
    return _person(held.get("user_id"), names)


def _share(held: Held, names: Names, is_gone: bool) -> Sentence:
    told = {"what": named(str(held.get("record_kind", "")), held.get("record_id"), names), "who": _with(held, names)}
    if is_gone:
        return tr("No longer shared"), _put(tr("{what} with {who}"), **told)
    may = tr("{what} with {who}, who may change it") if held.get("may_edit") else tr("{what} with {who}, who may see it")
    return tr("Shared"), _put(may, **told)


def _level(held: Held, names: Names) -> Sentence:
    told = {"what": named(str(held.get("record_kind", "")), held.get("record_id"), names), "who": _with(held, names)}
    may = tr("{what} with {who}, who may change it now") if held["may_edit"] else tr("{what} with {who}, who may only see it now")
    return tr("Shared otherwise"), _put(may, **told)


def _role(held: Held, names: Names, is_gone: bool) -> Sentence:
    told = {"role": names.get(str(held.get("role_id")), "") or kind_word("role"), "who": _person(held.get("user_id"), names)}
    if is_gone:
        return tr("Role taken"), _put(tr("“{role}” from {who}"), **told)
    return tr("Role given"), _put(tr("“{role}” to {who}"), **told)


def _member_of(kind: str) -> Callable[[Held, Names, bool], Sentence]:
    def say(held: Held, names: Names, is_gone: bool) -> Sentence:
        told = {"who": _person(held.get("user_id"), names), "group": named(kind, held.get("member_of"), names)}
        if is_gone:
            return tr("Member removed"), _put(tr("{who} from the {group}"), **told)
        return tr("Member added"), _put(tr("{who} to the {group}"), **told)

    return say


def _reached(held: Held, names: Names, is_gone: bool) -> Sentence:
    number = names.get(str(held.get("identity_id")), "") or kind_word("identity")
    told = {"number": number, "contact": named("contact", held.get("contact_id"), names)}
    if is_gone:
        return tr("Number or address removed"), _put(tr("{number} from {contact}"), **told)
    return tr("Number or address added"), _put(tr("{number} to {contact}"), **told)


def _pin(held: Held, names: Names, is_gone: bool) -> Sentence:
    about = named(str(held.get("kind", "")), held.get("record_id"), names)
    return (tr("Kept on a device no longer") if is_gone else tr("Kept on a device")), about


def _conflict(held: Held, names: Names, is_gone: bool) -> Sentence:
    record = named(str(held.get("record_kind", "")), held.get("record_id"), names)
    about = _put(tr("{field} of {record}"), field=field_word(str(held.get("field", ""))), record=record)
    return (tr("Conflict settled") if is_gone else tr("Conflict to be settled")), about


SAID: dict[str, Callable[[Held, Names, bool], Sentence]] = {
    "share": _share, "role_grant": _role, "team_member": _member_of("team"), "territory_member": _member_of("territory"),
    "contact_identity": _reached, "pin": _pin, "conflict": _conflict,
}  # fmt: skip
