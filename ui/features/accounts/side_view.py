"""One organisation beside the list: what is known of it, what can be done with it, and its people."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from app.desk.desk import Desk
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.accounts.viewmodel import AccountPanel, Organisation
from ui.features.acts import lock_words
from ui.widgets.buttons import Button, IconButton
from ui.widgets.layout import Item, clear, column, fill, row, rule, scrolling
from ui.widgets.lock_button import LockButton
from ui.widgets.marks import AvatarView, Chip
from ui.widgets.states import EmptyState
from ui.widgets.tags import TagRow
from ui.widgets.text import ElidedLabel, label

WIDTH = 344


class AccountSide(QFrame):
    """Follows the panel's organisation. `contact_wanted`: one of its people; `share_wanted`: with whom it is shared;
    `tag_wanted`: the choice of its tags; `lock_wanted`: locked, or no longer."""

    contact_wanted = Signal(object)
    history_wanted = Signal()
    keep_wanted = Signal()
    share_wanted = Signal()
    lock_wanted = Signal()
    tag_wanted = Signal(str, object, str)

    def __init__(self, panel: AccountPanel, desk: Desk, run: Run) -> None:
        super().__init__()
        self.setProperty("role", "right")
        self.setFixedWidth(WIDTH)
        self._panel, self._desk = panel, desk
        self._tags, self._lock = TagRow(most_lines=3), LockButton(size=16, box=30)
        self._tags.choose_wanted.connect(self._choose_tags)
        self._tags.removed.connect(lambda tag: run.telling(panel.untag(tag), undo=True))
        self._lock.clicked.connect(self.lock_wanted)
        self._parts, inner = column(spacing=10, margins=18), QWidget()
        inner.setLayout(self._parts)
        self.setLayout(column(scrolling(inner), spacing=0))
        bind(self, panel.organisation, self._show)

    def _choose_tags(self) -> None:
        if (found := self._panel.organisation.value) is not None:
            self.tag_wanted.emit("account", found.card.id, found.card.name)

    def _show(self, found: Organisation | None) -> None:
        focused, is_at_lock = self._tags.focused, self._lock.hasFocus()
        for outliving in (self._tags, self._lock):  # what is drawn anew around them
            outliving.setParent(self)
            outliving.hide()
        clear(self._parts)
        if found is None:
            self._parts.addWidget(EmptyState(self.tr("Choose an account on the left.")), 1)
            return
        fill(self._parts, [*self._about(found), None])
        self._lock.show_lock(is_locked=found.card.locked_at is not None, may_turn=self._desk.may("account:lock"))
        if is_at_lock:
            self._lock.setFocus()
        if focused is not None:
            self._tags.focus_on(focused)

    def _about(self, found: Organisation) -> list[Item]:
        who = row(AvatarView(found.card.name, 44, is_company=True), spacing=12)
        who.addLayout(
            column(ElidedLabel(found.card.name, "title"), ElidedLabel(found.card.domain or "", "small", "muted"), spacing=2), 1
        )
        parts: list[Item] = [who, *self._locked(found), *self._tagged(found), row(*self._acts(), None, spacing=4), rule()]
        return [*parts, *self._people(found)]

    def _locked(self, found: Organisation) -> list[Item]:
        if found.card.locked_at is None:
            return []
        words = lock_words(found.locked_by, found.card.locked_at, self._desk.now())
        return [row(Chip(words, "warning", "lock", fill="warning_soft"), None)]

    def _tagged(self, found: Organisation) -> list[Item]:
        if self._desk.hides("account", "tags"):
            return []
        is_locked = found.card.locked_at is not None
        self._tags.show_tags(found.card.tags, may_change=self._desk.may_tag("account", is_locked=is_locked))
        self._tags.show()
        return [self._tags]

    def _acts(self) -> list[QWidget]:
        history = IconButton("history", self.tr("History"), "H", size=16, box=30)
        history.clicked.connect(self.history_wanted)
        keep = IconButton("pin", self.tr("Keep on this device"), "Ctrl ⇧ L", size=16, box=30)
        keep.clicked.connect(self.keep_wanted)
        share = IconButton("link", self.tr("Share…"), "S", size=16, box=30)
        share.clicked.connect(self.share_wanted)
        return [history, keep, share, self._lock]

    def _people(self, found: Organisation) -> list[Item]:
        count = label(str(len(found.people)), "small", "muted", tabular=True)
        parts: list[Item] = [row(label(self.tr("People"), "small_strong", "muted"), None, count)]
        for person in found.people:
            name = Button(person.name, "ghost", "user-round", height=28)
            name.clicked.connect(lambda _=False, contact_id=person.id: self.contact_wanted.emit(contact_id))
            line = row(name, spacing=6)
            line.addWidget(ElidedLabel(person.job_title or "", "small", "muted"), 1)
            parts.append(line)
        if not found.people:
            parts.append(label(self.tr("Nobody belongs to it yet."), "small", "muted"))
        return parts
