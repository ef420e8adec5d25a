"""Records that a search found, as lines of the palette, and where each of them opens."""

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from app.domain.search.queries import Found, Group
from app.domain.search.showing import Hit as Record
from ui.shell.palette_rows import Hit

if TYPE_CHECKING:
    from ui.console.console import Console

More = Callable[[str], Callable[[], object]]  # of a kind → what shows more of it
ICONS = {
    "identity": "at-sign", "conversation": "message-square-text", "message": "mail", "account": "building-2", "call": "phone",
    "note": "sticky-note", "task": "square-check-big", "attachment": "paperclip",
}  # fmt: skip
ROOTS = ("contact", "account", "conversation")  # kinds that can be looked at on the server


class Hits:
    """Knows the words and the ways; asks nobody."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    def of_device(self, found: Found, more: More) -> list[Hit]:
        """What is here, kind by kind, each with its count."""
        return [
            self._line(record, self._head(group), more=more(group.kind))
            for group in found.groups
            for record in group.hits
        ]  # fmt: skip

    def of_server(self, found: Found, away: Collection[UUID], more: More, *, most: int) -> list[Hit]:
        """What only the server has, so many of each kind."""
        tr, lines = self._console.tr, list[Hit]()
        for group in found.groups:
            head = tr("{0} · on the server").replace("{0}", self.name(group.kind))
            records = [record for record in group.hits if record.id in away][:most]
            lines += [self._line(record, head, more=more(group.kind), is_away=True) for record in records]
        return lines

    def name(self, kind: str) -> str:
        """Of a kind: "People"."""
        tr = self._console.tr
        names = {
            "contact": tr("People"), "identity": tr("Numbers and addresses"), "conversation": tr("Conversations"),
            "message": tr("Messages"), "account": tr("Accounts"), "call": tr("Calls"), "note": tr("Notes"), "task": tr("Tasks"),
            "attachment": tr("Files"),
        }  # fmt: skip
        return names.get(kind, kind)

    def _head(self, group: Group) -> str:
        more = self._console.tr("more than {0}") if group.is_more else "{0}"
        return f"{self.name(group.kind)} · {more.replace('{0}', f'{group.count:,}')}"

    def _line(self, record: Record, group: str, *, more: Callable[[], object], is_away: bool = False) -> Hit:
        is_text = bool(record.snippet) and (bool(record.snippet_marks) or not record.detail)
        detail = record.snippet if is_text else record.detail
        return Hit(
            title=record.title or self._console.tr("(no subject)"), group=group, detail=detail,
            icon=_icon(record), avatar=record.title if record.kind == "contact" else "", marks=record.title_marks,
            detail_marks=record.snippet_marks if is_text else (), is_away=is_away, more=more,
            run=partial(self._look if is_away else self._open, record),
        )  # fmt: skip

    def _open(self, record: Record) -> None:
        """Where the record is shown; what stands nowhere of its own is shown with what it is about."""
        console = self._console
        ways: tuple[tuple[UUID | None, Callable[[UUID], object]], ...] = (
            (record.id if record.kind == "account" else None, console.open_account),
            (record.conversation_id, console.open_conversation),
            (record.contact_id, console.open_contact),
        )
        for target, way in ways:
            if target is not None:
                way(target)
                return
        console.window.show_page("tasks" if record.kind == "task" else "contacts")

    def _look(self, record: Record) -> None:
        """On the server: the record itself, or what it belongs to."""
        root = (record.kind, record.id) if record.kind in ROOTS else None
        if root is None and record.conversation_id is not None:
            root = ("conversation", record.conversation_id)
        if root is None and record.contact_id is not None:
            root = ("contact", record.contact_id)
        if root is None:
            self._console.messages.problem(self._console.tr("This stands only on the server, and on no page of its own."))
        else:
            self._console.away.open(*root, record.title)


def total(found: Found) -> str:
    """All that were counted, with a sign that there are more."""
    more = "+" if any(group.is_more for group in found.groups) else ""
    return f"{sum(group.count for group in found.groups):,}{more}"


def _icon(record: Record) -> str:
    if record.kind == "identity":
        return "at-sign" if "@" in record.title else "phone"
    return ICONS.get(record.kind, "circle-dot")
