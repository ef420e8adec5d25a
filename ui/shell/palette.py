"""The command palette: every act with its key, and people and records as they are typed."""

import asyncio

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from app.kernel.tasks import TaskRunner
from ui.shell.actions import Action, ActionRegistry
from ui.shell.palette_rows import ROW_HEIGHT, Findings, Hit, HitRow, Search
from ui.theme.fonts import font
from ui.widgets.floating import Floating
from ui.widgets.layout import Item, clear, column, framed, row, rule
from ui.widgets.marks import Chip, IconView, KeyCaps
from ui.widgets.raised import Scrim
from ui.widgets.text import label

WIDTH, TOP = 680, 116
HEAD_HEIGHT, FRAME_HEIGHT = 26, 150  # a group's name; search line, foot and strip together
MOST_ACTIONS, MOST_BESIDE_RECORDS = 7, 4
QUIET_MS = 150  # nothing is said of what is quicker
SERVER_AFTER_S = 0.35  # the server is asked once nothing was typed for as long


class CommandPalette(Floating):
    """Over the pane, which it dims; the phone above stays live. Escape gives the focus back where it was.

    `context` says what the first group is about ("Call with Luca Bianchi").
    """

    closed = Signal()

    def __init__(
        self,
        parent: QWidget,
        actions: ActionRegistry,
        search: Search,
        tasks: TaskRunner,
        *,
        pane: QWidget | None = None,
        context: str = "",
        only_records: bool = False,
    ) -> None:
        super().__init__(parent, WIDTH, radius=14)
        self._scrim = Scrim(pane, parent) if pane is not None else None
        if self._scrim is not None:
            self._scrim.pressed.connect(self.leave)
        self._window, self._actions, self._search, self._tasks = parent, actions, search, tasks
        self._only_records, self._found = only_records, Findings()
        self._slow = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._slow.timeout.connect(self._say_slow)
        self._rows: list[HitRow] = []
        self._place, self._asked, self._from = 0, 0, 0  # `_from`: which hit stands first
        self._is_cut = self._is_alone = False
        self._finding: asyncio.Task[None] | None = None
        self.input = self._field()
        self._count = label("", "tiny", "muted", tabular=True)
        top = row(IconView("search", "muted", 18), spacing=12, margins=(14, 16, 14, 20))
        top.addWidget(self.input, 1)
        if context:
            top.addWidget(Chip(context, "success", "phone", height=22))
        top.addWidget(KeyCaps("Esc"))
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.hold(column(top, rule(), 4, self._list, 6, self._foot(), spacing=0))
        self._typed("")

    def _field(self) -> QLineEdit:
        field = QLineEdit()
        field.setProperty("bare", True)
        field.setFont(font("h1", 400))
        field.setPlaceholderText(self.tr("Search") if self._only_records else self.tr("Search or run a command"))
        field.setAccessibleName(self.tr("Command palette"))
        field.textChanged.connect(self._typed)
        field.installEventFilter(self)
        return field

    def _foot(self) -> QFrame:
        hints: list[Item] = []
        known = (
            (("↑", "↓"), self.tr("Move")), (("↵",), self.tr("Run")), (("Ctrl", "↵"), self.tr("Run and stay")),
            (("Tab",), self.tr("More of this")),
        )  # fmt: skip
        for keys, text in known:
            hints += [KeyCaps(*keys), label(text, "tiny", "muted"), 8]
        return framed(row(*hints, None, self._count, spacing=6, margins=(9, 18)), "foot")

    def show_findings(self, found: Findings) -> None:
        """Show this instead of what was found, from its first line on: somebody asked for more."""
        self._place = self._from = 0
        self._take(found, self._asked, is_alone=True)

    @property
    def hits(self) -> list[HitRow]:
        """The lines that are offered, from above."""
        return list(self._rows)

    def open(self) -> None:
        """Show it in the middle, ready to type."""
        if self._scrim is not None:
            self._scrim.show()
            self._scrim.raise_()
        self.show()
        self.place((self._window.width() - WIDTH) // 2, TOP)
        self.input.setFocus()

    @override
    def leave(self) -> None:
        """Put it away; a place that a hit leads to takes the focus afterwards."""
        self._asked += 1  # an answer that is still on its way finds nobody here
        self._give_up()
        if self._scrim is not None:
            self._scrim.hide()
            self._scrim.deleteLater()
        super().leave()
        self.closed.emit()

    @override
    def follow(self, old: QSize, new: QSize) -> None:
        """It hangs from the top, however much it has found."""
        self.move(self.x() + (new.width() - old.width()) // 2, self.y())
        if new.height() != old.height():
            self._draw()  # as many as fit now

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.input and isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            return self._key(event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self._select(self._place + (1 if key == Qt.Key.Key_Down else -1))
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._run(stays=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif key == Qt.Key.Key_Escape:
            self.leave()
        elif key in {Qt.Key.Key_Tab, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp}:
            self._page(key)
        else:
            return False
        return True

    def _page(self, key: Qt.Key) -> None:
        """More of this kind, or what had no room."""
        hit = self._rows[self._place].hit if self._rows else None
        if key == Qt.Key.Key_Tab:
            if hit is not None and hit.more is not None:
                hit.more()
            return
        self._step_page(1 if key == Qt.Key.Key_PageDown else -1)

    def _step_page(self, by: int) -> None:
        """On to what had no room, or back to the beginning."""
        if by > 0 and not self._is_cut:
            return
        self._from = self._from + len(self._rows) - 1 if by > 0 else 0  # the last line is the way on
        self._place = 0
        self._draw()

    def _typed(self, text: str) -> None:
        self._asked += 1
        self._from, self._is_alone = 0, False
        typed = text.strip()
        self._slow.stop()
        self._give_up()
        if typed:
            self._slow.start()
            self._finding = self._tasks.task(self._find(text, self._asked), name="palette")
            self._show(self._acts(typed), typed, self._found)  # what was found for the letters before stays until there is more
        else:
            self._found = Findings()
            self._show(self._acts(typed), typed, self._found)

    def _give_up(self) -> None:
        """What was looked for before is not waited for: the next letter's search would come after it."""
        if self._finding is not None:
            self._finding.cancel()
            self._finding = None

    def _acts(self, typed: str) -> list[Hit]:
        if self._only_records:
            return []
        words = typed.lower().split()
        matching = [
            action
            for action in self._actions.possible()
            if action.in_palette and all(word in action.title.lower() for word in words)
        ]
        order = self._order()
        matching.sort(key=lambda action: (not action.title.lower().startswith(typed.lower()), order[action.group]))
        shown = matching[: MOST_ACTIONS if typed else MOST_ACTIONS + 5]
        return [_hit_of(action) for action in sorted(shown, key=lambda action: order[action.group])]

    def _order(self) -> dict[str, tuple[int, int]]:
        """What is at hand stands first: the groups by rank, then as they became known."""
        order: dict[str, tuple[int, int]] = {}
        for place, action in enumerate(self._actions.all()):
            rank, first = order.get(action.group, (action.rank, place))
            order[action.group] = (max(rank, action.rank), first)
        return order

    async def _find(self, text: str, asked: int) -> None:
        found = await self._search(text)
        if not self._take(found, asked) or found.more is None:
            return
        await asyncio.sleep(SERVER_AFTER_S)
        if asked == self._asked:
            more = await found.more()
            if more is not None:
                self._take(more, asked)

    def _take(self, found: Findings, asked: int, *, is_alone: bool = False) -> bool:
        """Show it, unless it came too late; alone without the acts."""
        if asked != self._asked or self.isHidden():
            return False
        self._slow.stop()
        self._found = found
        self._is_alone = is_alone
        self._draw()
        return True

    def _draw(self) -> None:
        typed = self.input.text().strip()
        self._show([] if self._is_alone else self._acts(typed), typed, self._found)

    def _show(self, acts: list[Hit], typed: str, found: Findings) -> None:
        place = self._place if self._rows and typed else 0
        hits = [*acts[: MOST_BESIDE_RECORDS if found.hits else MOST_ACTIONS + 5], *found.hits][self._from :]
        clear(self._list)
        self._rows = []
        room = self._window.height() - TOP - FRAME_HEIGHT
        group = ""
        if found.note:
            room -= HEAD_HEIGHT + 4
            self._add(framed(row(label(found.note, "small", "text2"), margins=(8, 22, 2, 22)), height=HEAD_HEIGHT + 4))
        fitting = _fitting(hits, room)
        self._is_cut = len(fitting) < len(hits)
        for hit in [*fitting, self._rest(hits[len(fitting) :], fitting)] if self._is_cut else hits:
            if hit.group != group:
                group = hit.group
                self._add(framed(row(label(group, "tiny", "muted", weight=600), margins=(8, 22, 3, 22)), height=HEAD_HEIGHT))
            self._add_line(hit, typed)
        if not hits and not found.note:
            nothing = found.nothing if typed and found.nothing else self._nothing(typed)
            self._add(framed(row(label(nothing, "body", "muted", wraps=True), margins=(16, 22))))
        shown = self.tr("{0} on this device").replace("{0}", str(len(self._rows)))
        self._count.setText(found.count or (shown if hits or typed else ""))
        self._place = min(place, max(len(self._rows) - 1, 0)) if found.hits else 0
        self._select(self._place)
        self.setFixedHeight(self.sizeHint().height())

    def _rest(self, hidden: list[Hit], before: list[Hit]) -> Hit:
        """The line that leads to what has no room."""
        away = sum(hit.is_away for hit in hidden)
        text = self.tr("{0}, of them {1} on the server") if away else "{0}"
        return Hit(
            title=self.tr("More results"), group=before[-1].group if before else "", icon="chevron-down", marks=(), stays=True,
            detail=text.replace("{0}", str(len(hidden))).replace("{1}", str(away)), keys=("PgDn",),
            run=lambda: self._step_page(1),
        )  # fmt: skip

    def _add_line(self, hit: Hit, typed: str) -> None:
        line = HitRow(hit, typed)
        line.pressed.connect(lambda: self._press(line))
        self._rows.append(line)
        self._add(line)

    def _say_slow(self) -> None:
        self._count.setText(self.tr("Searching…"))

    def _nothing(self, typed: str) -> str:
        if typed:
            return self.tr("Nothing found on this device")
        return self.tr(
            'Words, "words in a row", -without, begin*, and from:  kind:  channel:  is:open  owner:me  tag:vip  after:2026-01'
        )

    def _add(self, widget: QWidget) -> None:
        self._list.addWidget(widget)
        widget.show()  # a widget that waits to be shown counts for nothing in the height

    def _select(self, place: int) -> None:
        if self._rows:
            self._place = place % len(self._rows)
            for each, line in enumerate(self._rows):
                line.set_on(is_on=each == self._place)

    def _press(self, line: HitRow) -> None:
        self._place = self._rows.index(line)
        self._run(stays=False)

    def _run(self, *, stays: bool) -> None:
        if not self._rows:
            return
        hit = self._rows[self._place].hit
        if not stays and not hit.stays:
            self.leave()
        hit.run()


def _hit_of(action: Action) -> Hit:
    return Hit(title=action.title, group=action.group, run=action.run, detail=action.detail, icon=action.icon, keys=action.caps)


def _fitting(hits: list[Hit], room: int) -> list[Hit]:
    """All, or as many as leave room for the line that leads to the others."""
    fitting, left, group = list[Hit](), room, ""
    for place, hit in enumerate(hits):
        needed = ROW_HEIGHT + (HEAD_HEIGHT if hit.group != group else 0)
        is_last = place == len(hits) - 1
        if needed + (0 if is_last else ROW_HEIGHT) > left:
            return fitting or hits[:1]
        left, group = left - needed, hit.group
        fitting.append(hit)
    return fitting
