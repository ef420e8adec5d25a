"""Why an act was refused, in words of its own for each kind, and the ways out of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.desk.rights import refusal_text, right_words
from app.desk.wording import field_word, kind_word
from app.domain.conflicts.queries import Standing
from app.kernel.words import tr
from app.replica.outbox import OutboxEntry
from ui.features.acts import act_words
from ui.features.when import moment_text

EDITABLE = frozenset({"contact.create", "contact.edit", "message.reply", "note.add", "task.create"})  # can be opened again


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A button; `is_first`: what most people will want."""

    id: str
    text: str
    is_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What happened in a few words, the sentence below them, and the ways out."""

    kind: str
    title: str
    text: str
    ways: tuple[Way, ...]


def trouble_of(entry: OutboxEntry, about: Standing | None, base: OutboxEntry | None, now: datetime) -> Trouble:
    """Each kind has its own words and its own way out."""
    values = dict(entry.values)
    kinds: dict[str, Callable[[], Trouble]] = {
        "not_here": lambda: _gone(entry, about, values, now), "not_allowed": lambda: _not_allowed(entry, values),
        "field_not_allowed": lambda: _field_not_allowed(entry, values),
        "bad_value": lambda: _bad_value(entry, values),
        "names_nothing": lambda: _depends(base) if base is not None else _names_nothing(entry, values),
        "already_exists": lambda: _exists(values),
        "duplicate_contact": lambda: _duplicate(entry, values),
        "depends_on_rejected": lambda: _depends(base), "unknown_command": lambda: _unknown(entry),
        "locked": lambda: _locked(values),
        "person_erased": _erased,
        "superseded": lambda: _changed(about, values, now), "changed_since": lambda: _changed(about, values, now),
    }  # fmt: skip
    return kinds.get(entry.error, lambda: _else(entry, values))()


def _gone(entry: OutboxEntry, about: Standing | None, values: dict[str, Any], now: datetime) -> Trouble:
    kind = str(values.get("kind", ""))
    if kind == "conflict":
        text = tr("Somebody settled it on another device before this arrived.")
        return Trouble(kind="settled", title=tr("Settled already"), text=text, ways=(_discard(),))
    is_this = about is not None and about.kind == kind
    if is_this and about is not None and about.merged_into is not None:
        text = tr("{0} was merged into {1}.").replace("{0}", about.title).replace("{1}", about.merged_title)
        apply = Way(id="apply", text=tr("Do it for {0}").replace("{0}", about.merged_title), is_first=True)
        return Trouble(kind="merged", title=tr("Merged meanwhile"), text=text, ways=(apply, _discard()))
    if is_this and about is not None and about.is_deleted:
        who = tr("{0} deleted this {1}, {2}.").replace("{0}", about.changed_by or tr("Somebody"))
        text = who.replace("{1}", kind_word(kind)).replace("{2}", moment_text(about.changed_at, now) if about.changed_at else "")
        back = Way(id="restore", text=tr("Bring it back and do it"), is_first=True)
        return Trouble(kind="deleted", title=tr("Deleted meanwhile"), text=text, ways=(back, *_copy(entry), _discard()))
    text = tr("This {0} is no longer in your sight. What you did is kept here.").replace("{0}", kind_word(kind))
    return Trouble(kind="sight_lost", title=tr("Out of your sight"), text=text, ways=(*_copy(entry), _retry(), _discard()))


def _erased() -> Trouble:
    """Nothing of it can be kept, not even to be read again."""
    text = tr("The person's data was erased meanwhile, so this can't be done. What was written went from this device too.")
    ways = (Way(id="discard", text=tr("Understood"), is_first=True),)
    return Trouble(kind="erased", title=tr("Erased meanwhile"), text=text, ways=ways)


def _not_allowed(entry: OutboxEntry, values: dict[str, Any]) -> Trouble:
    text = tr("Your roles no longer allow this: {0}. Ask an administrator, then try again.")
    words = text.replace("{0}", right_words(str(values.get("permission", ""))))
    return Trouble(kind="right_lost", title=tr("Not allowed any more"), text=words, ways=(_retry(), *_copy(entry), _discard()))


def _field_not_allowed(entry: OutboxEntry, values: dict[str, Any]) -> Trouble:
    """To try it again changes nothing by itself: what was written comes first."""
    text = tr("Your roles no longer allow setting {0}. Ask an administrator, then try again.")
    words = text.replace("{0}", field_word(str(values.get("field", ""))))
    return Trouble(kind="right_lost", title=tr("Not allowed any more"), text=words, ways=(*_copy(entry), _retry(), _discard()))


def _locked(values: dict[str, Any]) -> Trouble:
    return Trouble(kind="locked", title=tr("Locked"), text=refusal_text("locked", values), ways=(_retry(), _discard()))


def _bad_value(entry: OutboxEntry, values: dict[str, Any]) -> Trouble:
    text = tr("{0}: {1} can't be used. {2}").replace("{0}", field_word(str(values.get("field", ""))).capitalize())
    words = text.replace("{1}", str(values.get("value", ""))).replace("{2}", str(values.get("hint", ""))).strip()
    edit = (Way(id="edit", text=tr("Edit"), is_first=True),) if entry.name in EDITABLE else _copy(entry)
    return Trouble(kind="invalid", title=tr("The rules say no"), text=words, ways=(*edit, _retry(), _discard()))


def _names_nothing(entry: OutboxEntry, values: dict[str, Any]) -> Trouble:
    """What it is to hang on never reached the server: it was let go, or its id is nobody's."""
    edit = (Way(id="edit", text=tr("Edit"), is_first=True),) if entry.name in EDITABLE else _copy(entry)
    title = tr("Names what never was")
    return Trouble(kind="invalid", title=title, text=refusal_text("names_nothing", values), ways=(*edit, _retry(), _discard()))


