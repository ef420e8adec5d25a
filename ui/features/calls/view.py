"""The calls page: the log as a table, newest first."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QFrame, QListView, QStackedWidget

from app.desk.desk import Desk
from app.kernel.tasks import TaskRunner
from ui.bridge.bind import bind
from ui.bridge.fresh import as_of
from ui.bridge.rows import RowsModel
from ui.features.calls.viewmodel import CallLine, CallsList
from ui.widgets.buttons import IconButton
from ui.widgets.choices import Option, Tabs
from ui.widgets.layout import column, framed, row
from ui.widgets.states import EmptyState, LoadingRows, show_in
from ui.widgets.table import Cell, Column, TableDelegate, TableHead
from ui.widgets.text import label

TONES = {"missed": ("phone-missed", "danger"), "declined": ("phone-off", "muted"), "failed": ("phone-off", "danger")}


class CallsPage(QFrame):
    """`opened`: the conversation of a call; `dial_wanted`: its number; `export_wanted`: the calls that are shown."""

    opened = Signal(object)
    export_wanted = Signal(object)
    dial_wanted = Signal(str)

    def __init__(self, calls: CallsList, desk: Desk, tasks: TaskRunner) -> None:
        super().__init__()
        self._calls, self._stamp = calls, as_of(desk)
        self._model = RowsModel(calls.page, tasks, self)
        self.list = QListView()
        self._tabs = Tabs(
            [
                Option(id="all", text=self.tr("All")), Option(id="missed", text=self.tr("Missed")),
                Option(id="mine", text=self.tr("Mine")),
            ],
            self.tr("Show"), height=40,
        )  # fmt: skip
        self._empty, self._loading = EmptyState(self.tr("No calls here yet."), icon_name="phone"), LoadingRows(42)
        self._body = QStackedWidget()
        self._lay_out()
        self._loading.begin()
        self._tabs.chosen.connect(self._choose)
        self.list.activated.connect(self._open)
        self.list.clicked.connect(self._open)
        self._model.loaded.connect(self._loaded)
        bind(self, calls.stale, lambda _: self._model.reload())

    def _columns(self) -> list[Column]:
        def result(line: CallLine) -> Cell:
            usual = ("phone-incoming" if line.direction == "in" else "phone-outgoing", "voice")
            icon_name, tone = TONES.get(line.outcome, usual)
            return Cell(text=line.outcome_text, icon=icon_name, tone=tone if tone != "voice" else "text")

        def recording(line: CallLine) -> Cell:
            words, icon_name, tone = line.recorded
            return Cell(text=words, icon=icon_name, tone=tone)

        return [
            Column(
                id="who", title=self.tr("Who"), cell=lambda line: Cell(text=line.who, avatar=line.who, is_strong=True), width=0.34
            ),
            Column(id="outcome", title=self.tr("Result"), cell=result, width=160),
            Column(
                id="number", title=self.tr("Number"), cell=lambda line: Cell(text=line.number_shown, tone="text2"), width=0.24
            ),
            Column(id="queue", title=self.tr("Queue"), cell=lambda line: Cell(text=line.queue, tone="muted"), width=0.16),
            Column(id="recording", title=self.tr("Recording"), cell=recording, width=120),
            Column(id="when", title=self.tr("When"), cell=lambda line: Cell(text=line.when_text, tone="text2"), width=150),
            Column(
                id="length", title=self.tr("Length"), cell=lambda line: Cell(text=line.duration_text), width=80, is_number=True
            ),
        ]

    def _lay_out(self) -> None:
        columns = self._columns()
        self.list.setModel(self._model)
        self.list.setItemDelegate(TableDelegate(columns, self.list))
        self.list.setAccessibleName(self.tr("Calls"))
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        for widget in (self._loading, self.list, self._empty):
            self._body.addWidget(widget)
        self.export = IconButton("download", self.tr("Export these calls"), "Ctrl ⇧ E", is_outlined=True)
        self.export.clicked.connect(self._export)
        shown = row(label(self.tr("Calls"), "h1"), self._stamp, 20, self._tabs, None, self.export, margins=(0, 20))
        top = framed(shown, "head", height=62)
        head = TableHead(columns)
        head.stand_over(self.list)
        layout = column(top, head, spacing=0)
        layout.addWidget(self._body, 1)
        self.setLayout(layout)

    def _choose(self, which: str) -> None:
        self._calls.outcome.set("missed" if which == "missed" else None)
        self._calls.mine.set(which == "mine")

    def _export(self) -> None:
        self.export_wanted.emit({"outcome": self._calls.outcome.value, "mine": "true" if self._calls.mine.value else ""})

    def _loaded(self) -> None:
        show_in(self._body, self._empty if self._model.rowCount() == 0 else self.list, self)

    @property
    def current(self) -> CallLine | None:
        """The line that the keys are on."""
        index = self.list.currentIndex()
        found: CallLine | None = self._model.row_at(index) if index.isValid() else None
        return found

    def _open(self, index: QModelIndex) -> None:
        line = self._model.row_at(index)
        if line is not None:
            self.opened.emit(line.conversation_id)
