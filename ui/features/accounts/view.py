"""The accounts page: organisations by name, and one of them with its people."""

from uuid import UUID

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QFrame, QListView, QStackedWidget, QWidget

from app.desk.desk import Desk
from app.domain.accounts.queries import AccountCard
from app.kernel.tasks import TaskRunner
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.chosen import Chosen
from ui.bridge.fresh import as_of
from ui.bridge.rows import RowsModel
from ui.features.accounts.viewmodel import AccountPanel, AccountsList, Organisation
from ui.features.acts import lock_words
from ui.widgets.bulk_bar import BulkBar
from ui.widgets.buttons import Button, IconButton
from ui.widgets.choosing_list import ChoosingList
from ui.widgets.fields import SearchField
from ui.widgets.layout import Item, clear, column, framed, row, rule, scrolling
from ui.widgets.marks import AvatarView, Chip
from ui.widgets.states import EmptyState, LoadingRows
from ui.widgets.table import Cell, Column, TableDelegate, TableHead
from ui.widgets.tags import TagRow
from ui.widgets.text import ElidedLabel, label

SIDE_WIDTH, LOCK_WIDTH = 344, 34


class AccountsPage(QFrame):
    """`contact_wanted`: one of an account's people; `export_wanted`: the accounts that are shown;
    `share_wanted`: with whom the chosen one is shared; `tag_wanted`: the choice of its tags."""

    contact_wanted = Signal(object)
    history_wanted = Signal()
    keep_wanted = Signal()
    export_wanted = Signal(object)
    share_wanted = Signal()
    tag_wanted = Signal(str, object, str)

    def __init__(self, accounts: AccountsList, panel: AccountPanel, desk: Desk, run: Run, tasks: TaskRunner) -> None:
        super().__init__()
        self._accounts, self._panel, self._desk, self._run = accounts, panel, desk, run
        self._tags = TagRow(most_lines=3)
        self._tags.hide()
        self._tags.setParent(self)
        self._tags.choose_wanted.connect(self._choose_tags)
        self._tags.removed.connect(lambda tag: run.telling(panel.untag(tag), undo=True))
        self._stamp = as_of(desk)
        self._model = RowsModel(accounts.page, tasks, self)
        self.list, self.bar, self.search = ChoosingList(), BulkBar(), SearchField(self.tr("Find an account"))
        self._empty, self._loading = EmptyState(self.tr("No accounts here yet."), icon_name="building-2"), LoadingRows(42)
        self.export = IconButton("download", self.tr("Export these accounts"), "Ctrl ⇧ E", is_outlined=True)
        self._body = QStackedWidget()
        self._side = column(spacing=10, margins=18)
        self._lay_out()
        self._loading.begin()
        self.search.textChanged.connect(accounts.search.set)
        self.list.activated.connect(self._open)
        self.list.clicked.connect(self._open)
        accounts.search.subscribe(lambda _: self.chosen.clear())
        self._model.loaded.connect(self._loaded)
        bind(self, accounts.stale, lambda _: self._model.reload())
        bind(self, panel.organisation, self._show)

    def _columns(self) -> list[Column]:
        def name(each: AccountCard) -> Cell:
            return Cell(text=each.name, avatar=each.name, is_company=True, is_strong=True)

        return [
            Column(id="name", title=self.tr("Name"), cell=name, width=0.5),
            Column(
                id="industry",
                title=self.tr("Industry"),
                cell=lambda each: Cell(text=each.industry or "", tone="text2"),
                width=0.25,
            ),
            Column(
                id="domain", title=self.tr("Domain"), cell=lambda each: Cell(text=each.domain or "", tone="muted"), width=0.25
            ),
            Column(id="lock", title="", cell=lambda each: Cell(text="", icon="lock" if each.locked_at else ""), width=LOCK_WIDTH),
        ]

    def _lay_out(self) -> None:
        columns = self._columns()
        self.list.setModel(self._model)
        self.chosen = Chosen(self.list, self._model, self._accounts.everything, self._run)
        self.list.setItemDelegate(TableDelegate(columns, self.list))
        self.list.setAccessibleName(self.tr("Accounts"))
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        for widget in (self._loading, self.list, self._empty):
            self._body.addWidget(widget)
        self.search.setFixedWidth(280)
        self.export.clicked.connect(lambda: self.export_wanted.emit({"starting_with": self._accounts.search.value.strip()}))
        head = framed(
            row(label(self.tr("Accounts"), "h1"), self._stamp, None, self.search, self.export, margins=(0, 20)), "head", height=62
        )
        titles = TableHead(columns)
        titles.stand_over(self.list)
        left = column(head, self.bar, titles, spacing=0)
        left.addWidget(self._body, 1)
        inner = QWidget()
        inner.setLayout(self._side)
        layout = row(spacing=0)
        layout.addLayout(left, 1)
        layout.addWidget(framed(column(scrolling(inner), spacing=0), "right", width=SIDE_WIDTH))
        self.setLayout(layout)

    def _loaded(self) -> None:
        words = (
            self.tr("No account of that name on this device.")
            if self._accounts.search.value
            else self.tr("No accounts here yet.")
        )
        self._empty.show_text(words)
        self._body.setCurrentWidget(self._empty if self._model.rowCount() == 0 else self.list)

    def _open(self, index: QModelIndex) -> None:
        chosen = self._model.row_at(index)
        if chosen is not None and not self.list.is_extending:
            self.open_account(chosen.id)

    def open_account(self, account_id: UUID) -> None:
        """Show one beside the list."""
        self._run(self._panel.open(account_id))

    def _choose_tags(self) -> None:
        if (found := self._panel.organisation.value) is not None:
            self.tag_wanted.emit("account", found.card.id, found.card.name)

    def _show(self, found: Organisation | None) -> None:
        focused = self._tags.focused
        self._side.removeWidget(self._tags)  # it outlives what is drawn anew around it
        self._tags.hide()
        clear(self._side)
        if found is None:
            self._side.addWidget(EmptyState(self.tr("Choose an account on the left.")), 1)
            return
        for item in self._about(found):
            if isinstance(item, QWidget):
                self._side.addWidget(item)
            elif item is not None and not isinstance(item, int):
                self._side.addLayout(item)
        self._side.addStretch(1)
        if focused is not None:
            self._tags.focus_on(focused)

    def _tagged(self, found: Organisation) -> list[Item]:
        if self._desk.hides("account", "tags"):
            return []
        is_locked = found.card.locked_at is not None
        self._tags.show_tags(found.card.tags, may_change=self._desk.may_tag("account", is_locked=is_locked))
        self._tags.show()
        return [self._tags]

    def _about(self, found: Organisation) -> list[Item]:
        who = row(AvatarView(found.card.name, 44, is_company=True), spacing=12)
        who.addLayout(
            column(ElidedLabel(found.card.name, "title"), ElidedLabel(found.card.domain or "", "small", "muted"), spacing=2), 1
        )
        history = IconButton("history", self.tr("History"), "H", size=16, box=30)
        history.clicked.connect(self.history_wanted)
        keep = IconButton("pin", self.tr("Keep on this device"), "Ctrl ⇧ L", size=16, box=30)
        keep.clicked.connect(self.keep_wanted)
        share = IconButton("link", self.tr("Share…"), "S", size=16, box=30)
        share.clicked.connect(self.share_wanted)
        people = row(
            label(self.tr("People"), "small_strong", "muted"), None, label(str(len(found.people)), "small", "muted", tabular=True)
        )
        locked: list[Item] = []
        if found.card.locked_at is not None:
            words = lock_words(found.locked_by, found.card.locked_at, self._desk.now())
            locked = [row(Chip(words, "warning", "lock", fill="warning_soft"), None)]
        parts: list[Item] = [who, *locked, *self._tagged(found), row(history, keep, share, None, spacing=4), rule(), people]
        for person in found.people:
            name = Button(person.name, "ghost", "user-round", height=28)
            name.clicked.connect(lambda _=False, contact_id=person.id: self.contact_wanted.emit(contact_id))
            line = row(name, spacing=6)
            line.addWidget(ElidedLabel(person.job_title or "", "small", "muted"), 1)
            parts.append(line)
        if not found.people:
            parts.append(label(self.tr("Nobody belongs to it yet."), "small", "muted"))
        return parts