def _exists(values: dict[str, Any]) -> Trouble:
    text = tr("There is such a {0} already.").replace("{0}", kind_word(str(values.get("kind", ""))))
    ways = (Way(id="open", text=tr("Open the one that is there"), is_first=True), _discard())
    return Trouble(kind="duplicate", title=tr("There already"), text=text, ways=ways)


def _duplicate(entry: OutboxEntry, values: dict[str, Any]) -> Trouble:
    """Somebody made the same person meanwhile."""
    name = str(values.get("name", ""))
    text = tr("{0} has {1} already.").replace("{0}", name).replace("{1}", str(values.get("value", "")))
    ways = (
        Way(id="open_known", text=tr("Open {0}").replace("{0}", name), is_first=True), Way(id="anyway", text=tr("Keep both")),
        *((Way(id="edit", text=tr("Edit")),) if entry.name in EDITABLE else ()), _discard(),
    )  # fmt: skip
    return Trouble(kind="duplicate", title=tr("There already"), text=text, ways=ways)


def _depends(base: OutboxEntry | None) -> Trouble:
    title = tr("Builds on something refused")
    if base is None:
        text = tr("What it builds on was refused and let go. It can be tried again by itself.")
        return Trouble(kind="dependency", title=title, text=text, ways=(_retry(is_first=True), _discard()))
    text = tr("It waits for “{0}”, which was refused. Settle that first: this goes with it.").replace("{0}", act_words(base.name))
    return Trouble(
        kind="dependency", title=title, text=text, ways=(Way(id="base", text=tr("Show it"), is_first=True), _discard())
    )


def _unknown(entry: OutboxEntry) -> Trouble:
    if entry.command is None:
        text = tr("This program no longer knows “{0}”. Update it: the act is kept.").replace("{0}", entry.name)
        return Trouble(kind="unknown", title=tr("Not known here"), text=text, ways=(_discard(),))
    text = tr("The server does not know “{0}” yet. Keep it until the server is updated, then try again.")
    words = text.replace("{0}", act_words(entry.name))
    return Trouble(kind="unknown", title=tr("The server is older"), text=words, ways=(_retry(), *_copy(entry), _discard()))


def _changed(about: Standing | None, values: dict[str, Any], now: datetime) -> Trouble:
    who = about.changed_by if about is not None and about.changed_by else tr("Somebody")
    when = moment_text(about.changed_at, now) if about is not None and about.changed_at else ""
    text = tr("{0} changed {1} after you, {2}.") if when else tr("{0} changed {1} after you.")
    words = text.replace("{0}", who).replace("{1}", field_word(str(values.get("field", "")))).replace("{2}", when)
    again = Way(id="retry", text=tr("Do it all the same"))
    ways = (Way(id="open", text=tr("Look at it"), is_first=True), again, Way(id="discard", text=tr("Leave theirs")))
    return Trouble(kind="same_field", title=tr("Changed meanwhile"), text=words, ways=ways)


def _else(entry: OutboxEntry, values: dict[str, Any]) -> Trouble:
    edit = (Way(id="edit", text=tr("Edit")),) if entry.name in EDITABLE else ()
    ways = (_retry(is_first=True), *edit, *_copy(entry), _discard())
    return Trouble(kind="other", title=tr("Refused"), text=refusal_text(entry.error, values), ways=ways)


def _discard() -> Way:
    return Way(id="discard", text=tr("Discard"))


def _retry(*, is_first: bool = False) -> Way:
    return Way(id="retry", text=tr("Try again"), is_first=is_first)


def _copy(entry: OutboxEntry) -> tuple[Way, ...]:
    return (Way(id="copy", text=tr("Copy what I wrote")),) if entry.command is not None else ()
