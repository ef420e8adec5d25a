"""The 360° panel beside a conversation: who it is, how to reach them, what is open, what happened last."""

from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QWidget

from app.desk.desk import Desk
from app.domain.contacts.queries import IdentityCard
from app.domain.timeline.queries import TimelineEntry
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.contacts.viewmodel import ContactPanel, Person
from ui.features.when import age_text, call_text, local_text
from ui.widgets.buttons import Button, IconButton
from ui.widgets.languages import language_name
from ui.widgets.layout import Item, column, framed, row, rule, scrolling
from ui.widgets.marks import AvatarView, Chip, IconView
from ui.widgets.states import EmptyState
from ui.widgets.tags import TagRow
from ui.widgets.text import ElidedLabel, label
from ui.widgets.tip import set_tip

MOST_RECENT, MOST_OPEN = 6, 4
ENTRY_ICONS = {
    "message": ("mail", "email"), "call": ("phone", "voice"), "note": ("sticky-note", "warning"),
    "task": ("square-check-big", "accent_text"),
}  # fmt: skip
CHANNEL_MARKS = {
    "email": "mail",
    "sms": "message-square-text",
    "whatsapp": "message-circle",
    "voice": "phone",
    "chat": "message-square",
}


class ContactSide(QFrame):
    """Follows the panel's person. `record_wanted`: whose page; `dial_wanted`: a number; `create_wanted`: an address of nobody;
    `tag_wanted`: the choice of tags for a record (kind, id, what it is called)."""

    record_wanted = Signal(object)
    dial_wanted = Signal(str)
    create_wanted = Signal(str)
    conversation_wanted = Signal(object)
    tag_wanted = Signal(str, object, str)

    def __init__(self, panel: ContactPanel, desk: Desk, run: Run) -> None:
        super().__init__()
        self.setProperty("role", "right")
        self._panel, self._desk, self._run = panel, desk, run
        self._address: str | None = None
        self._area: QScrollArea | None = None
        self._tags = TagRow(most_lines=2)
        self._tags.hide()
        self._tags.setParent(self)
        self._tags.choose_wanted.connect(self._choose_tags)
        self._tags.removed.connect(lambda tag: run.telling(panel.untag(tag), undo=True))
        self._empty = EmptyState(
            self.tr("Nobody is linked to this conversation."), self.tr("Create contact"), icon_name="user-plus"
        )
        self._empty.pressed.connect(self._create)
        self._layout = column(self._empty, spacing=0)
        self.setLayout(self._layout)
        bind(self, panel.person, self._show)

    def show_address(self, address: str | None) -> None:
        """Whose conversation it is when nobody is linked to it; None while none is chosen."""
        self._address = address
        self._show_empty()

    def _create(self) -> None:
        self.create_wanted.emit(self._address or "")

    def _show_empty(self) -> None:
        self._empty.setVisible(self._panel.person.value is None and self._address is not None)

    def _choose_tags(self) -> None:
        if (person := self._panel.person.value) is not None:
            self.tag_wanted.emit("contact", person.card.id, person.card.name)

    def _show(self, person: Person | None) -> None:
        focused = self._tags.focused
        self._tags.hide()
        self._tags.setParent(self)  # it outlives what is drawn anew around it
        if self._area is not None:
            self._layout.removeWidget(self._area)
            self._area.deleteLater()
            self._area = None
        self._show_empty()
        if person is None:
            return
        inner = QWidget()
        inner.setLayout(column(*self._parts(person), None, spacing=10, margins=(18, 18)))
        self._area = scrolling(inner)
        self._layout.addWidget(self._area, 1)
        if focused is not None:
            self._tags.focus_on(focused)

    def _parts(self, person: Person) -> list[Item]:
        parts: list[Item] = [self._who(person), *self._tagged(person), self._acts(person)]
        if person.card.pinned_note:
            words = label(person.card.pinned_note, "small", "note_text", wraps=True)
            title = row(IconView("pin", "warning", 13), label(self.tr("Pinned"), "tiny", "warning", weight=600), None, spacing=5)
            parts.append(framed(column(title, words, spacing=4, margins=(8, 10)), "note"))
        parts += [self._section(self.tr("Details"), self.tr("Open record"), person.card.id), self._details(person), rule()]
        parts += self._open_things(person)
        parts += [self._section(self.tr("Recent"), "", None)]
        recent = person.recent[:MOST_RECENT]
        parts += [self._entry(entry) for entry in recent] or [label(self.tr("Nothing happened yet."), "small", "muted")]
        return parts

    def _who(self, person: Person) -> QLayout:
        card = person.card
        where = [card.account_name or card.job_title or "", local_text(self._desk.now(), card.time_zone)]
        chips: list[Item] = [Chip("VIP", "accent_text", "star")] if card.is_vip else []
        chips += [Chip(language_name(card.language), "text2", "languages")] if card.language else []
        under = " · ".join(part for part in where if part)
        words = column(ElidedLabel(card.name, "title"), ElidedLabel(under, "small", "muted", tabular=True), spacing=2)
        if chips:
            words.addLayout(row(*chips, None, spacing=6, margins=(4, 0, 0, 0)))
        who = row(AvatarView(card.name, 44), spacing=12)
        who.addLayout(words, 1)
        return who

    def _tagged(self, person: Person) -> list[Item]:
        if self._desk.hides("contact", "tags"):
            return []
        is_locked = person.card.locked_at is not None
        self._tags.show_tags(person.card.tags, may_change=self._desk.may_tag("contact", is_locked=is_locked))
        self._tags.show()
        return [self._tags]

    def _acts(self, person: Person) -> QLayout:
        phone = next((each for each in person.card.identities if each.kind == "phone"), None)
        call = IconButton("phone", self.tr("Call"), size=17, box=34, is_outlined=True)
        call.setEnabled(phone is not None)
        if phone is None:
            set_tip(call, self.tr("No phone number is known"))
        else:
            call.clicked.connect(lambda: self.dial_wanted.emit(phone.value))
        record = IconButton("user-round", self.tr("Open record"), size=17, box=34, is_outlined=True)
        record.clicked.connect(lambda: self.record_wanted.emit(person.card.id))
        return row(call, record, None, spacing=6)

    def _section(self, title: str, act: str, contact_id: UUID | None) -> QLayout:
        head = row(label(title, "small_strong", "muted"), None, spacing=6)
        if act and contact_id is not None:
            button = Button(act, "link", height=24)
            button.clicked.connect(lambda: self.record_wanted.emit(contact_id))
            head.addWidget(button)
        return head

    def _details(self, person: Person) -> QLayout:
        rows: list[Item] = [self._identity(each) for each in person.card.identities]
        if person.card.job_title:
            rows.append(_fact(self.tr("Title"), person.card.job_title))
        if person.card.account_name:
            rows.append(_fact(self.tr("Account"), person.card.account_name))
        return column(*(rows or [label(self.tr("No number or address is known."), "small", "muted")]), spacing=7)

    def _identity(self, identity: IdentityCard) -> QLayout:
        name = self.tr("Phone") if identity.kind == "phone" else self.tr("E-mail")
        line = _fact(name, identity.shown)
        if not identity.is_valid:
            line.addWidget(Chip(self.tr("Not a number") if identity.kind == "phone" else self.tr("Not an address"), "warning"))
        if identity.bounced:
            line.addWidget(Chip(self.tr("Bounced"), "danger", "triangle-alert"))
        return line

    def _open_things(self, person: Person) -> list[Item]:
        if not person.open_tasks and not person.open_conversations:
            return []
        now = self._desk.now()
        total = len(person.open_tasks) + len(person.open_conversations)
        head = row(label(self.tr("Open"), "small_strong", "muted"), None, label(str(total), "small", "muted", tabular=True))
        lines: list[Item] = [
            _line("square-check-big", "accent_text", task.title, age_text(task.due_at, now) if task.due_at else "")
            for task in person.open_tasks[:MOST_OPEN]
        ]
        for conversation in person.open_conversations[:MOST_OPEN]:
            mark = CHANNEL_MARKS.get(conversation.channel, "mail")
            title = conversation.subject or conversation.preview or self.tr("Conversation")
            if conversation.channel == "voice":
                title = call_text("", conversation.preview, None)
            lines.append(_line(mark, conversation.channel, title, age_text(conversation.last_message_at, now)))
        return [head, column(*lines, spacing=9), rule()]

    def _entry(self, entry: TimelineEntry) -> QLayout:
        mark, tone = ENTRY_ICONS[entry.kind]
        if entry.kind == "message" and entry.channel:
            mark, tone = CHANNEL_MARKS.get(entry.channel, "mail"), entry.channel
        title = entry.title or entry.body.split("\n")[0] or entry.by
        if entry.kind == "call":
            title = call_text(entry.detail, entry.title, entry.duration_s)
        return _line(mark, tone, title, age_text(entry.at, self._desk.now()))


def _fact(name: str, value: str) -> QLayout:
    key = label(name, "body", "muted")
    key.setFixedWidth(88)
    line = row(key, spacing=8)
    line.addWidget(ElidedLabel(value, tabular=True), 1)
    return line


def _line(icon_name: str, tone: str, text: str, when: str) -> QLayout:
    line = row(IconView(icon_name, tone, 15), spacing=8)
    line.addWidget(ElidedLabel(text), 1)
    line.addWidget(label(when, "small", "muted", tabular=True))
    return line
