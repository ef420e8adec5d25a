"""A person's own page: who they are on the left, all that happened in the middle, what is open on the right."""

from datetime import datetime, timedelta
from uuid import UUID

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QLabel, QLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from app.desk.desk import Desk
from app.domain.contacts.queries import IdentityCard
from app.domain.timeline.queries import TimelineEntry
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.fresh import as_of
from ui.bridge.kinds import kind_options
from ui.bridge.players import PlayerOf, no_player
from ui.features.acts import lock_words
from ui.features.contacts.open_things import OpenThings
from ui.features.contacts.viewmodel import ContactPanel, Person
from ui.features.when import duration_text, local_text, moment_text, month_text
from ui.theme.fonts import font
from ui.widgets.buttons import Button, IconButton
from ui.widgets.choices import Option, Tabs
from ui.widgets.languages import language_name
from ui.widgets.layout import Item, clear, column, fill, framed, row, rule, scrolling
from ui.widgets.lock_button import LockButton
from ui.widgets.marks import AvatarView, Chip, IconView
from ui.widgets.states import EmptyState
from ui.widgets.tags import TagRow
from ui.widgets.text import ElidedLabel, label
from ui.widgets.thread import timeline_item

LEFT_WIDTH, RIGHT_FROM, OPEN = 330, 1360, "open"
KEY_WIDTH = 88
CALL_TITLES = {
    "answered.in": ("Inbound call, answered", "phone-incoming", "voice"),
    "answered.out": ("Outbound call, answered", "phone-outgoing", "voice"),
    "missed.in": ("Missed call", "phone-missed", "danger"),
    "missed.out": ("Outbound call, no answer", "phone-outgoing", "muted"),
    "declined.in": ("Declined call", "phone-off", "muted"),
    "declined.out": ("Outbound call, busy", "phone-off", "muted"),
    "cancelled.in": ("Missed call", "phone-missed", "danger"),
    "cancelled.out": ("Outbound call, cancelled", "phone-outgoing", "muted"),
    "failed.in": ("Call failed", "phone-off", "danger"),
    "failed.out": ("Outbound call, failed", "phone-off", "danger"),
    "voicemail.in": ("Voicemail", "voicemail", "voice"),
    "voicemail.out": ("Outbound call, voicemail left", "voicemail", "voice"),
}
MESSAGE_ICONS = {"email": "mail", "sms": "message-square-text", "whatsapp": "message-circle", "chat": "message-square"}


