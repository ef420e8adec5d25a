"""The contacts page: everybody by name, and one of them."""

from uuid import UUID

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QListView, QStackedWidget, QWidget

from app.desk.desk import Desk
from app.domain.contacts.queries import ContactRow
from app.kernel.tasks import TaskRunner
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.chosen import Chosen
from ui.bridge.fresh import as_of
from ui.bridge.narrow_row import NarrowChoice
from ui.bridge.rows import RowsModel
from ui.features.contacts.record_view import ContactRecord
from ui.features.contacts.viewmodel import ContactPanel, ContactsList
from ui.widgets.bulk_bar import BulkBar
from ui.widgets.buttons import Button, IconButton
from ui.widgets.choosing_list import ChoosingList
from ui.widgets.fields import SearchField
from ui.widgets.languages import language_name
from ui.widgets.layout import column, framed, row
from ui.widgets.states import EmptyState, LoadingRows, show_in
from ui.widgets.table import Cell, Column, TableDelegate, TableHead
from ui.widgets.text import label

LOCK_WIDTH = 34


class ContactsPage(QStackedWidget):
    """`new_wanted`: a new person; `dial_wanted`: a number; `write_wanted`: an e-mail; `export_wanted`: those shown."""

    new_wanted = Signal()
    dial_wanted = Signal(str)
    write_wanted = Signal(object)
    export_wanted = Signal(object)

    def __init__(self, people: ContactsList, panel: ContactPanel, desk: Desk, run: Run, tasks: TaskRunner) -> None:
        super().__init__()
        self._people, self._panel, self._run = people, panel, run
        self._stamp = as_of(desk)
        self._model = RowsModel(people.page, tasks, self)
        self.record = ContactRecord(panel, desk, run)
        self.search = SearchField(self.tr("Find a name"))
        self.tags = NarrowChoice(people.narrowing.tag)
        self.list, self.bar = ChoosingList(), BulkBar()
        self._empty, self._loading = (
            EmptyState(self.tr("Nobody here."), self.tr("New contact"), icon_name="users"),
            LoadingRows(42),
        )
        self._body = QStackedWidget()
        self.addWidget(self._list_page())
        self.addWidget(self.record)
        self._connect()

    def _columns(self) -> list[Column]:
        def name(row: ContactRow) -> Cell:
            return Cell(text=row.name, avatar=row.name, is_strong=True)

        def language(row: ContactRow) -> Cell:
            return Cell(text=language_name(row.language or ""), tone="muted")

        return [
            Column(id="name", title=self.tr("Name"), cell=name, width=0.4, is_sortable=True),
            Column(
                id="account",
                title=self.tr("Account"),
                cell=lambda row: Cell(text=row.account_name or "", tone="text2"),
                width=0.3,
            ),
            Column(id="title", title=self.tr("Title"), cell=lambda row: Cell(text=row.job_title or "", tone="muted"), width=0.2),
            Column(
                id="language",
                title=self.tr("Language"),
                cell=lambda row: Cell(text=language_name(row.language or ""), tone="muted"),
                width=0.1,
            ),
            Column(id="lock", title="", cell=lambda row: Cell(text="", icon="lock" if row.locked_at else ""), width=LOCK_WIDTH),
        ]

    def _list_page(self) -> QWidget:
        columns = self._columns()
        head = TableHead(columns, sorted_by="name")
        head.stand_over(self.list)
        head.sorted_by.connect(lambda _column, is_descending: self._people.descending.set(is_descending))
        self.list.setModel(self._model)
        self.chosen = Chosen(self.list, self._model, self._people.everything, self._run)
        self.list.setItemDelegate(TableDelegate(columns, self.list))
        self.list.setAccessibleName(self.tr("Contacts"))
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        for widget in (self._loading, self.list, self._empty):
            self._body.addWidget(widget)
        self.export = IconButton("download", self.tr("Export these contacts"), "Ctrl ⇧ E", is_outlined=True)
        self.export.clicked.connect(self._export)
        new = Button(self.tr("New contact"), icon_name="user-plus", keys=("C",))
        new.clicked.connect(self.new_wanted)
        self._empty.pressed.connect(self.new_wanted)
        self.search.setFixedWidth(280)
        self.tags.setFixedWidth(190)
        top = framed(
            row(label(self.tr("Contacts"), "h1"), self._stamp, None, self.tags, self.search, self.export, new, margins=(0, 20)),
            "head",
            height=62,
        )
        layout = column(top, self.bar, head, spacing=0)
        layout.addWidget(self._body, 1)
        return framed(layout)

    def _connect(self) -> None:
        self._loading.begin()
        self.search.textChanged.connect(self._people.search.set)
        self.list.activated.connect(self._open_index)
        self.list.clicked.connect(self._open_index)
        for filtered in (self._people.search, self._people.narrowing.tag.value, self._people.descending):
            filtered.subscribe(lambda _: self.chosen.clear())
        self._model.loaded.connect(self._loaded)
        self.record.closed.connect(lambda: self.setCurrentIndex(0))
        self.record.dial_wanted.connect(self.dial_wanted)
        self.record.write_wanted.connect(self.write_wanted)
        bind(self, self._people.stale, lambda _: self._model.reload())

    def narrow(self) -> None:
        """Begin to choose what narrows the list."""
        self.setCurrentIndex(0)
        (self.search if self.tags.isHidden() else self.tags).setFocus()

    def show_all(self) -> None:
        """Nothing narrows it any more."""
        self._people.narrowing.clear()

    def go_to_list(self) -> None:
        """Out of a field, into the list."""
        if self.currentIndex() == 0:
            self.list.setFocus()

    def _export(self) -> None:
        self.export_wanted.emit({"search": self._people.search.value.strip(), **self._people.narrowing.exported()})

    def _loaded(self) -> None:
        is_empty = self._model.rowCount() == 0
        words = self.tr("Nobody of that name on this device.") if self._people.search.value else self.tr("Nobody here yet.")
        if tag := self._people.narrowing.tag.value.value:
            words = self.tr("Nobody with the tag “{0}” on this device.").replace("{0}", tag)
        self._empty.show_text(words, self.tr("New contact"))
        show_in(self._body, self._empty if is_empty else self.list, self)

    def _open_index(self, index: QModelIndex) -> None:
        person = self._model.row_at(index)
        if person is not None and not self.list.is_extending:
            self.open_record(person.id)

    def open_record(self, contact_id: UUID) -> None:
        """Show somebody's page."""
        self._run(self._panel.open(contact_id))
        self.setCurrentWidget(self.record)

    def fit(self, width: int) -> None:
        """Give way as the record's rules say."""
        self.record.fit(width)
