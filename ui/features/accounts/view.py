"""The accounts page: organisations by name, and one of them with its people."""

from uuid import UUID

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QFrame, QListView, QStackedWidget

from app.desk.desk import Desk
from app.domain.accounts.queries import AccountCard
from app.kernel.tasks import TaskRunner
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.chosen import Chosen
from ui.bridge.fresh import as_of
from ui.bridge.narrow_row import NarrowRow
from ui.bridge.rows import RowsModel
from ui.features.accounts.side_view import AccountSide
from ui.features.accounts.viewmodel import AccountPanel, AccountsList
from ui.widgets.bulk_bar import BulkBar
from ui.widgets.buttons import IconButton
from ui.widgets.choosing_list import ChoosingList
from ui.widgets.fields import SearchField
from ui.widgets.layout import column, framed, row
from ui.widgets.states import EmptyState, LoadingRows, show_in
from ui.widgets.table import Cell, Column, TableDelegate, TableHead
from ui.widgets.text import label

LOCK_WIDTH = 34


class AccountsPage(QFrame):
    """`export_wanted`: the accounts that are shown. The chosen one is beside them."""

    export_wanted = Signal(object)

    def __init__(self, accounts: AccountsList, panel: AccountPanel, desk: Desk, run: Run, tasks: TaskRunner) -> None:
        super().__init__()
        self._accounts, self._panel, self._desk, self._run = accounts, panel, desk, run
        self.record = AccountSide(panel, desk, run)
        self._stamp = as_of(desk)
        self._model = RowsModel(accounts.page, tasks, self)
        self.list, self.bar, self.search = ChoosingList(), BulkBar(), SearchField(self.tr("Find an account"))
        self._empty, self._loading = EmptyState(self.tr("No accounts here yet."), icon_name="building-2"), LoadingRows(42)
        self.export = IconButton("download", self.tr("Export these accounts"), "Ctrl ⇧ E", is_outlined=True)
        self._body = QStackedWidget()
        self._lay_out()
        self._loading.begin()
        self.search.textChanged.connect(accounts.search.set)
        self.list.activated.connect(self._open)
        self.list.clicked.connect(self._open)
        for filtered in (accounts.search, *(part.value for part in accounts.narrowing.parts)):
            filtered.subscribe(lambda _: self.chosen.clear())
        self._empty.pressed.connect(self.show_all)
        self._model.loaded.connect(self._loaded)
        bind(self, accounts.stale, lambda _: self._model.reload())

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
        self.export.clicked.connect(lambda: self.export_wanted.emit(self._accounts.wanted()))
        head = framed(
            row(label(self.tr("Accounts"), "h1"), self._stamp, None, self.search, self.export, margins=(0, 20)), "head", height=62
        )
        titles = TableHead(columns)
        titles.stand_over(self.list)
        self.narrow_row = NarrowRow(self._accounts.narrowing.parts, margins=(7, 20))
        self.narrow_row.setProperty("role", "head")
        left = column(head, self.narrow_row, self.bar, titles, spacing=0)
        left.addWidget(self._body, 1)
        layout = row(spacing=0)
        layout.addLayout(left, 1)
        layout.addWidget(self.record)
        self.setLayout(layout)

    def _loaded(self) -> None:
        is_narrowed = not self._accounts.narrowing.is_usual
        words = (
            self.tr("No account on this device fits what the list is narrowed to.")
            if is_narrowed
            else self.tr("No account of that name on this device.")
            if self._accounts.search.value
            else self.tr("No accounts here yet.")
        )
        self._empty.show_text(words, self.tr("Show all") if is_narrowed else "")
        show_in(self._body, self._empty if self._model.rowCount() == 0 else self.list, self)

    def _open(self, index: QModelIndex) -> None:
        chosen = self._model.row_at(index)
        if chosen is not None and not self.list.is_extending:
            self.open_account(chosen.id)

    def narrow(self) -> None:
        """Begin to choose what narrows the list."""
        self.narrow_row.narrow()

    def show_all(self) -> None:
        """Nothing narrows it any more."""
        self._accounts.narrowing.clear()

    def go_to_list(self) -> None:
        """Out of a field, into the list."""
        self.list.setFocus()

    def open_account(self, account_id: UUID) -> None:
        """Show one beside the list."""
        self._run(self._panel.open(account_id))
