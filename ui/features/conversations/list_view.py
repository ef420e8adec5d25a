"""The list of conversations: views with counts, rows, and what stands there when there are none."""

from uuid import UUID

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QFrame, QListView, QStackedWidget

from app.desk.desk import Desk
from app.kernel.tasks import TaskRunner
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.chosen import Chosen
from ui.bridge.fresh import as_of
from ui.bridge.narrow_row import NarrowRow
from ui.bridge.rows import RowsModel
from ui.features.conversations.inbox import MOST_COUNTED, VIEWS, InboxList
from ui.widgets.bulk_bar import BulkBar
from ui.widgets.buttons import IconButton
from ui.widgets.choices import Option, Tabs
from ui.widgets.choosing_list import ChoosingList
from ui.widgets.conversation_row import ConversationDelegate
from ui.widgets.layout import column, framed, row, rule
from ui.widgets.states import EmptyState, LoadingRows, show_in
from ui.widgets.text import label


class ConversationListView(QFrame):
    """`opened`: the id of the conversation that was chosen."""

    opened = Signal(object)
    new_wanted = Signal()

    def __init__(self, inbox: InboxList, desk: Desk, run: Run, tasks: TaskRunner) -> None:
        super().__init__()
        self.setProperty("role", "left")
        self._inbox = inbox
        self._wanted: UUID | None = None
        self._model = RowsModel(inbox.page, tasks, self)
        self._title, self._stamp = label(self.tr("Inbox"), "h1"), as_of(desk)
        self._tabs = Tabs(self._options((0, 0, 0)), self.tr("View"), height=34, gap=16)
        self._filter = IconButton("list-filter", self.tr("Narrow this list"), "F", size=17, box=30)
        self._filter.setCheckable(True)
        self.narrow_row = self._make_narrow_row()
        self.narrow_row.hide()
        write = IconButton("square-pen", self.tr("New conversation"), "C", size=17, box=30)
        write.clicked.connect(self.new_wanted)
        self.list, self.bar = self._make_list(), BulkBar(is_narrow=True)
        self.chosen = Chosen(self.list, self._model, inbox.everything, run)
        self._empty, self._loading = EmptyState(self.tr("Inbox zero.")), LoadingRows()
        self._stack = QStackedWidget()
        for widget in (self._loading, self.list, self._empty):
            self._stack.addWidget(widget)
        head = row(self._title, self._stamp, None, self._filter, write, spacing=4, margins=(10, 12, 0, 18))
        tabs = row(self._tabs, None, margins=(0, 18, 0, 18 - Tabs.EDGE))
        self._head = framed(column(head, tabs, rule(), self.narrow_row, spacing=0))
        layout = column(self._head, self.bar, 6, spacing=0)
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)
        self._connect()

    def set_strip(self, *, is_strip: bool) -> None:
        """A narrow window: only the avatars."""
        self._head.setHidden(is_strip)
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if is_strip else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.list.setVerticalScrollBarPolicy(policy)

    def _make_narrow_row(self) -> NarrowRow:
        narrowing = self._inbox.narrowing
        parts = (narrowing.state, narrowing.owner, narrowing.tag)
        return NarrowRow(parts, in_line=2, margins=(8, 12, 2, 12))

    def _make_list(self) -> ChoosingList:
        view = ChoosingList()
        view.setAccessibleName(self.tr("Conversations"))
        view.setModel(self._model)
        view.setItemDelegate(ConversationDelegate(view))
        view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setUniformItemSizes(True)
        view.setMouseTracking(True)
        return view

    def _connect(self) -> None:
        self._tabs.chosen.connect(self._inbox.view.set)
        self._filter.toggled.connect(self._show_narrowing)
        self._inbox.view.subscribe(lambda _: self.chosen.clear())
        for part in self._inbox.narrowing.parts:
            part.value.subscribe(lambda _: self.chosen.clear())
        self._empty.pressed.connect(self.show_all)
        self._model.loaded.connect(self._loaded)
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        self._loading.begin()
        bind(self, self._inbox.stale, lambda _: self._model.reload())
        bind(self, self._inbox.counts, lambda counts: self._tabs.set_options(self._options(counts)))
        bind(self, self._inbox.view, self._tabs.choose)

    def _show_narrowing(self, is_on: bool) -> None:
        """What is not shown does not narrow either."""
        self.narrow_row.setVisible(is_on)
        if not is_on:
            self._inbox.narrowing.clear()

    @property
    def can_narrow(self) -> bool:
        """Not while only avatars have room."""
        return not self._head.isHidden()

    def narrow(self) -> None:
        """Begin to choose what narrows the list."""
        self._filter.setChecked(True)
        self.narrow_row.narrow()

    def show_all(self) -> None:
        """Nothing narrows it any more."""
        self._filter.setChecked(False)
        self._inbox.narrowing.clear()

    def _options(self, counts: tuple[int, ...]) -> list[Option]:
        words = (self.tr("Mine"), self.tr("Unassigned"), self.tr("All"))
        return [
            Option(id=view, text=word, count=(f"{count}+" if count >= MOST_COUNTED else str(count)) if count else "")
            for view, word, count in zip(VIEWS, words, counts, strict=True)
        ]

    def select(self, conversation_id: UUID | None) -> None:
        """Choose a conversation, now or when it has been loaded."""
        self._wanted = conversation_id
        index = self._model.index_of(conversation_id)
        if index.isValid():
            self.list.setCurrentIndex(index)
        else:
            self.list.selectionModel().clear()

    def step(self, by: int) -> None:
        """The next conversation, or the one before."""
        current = self.list.currentIndex()
        place = current.row() + by if current.isValid() else 0
        if 0 <= place < self._model.rowCount():
            self.list.setCurrentIndex(self._model.index(place))

    def _loaded(self) -> None:
        is_empty = self._model.rowCount() == 0
        is_narrowed = not self._inbox.narrowing.is_usual
        self._empty.show_text(self._empty_words(), self.tr("Show all") if is_narrowed else "")
        show_in(self._stack, self._empty if is_empty else self.list, self)
        if self._wanted is None and not self.list.currentIndex().isValid() and not is_empty:
            self.list.setCurrentIndex(self._model.index(0))
        elif self._wanted is not None and (index := self._model.index_of(self._wanted)).isValid():
            flag = QItemSelectionModel.SelectionFlag
            self.list.selectionModel().setCurrentIndex(index, flag.NoUpdate if self.chosen.is_many else flag.ClearAndSelect)

    def _empty_words(self) -> str:
        if self._inbox.is_first_download:
            return self.tr("Your inbox is being fetched.")
        counts = dict(zip(VIEWS, self._inbox.counts.value, strict=True))
        if not self._inbox.narrowing.is_usual:
            return self.tr("Nothing here fits what the list is narrowed to.")
        if self._inbox.view.value == "mine" and counts["unassigned"]:
            return self.tr("Inbox zero. {0} wait unassigned.").replace("{0}", str(counts["unassigned"]))
        return self.tr("Nothing waits here.")

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        chosen = self._model.row_at(current)
        if chosen is not None and chosen.id != self._wanted and not self.list.is_extending:
            self._wanted = chosen.id
            self.opened.emit(chosen.id)
