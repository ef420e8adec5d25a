"""Rows of the audit as the screen tells them: who did what to what, and below it the changes, as far as somebody meant them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.desk.rights import refusal_text
from app.desk.wording import field_word, kind_word
from app.domain.audit.queries import AuditRow
from app.domain.conflicts.queries import names_of, standing
from app.kernel.log import plain
from app.kernel.reader import Reader
from app.kernel.record import KINDS
from app.kernel.words import tr
from ui.features.acts import act_words
from ui.features.audit.sentences import SAID, sentence_of
from ui.features.audit.words import FOLLOWS, changes_words, cut, is_gone, way_words
from ui.features.when import moment_text

Change = tuple[str, str, str]
TITLES = ("name", "title", "subject")
UNSAID = FOLLOWS - {"custom"} | {  # beside what follows: what only the program reads
    "key", "shown", "last_digits", "is_valid", "is_primary", "message_key", "thread_keys", "sha256", "author_id", "author_name",
    "inbox_key", "sip_call_id", "media_type", "message_id", "call_id", "state_since", "content_id", "locked_at", "locked_by",
    "done_at",
}  # fmt: skip
ECHOES = FOLLOWS - {"custom", "deleted_at", "is_unread"}
LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row in words."""

    seq: int
    who: str
    what: str
    about: str
    when: str
    where: str
    tone: str  # muted | danger | text
    changes: tuple[Change, ...]
    record_id: UUID
    device: str = ""
    address: str = ""

    @property
    def narrower(self) -> list[tuple[str, dict[str, str]]]:
        """What else of the same may be asked for: in words, and as filters."""
        found = []
        if self.record_id.int:
            found.append((tr("This record"), {"record_id": str(self.record_id), "about": self.about or tr("one record")}))
        if self.device:
            found.append((tr("This device"), {"device": self.device}))
        if self.address:
            found.append((tr("This address"), {"address": self.address}))
        return found

    @property
    def sentence(self) -> str:
        """For those who cannot see it."""
        told = "; ".join(f"{field}: {f'{before} → ' if before else ''}{after}" for field, before, after in self.changes)
        return f"{self.who}: {self.what} {self.about}, {self.when}. {told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ids of some rows stand for, and what their records hold, as far as this device knows."""

    names: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)


def known_of(reader: Reader, rows: Sequence[AuditRow], first: Mapping[UUID, Mapping[str, Any]]) -> Known:
    """Asked of the device's own copy; the rows themselves say it of what was deleted, and `first` what others held at first."""
    held = {row.record_id: row.content or _held(reader, row) or first.get(row.record_id, {}) for row in rows if row.kind in SAID}
    values = [value for row in rows for pair in (*row.fields.values(), (str(row.record_id),)) for value in pair]
    names = names_of(reader, [*values, *(value for each in held.values() for value in each.values())])
    for row in rows:
        if str(row.record_id) not in names and row.kind in KINDS and row.kind not in {*SAID, "workspace"}:
            title = standing(reader, row.kind, row.record_id).title
            names |= {str(row.record_id): " ".join(title.split())[:LONGEST_TITLE]} if title else {}
    return Known(names=names, held=held)


def given(row: AuditRow) -> dict[str, Any]:
    """What the act put into the record."""
    return {name: after for name, (_, after) in row.fields.items()}


def _held(reader: Reader, row: AuditRow) -> dict[str, Any]:
    found = reader.buried(KINDS[row.kind], row.record_id)
    if found is None:
        return given(row) if row.operation == "insert" else {}
    return {name: plain(value) for name, value in found._mapping.items()}  # noqa: SLF001  # SQLAlchemy's public name


def without_echoes(rows: Sequence[AuditRow]) -> list[AuditRow]:
    """Without those that say nothing beside another row of the same act: a count, a preview, a number that the other names."""
    echoes = {row.seq for row in rows if row.operation == "update" and row.fields and ECHOES.issuperset(row.fields)}
    linked = {row.command_id for row in rows if row.kind == "contact_identity" and row.operation == "insert"}
    echoes |= {row.seq for row in rows if row.kind == "identity" and row.operation == "insert" and row.command_id in linked}
    told = {row.command_id for row in rows if row.seq not in echoes}
    return [row for row in rows if row.seq not in echoes or row.command_id not in told]


def line_of(row: AuditRow, now: datetime, known: Known) -> Line:
    """A row in words."""
    is_refused, what, names = row.operation == "refused", act_words(row.verb), known.names
    sentence = sentence_of(row, known.held.get(row.record_id, {}), names)
    acted = moment_text(row.acted_at, now)
    late = row.applied_at - row.acted_at > timedelta(minutes=1)
    when = tr("{0}, here {1}").replace("{0}", acted).replace("{1}", moment_text(row.applied_at, now)) if late else acted
    what, about = sentence or (tr("Not done: {0}").replace("{0}", what) if is_refused else what, _about(row, what, names))
    return Line(
        seq=row.seq, who=row.actor_name or tr("somebody unknown"), what=what, about=about, when=when,
        where=" · ".join(part for part in (row.address, row.device) if part),
        tone="danger" if is_refused or row.verb.endswith(".refused") else "text",
        changes=() if sentence else _changes(row, now, names), record_id=row.record_id, device=row.device, address=row.address,
    )  # fmt: skip


def _about(row: AuditRow, what: str, names: Mapping[str, str]) -> str:
    if row.kind == "workspace":
        return ""
    name, kind = _title(row) or names.get(str(row.record_id), ""), kind_word(row.kind) if row.kind else ""
    return " ".join(part for part in ("" if kind in what.lower() else kind, f"“{name}”" if name else "") if part)


def _title(row: AuditRow) -> str:
    """As the act left it; of a deleted one, as it was."""
    return next((str(each[name]) for each in (given(row), row.content or {}) for name in TITLES if each.get(name)), "")


def _changes(row: AuditRow, now: datetime, names: Mapping[str, str]) -> tuple[Change, ...]:
    if row.operation == "refused":
        error, values = row.fields.get("error", (None, ""))[1], row.fields.get("values", (None, {}))[1]
        return ((tr("refused"), "", refusal_text(str(error), values or {})),)
    if row.verb == "record.open":
        return ((tr("How"), "", way_words(row)),)
    erased = [name for name, values in row.fields.items() if is_gone(*values)]
    meant = {name: values for name, values in row.fields.items() if name not in erased and _is_meant(row, name, values, names)}
    found = [
        (tr("settings") if row.kind == "workspace" and name == field_word("custom") else name, before, after)
        for name, before, after in changes_words(meant, now, names, is_new=row.operation != "update")
    ]
    if erased:
        found.append((tr("erased"), "", cut(", ".join(map(field_word, erased)))))
    if row.verb == "undo" and "deleted_at" in row.fields:
        found.append((tr("record"), "", tr("deleted") if row.fields["deleted_at"][1] else tr("brought back")))
    return tuple(found)


def _is_meant(row: AuditRow, name: str, values: tuple[Any, Any], names: Mapping[str, str]) -> bool:
    """Not what follows by itself, and of a new record neither what its head says nor that it is everybody's."""
    is_new = row.operation == "insert"
    is_told = name in TITLES and str(values[1]) == _title(row)
    is_everybodys = name == "team_id" and names.get(str(values[1])) == tr("everybody")
    return name not in UNSAID and not (is_new and (is_told or is_everybodys))