class ContactRecord(QFrame):
    """Follows the panel's person. `closed`: back to the list; `dial_wanted`: a number; `edit_wanted`: the sheet;
    `account_wanted`: where they work; `share_wanted`: with whom they are shared; `tag_wanted`: the choice of tags;
    `lock_wanted`: locked, or no longer; `identity_wanted`: one more number or address."""

    closed = Signal()
    edit_wanted = Signal()
    dial_wanted = Signal(str)
    write_wanted = Signal(object)
    account_wanted = Signal(object)
    history_wanted = Signal()
    keep_wanted = Signal()
    share_wanted = Signal()
    lock_wanted = Signal()
    identity_wanted = Signal()
    tag_wanted = Signal(str, object, str)

    def __init__(self, panel: ContactPanel, desk: Desk, run: Run) -> None:
        super().__init__()
        self._panel, self._desk, self._run = panel, desk, run
        self.player_of: PlayerOf = no_player
        self._crumb, self._lock = ElidedLabel("", "strong", hugs=True), LockButton(size=16, box=28)
        self._left, self._items = column(spacing=10, margins=18), column(spacing=0)
        self._open, self._pages, self._is_narrow = OpenThings(panel, desk, run), QStackedWidget(), False
        self._tags = TagRow(most_lines=3)
        self._tags.hide()
        self._tags.setParent(self)
        self._tags.choose_wanted.connect(self._choose_tags)
        self._tags.removed.connect(lambda tag: run.telling(panel.untag(tag), undo=True))
        self._tabs = Tabs(kind_options({}), self.tr("Show"), height=46)
        self._tabs.chosen.connect(self._turn)
        self._note = QLineEdit()
        self._note.setFont(font())
        self._note.setPlaceholderText(self.tr("Write a note"))
        self._note.setAccessibleName(self.tr("Write a note"))
        self._note.returnPressed.connect(self._add_note)
        self._columns = row(self._column(self._left, "left", LEFT_WIDTH), spacing=0)
        self._columns.addWidget(self._middle(), 1)
        self._columns.addWidget(self._open)
        layout = column(self._head(), spacing=0)
        layout.addLayout(self._columns, 1)
        self.setLayout(layout)
        bind(self, panel.person, self._show)

    def _head(self) -> QWidget:
        back = Button(self.tr("Contacts"), "ghost", "arrow-left", height=28)
        back.clicked.connect(self.closed)
        share = Button(self.tr("Share…"), "ghost", "link", keys=("S",), height=28)
        share.clicked.connect(self.share_wanted)
        self._lock.clicked.connect(self.lock_wanted)
        edit = self._edit = Button(self.tr("Edit"), icon_name="pencil", keys=("Ctrl", "E"), height=28)
        edit.clicked.connect(self.edit_wanted)
        return framed(
            row(
                back,
                IconView("chevron-right", "muted", 14),
                self._crumb,
                as_of(self._desk),
                None,
                self._lock,
                share,
                edit,
                margins=(0, 18, 0, 10),
            ),
            "head",
            height=46,
        )

    @staticmethod
    def _column(content: QVBoxLayout, role: str, width: int) -> QFrame:
        inner = QWidget()
        inner.setLayout(content)
        return framed(column(scrolling(inner), spacing=0), role, width=width)

    def _middle(self) -> QWidget:
        inner = QWidget()
        inner.setLayout(self._items)
        tabs = framed(row(self._tabs, None, margins=(0, 20, 0, 20 - Tabs.EDGE)), "head", height=48)
        layout = column(tabs, row(self._note, margins=(14, 20, 4, 20)), spacing=0)
        self._pages.addWidget(scrolling(inner, side=20))
        layout.addWidget(self._pages, 1)
        return framed(layout)

    def fit(self, width: int) -> None:
        """The right column gives way first, and becomes a tab."""
        if (is_narrow := width < RIGHT_FROM) == self._is_narrow:
            return
        self._is_narrow = is_narrow
        self._open.stand_beside(is_beside=not is_narrow)
        (self._pages if is_narrow else self._columns).addWidget(self._open)
        if not is_narrow:
            self._open.show()
        self._show_tabs()

    def _turn(self, tab: str) -> None:
        self._pages.setCurrentIndex(int(tab == OPEN))
        if tab != OPEN:
            self._panel.filter.set(tab)

    def _show_tabs(self) -> None:
        """What is open is counted where it has a tab."""
        person = self._panel.person.value
        options = kind_options(person.counts if person is not None else {})
        if self._is_narrow and person is not None:
            count = len(person.open_tasks) + len(person.open_conversations)
            options.append(Option(id=OPEN, text=self.tr("Open"), count=f"{count:,}"))
        before = self._tabs.value
        self._tabs.set_options(options)
        if self._tabs.value != before:
            self._turn(self._tabs.value)
        self._tabs.updateGeometry()

    def begin_note(self, text: str = "") -> None:
        """Put the caret into the note, after what was written before."""
        if text:
            self._note.setText(text)
        self._note.setFocus()

    def _add_note(self) -> None:
        text = self._note.text().strip()
        if text:
            self._run(self._panel.add_note(text), self.tr("Note added."), undo=True)
            self._note.clear()

    def _choose_tags(self) -> None:
        if (person := self._panel.person.value) is not None:
            self.tag_wanted.emit("contact", person.card.id, person.card.name)

    def _show(self, person: Person | None) -> None:
        focused = self._tags.focused
        self._left.removeWidget(self._tags)  # it outlives what is drawn anew around it
        self._tags.hide()
        for layout in (self._left, self._items):
            clear(layout)
        self._open.show_person(person)
        self._show_tabs()
        if person is None:
            self._crumb.set_text("")
            self._lock.hide()
            self._items.addWidget(EmptyState(self.tr("This person is not here: deleted, out of sight, or not on this device.")))
            return
        self._crumb.set_text(person.card.name)
        for each in (self._note, self._edit):
            each.setVisible(person.card.erased_at is None)
        may_lock = person.card.erased_at is None and self._desk.may("contact:lock")
        self._lock.show_lock(is_locked=person.card.locked_at is not None, may_turn=may_lock)
        self._note.setPlaceholderText(self.tr("Write a note about {0}").replace("{0}", person.card.name))
        fill(self._left, [*self._about(person), None])
        if focused is not None:
            self._tags.focus_on(focused)
        self._show_timeline(person)

    def _about(self, person: Person) -> list[Item]:
        card = person.card
        name = _centred(card.name, "title")
        chips: list[Item] = [Chip("VIP", "accent_text", "star")] if card.is_vip else []
        parts: list[Item] = [row(None, AvatarView(card.name, 64), None), name]
        under = card.job_title or card.account_name or ""
        if under:
            parts.append(_centred(under, "body", "text2"))
        if chips:
            parts.append(row(None, *chips, None))
        if card.locked_at is not None:
            locked = Chip(lock_words(person.locked_by, card.locked_at, self._desk.now()), "warning", "lock", fill="warning_soft")
            parts.append(row(None, locked, None))
        if card.erased_at is not None:
            return [*parts, rule(), label(self._erased(person, card.erased_at), "body", "text2", wraps=True)]
        parts += [self._acts(person), rule(), *self._tagged(person)]
        parts.append(self._heading(self.tr("Identities"), self.tr("Add"), self.identity_wanted))
        parts += [self._identity(each) for each in card.identities] or [label(self.tr("None yet."), "small", "muted")]
        parts += [rule(), self._heading(self.tr("Details"), self.tr("Edit"), self.edit_wanted)]
        if card.account_name and card.account_id is not None:
            parts.append(self._account(card.account_name, card.account_id))
        facts = (
            (self.tr("Title"), card.job_title), (self.tr("Language"), language_name(card.language or "")),
            (self.tr("Local time"), local_text(self._desk.now(), card.time_zone)), (self.tr("Owner"), person.owner_name),
        )  # fmt: skip
        parts += [_fact(key, value) for key, value in facts if value]
        return parts

    def _tagged(self, person: Person) -> list[Item]:
        if self._desk.hides("contact", "tags"):
            return []
        is_locked = person.card.locked_at is not None
        self._tags.show_tags(person.card.tags, may_change=self._desk.may_tag("contact", is_locked=is_locked))
        self._tags.show()
        return [label(self.tr("Tags"), "small_strong", "muted"), self._tags, rule()]

    def _erased(self, person: Person, at: datetime) -> str:
        """Nothing can be done with them any more."""
        now = self._desk.now()
        day = f"{at.astimezone(now.tzinfo).day} {month_text(at, now)}"
        told = self.tr("Erased on {0} by {1}.").replace("{0}", day)
        return told.replace("{1}", person.erased_by or self.tr("somebody"))

    @staticmethod
    def _heading(title: str, act: str, wanted: SignalInstance) -> QLayout:
        button = Button(act, "link", height=24)
        button.clicked.connect(wanted)
        return row(label(title, "small_strong", "muted"), None, button)

    def _account(self, name: str, account_id: UUID) -> QLayout:
        button = Button(name, "link", height=24)
        button.clicked.connect(lambda: self.account_wanted.emit(account_id))
        key = label(self.tr("Account"), "body", "muted")
        key.setFixedWidth(KEY_WIDTH)
        return row(key, button, None, spacing=4)  # the link pads its words by as much

    def _acts(self, person: Person) -> QLayout:
        phone = next((each.value for each in person.card.identities if each.kind == "phone"), "")
        email = next((each.value for each in person.card.identities if each.kind == "email"), "")
        call = IconButton("phone", self.tr("Call"), "Ctrl ⇧ C", size=17, box=34, is_outlined=True)
        call.setEnabled(bool(phone))
        call.clicked.connect(lambda: self.dial_wanted.emit(phone))
        write = IconButton("mail", self.tr("Write an e-mail"), size=17, box=34, is_outlined=True)
        write.setEnabled(bool(email))
        write.clicked.connect(lambda: self.write_wanted.emit(person.card.id))
        note = IconButton("sticky-note", self.tr("Write a note"), "N", size=17, box=34, is_outlined=True)
        note.clicked.connect(lambda _checked=False: self.begin_note())
        task = IconButton("calendar", self.tr("Follow up tomorrow"), size=17, box=34, is_outlined=True)
        task.clicked.connect(lambda: self._follow_up(person))
        history = IconButton("history", self.tr("History"), "H", size=17, box=34, is_outlined=True)
        history.clicked.connect(self.history_wanted)
        keep = IconButton("pin", self.tr("Keep on this device"), "Ctrl ⇧ L", size=17, box=34, is_outlined=True)
        keep.clicked.connect(self.keep_wanted)
        return row(None, call, write, note, task, history, keep, None, spacing=6)

    def _follow_up(self, person: Person) -> None:
        title = self.tr("Follow up with {0}").replace("{0}", person.card.name)
        due = self._desk.clock.now() + timedelta(days=1)
        self._run(self._panel.add_task(title, due), self.tr("Task added for tomorrow."), undo=True)

    def _identity(self, identity: IdentityCard) -> QLayout:
        mark = IconView("phone" if identity.kind == "phone" else "mail", "voice" if identity.kind == "phone" else "email", 15)
        under = identity.label or (self.tr("Phone") if identity.kind == "phone" else self.tr("E-mail"))
        line = row(mark, spacing=10)
        second = row(ElidedLabel(under, "small", "muted", hugs=True), spacing=8)
        if not identity.is_valid:
            second.addWidget(Chip(self.tr("Kept as typed"), "warning", height=18))
        elif identity.bounced:
            second.addWidget(Chip(self.tr("Bounced"), "danger", "triangle-alert", height=18))
        elif identity.is_primary:
            second.addWidget(Chip(self.tr("Primary"), "success", height=18))
        second.addStretch(1)
        line.addLayout(column(ElidedLabel(identity.shown, "strong", tabular=True), second, spacing=0), 1)
        remove = IconButton("x", self.tr("Remove {0}").replace("{0}", identity.shown), size=13, box=28, tone="muted")
        remove.clicked.connect(lambda: self._run(self._panel.remove_identity(identity.id), self.tr("Removed."), undo=True))
        line.addWidget(remove)
        return line

    def _show_timeline(self, person: Person) -> None:
        self._items.setContentsMargins(20, 8, self._items.contentsMargins().right(), 20)
        month, now = "", self._desk.now()
        for place, entry in enumerate(person.recent):
            if (this := month_text(entry.at, now)) != month:
                month = this
                heading = row(label(month, "tiny", "muted", weight=600), spacing=12, margins=(6, 0, 10, 0))
                heading.addWidget(rule(), 1)
                self._items.addLayout(heading)
            self._items.addWidget(self._entry(entry, is_last=place == len(person.recent) - 1))
        if not person.recent:
            self._items.addWidget(EmptyState(self.tr("Nothing of this kind happened yet.")))
        if person.has_more:
            more = Button(self.tr("Show earlier"), height=28)
            more.clicked.connect(lambda: self._run(self._panel.load_earlier()))
            self._items.addLayout(row(None, more, None))
        self._items.addStretch(1)

    def _entry(self, entry: TimelineEntry, *, is_last: bool) -> QWidget:
        when = moment_text(entry.at, self._desk.now())
        if entry.kind == "call":
            title, mark, tone = CALL_TITLES.get(entry.detail, ("Call", "phone", "voice"))
            length = duration_text(entry.duration_s) if entry.duration_s is not None else ""
            meta = " · ".join(part for part in (length, entry.title, entry.by) if part)
            return timeline_item(
                icon_name=mark, tone=tone, title=self.tr(title), meta=meta, when=when, body=_reason(entry), is_last=is_last,
                below=self.player_of(entry.id, entry.recorded_s) if entry.recorded_s else None,
            )  # fmt: skip
        if entry.kind == "note":
            return timeline_item(
                icon_name="sticky-note",
                tone="warning",
                title=self.tr("Note"),
                meta="",
                when=when,
                body=entry.body,
                is_last=is_last,
            )
        if entry.kind == "task":
            state = self.tr("done") if entry.detail == "done" else self.tr("open")
            return timeline_item(
                icon_name="square-check-big",
                tone="accent_text",
                title=entry.title,
                meta=state,
                when=when,
                body=entry.body,
                is_last=is_last,
            )
        way = self.tr("to them") if entry.detail == "out" else self.tr("from them")
        meta = " · ".join(part for part in (way, entry.by) if part)
        mark = MESSAGE_ICONS.get(entry.channel, "mail")
        body = entry.body if len(entry.body) < 400 else f"{entry.body[:400]}…"
        title = entry.title or self.tr("Message")
        return timeline_item(icon_name=mark, tone=entry.channel, title=title, meta=meta, when=when, body=body, is_last=is_last)


def _centred(text: str, style: str, tone: str = "text") -> QLabel:
    """As many lines as it needs: the column is as wide as it is."""
    said = label(text, style, tone, wraps=True)
    said.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return said


def _fact(name: str, value: str) -> QLayout:
    key = label(name, "body", "muted")
    key.setFixedWidth(KEY_WIDTH)
    line = row(key, spacing=8)
    line.addWidget(ElidedLabel(value, tabular=True), 1)
    return line


def _reason(entry: TimelineEntry) -> str:
    """Why a call went as it did, where that is more than the title says."""
    said = entry.body.strip()
    return "" if said.lower() == entry.detail.partition(".")[0] else said[:1].upper() + said[1:]
