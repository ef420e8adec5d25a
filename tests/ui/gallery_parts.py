"""The inbox of the pictures, built from the console's widgets, as the middle of the gallery's screens."""

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QFrame, QListView, QTextEdit, QWidget
from typing_extensions import override

from tests.ui.samples import CONVERSATIONS
from ui.theme.fonts import font
from ui.widgets.buttons import Button, IconButton
from ui.widgets.choices import Option, Segmented, Tabs
from ui.widgets.conversation_row import ConversationDelegate
from ui.widgets.layout import Item, column, framed, row, rule
from ui.widgets.marks import AvatarView, Chip, IconView
from ui.widgets.text import ElidedLabel, label
from ui.widgets.thread import BubbleText, ThreadScroll, bubble, day_line, system_line

ROOT = QModelIndex()
DRAFT = "I’m on it, Amara. Our payments team released it at 10:31 today, so your bank should show it by"


class SampleRows(QAbstractListModel):
    """Rows that are simply there."""

    def __init__(self, rows: list[Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = rows

    @override
    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row_object = self._rows[index.row()]
        return {Qt.ItemDataRole.UserRole: row_object, Qt.ItemDataRole.AccessibleTextRole: row_object.sentence}.get(
            Qt.ItemDataRole(role)
        )


def conversation_list(width: int, stamp: str = "") -> QFrame:
    """The list at the left."""
    view = QListView()
    view.setModel(SampleRows(CONVERSATIONS, view))
    view.setItemDelegate(ConversationDelegate(view))
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setCurrentIndex(view.model().index(0, 0))
    options = [("Mine", "12"), ("Unassigned", "5"), ("Team", "41"), ("Waiting", "7")][: 3 if width < 320 else 4]
    tabs = Tabs([Option(id=text, text=text, count=count) for text, count in options], "View", height=34, gap=16)
    tools = (
        IconButton("list-filter", "Filter", "F", size=17, box=30),
        IconButton("square-pen", "New conversation", "C", size=17, box=30),
    )
    head = row(label("Inbox", "h1"), label(stamp, "tiny", "warning"), None, *tools, spacing=4, margins=(10, 12, 0, 18))
    layout = column(head, row(tabs, None, margins=(0, 18)), rule(), 6, spacing=0)
    layout.addWidget(view, 1)
    return framed(layout, "left", width=width)


def thread(side: int) -> ThreadScroll:
    """What was said with Amara."""
    said: list[Item] = [
        day_line("Today"),
        _in("Hi! I returned the blue jacket last Monday but I haven’t received my refund yet.", "10:02"),
        system_line("git-branch", "Routed to Returns · assigned to you by skill “Refunds, English”"),
        _out("Hi Amara, sorry about the wait. Let me look that up for you right away.", "10:03", "read"),
        bubble(
            BubbleText(
                kind="note", who="You", note_title="Internal note", meta="You · 10:05 · your team only",
                text="Warehouse confirmed the parcel on 18 Nov (scan LOS-2210). The refund sits in payments review. "
                "@Priya can you release it?",
            )
        ),
        _out(
            "Your parcel arrived on the 18th. The refund of €89.00 is being released now and should reach your account "
            "within two working days.", "10:09", "delivered",
        ),
        _in(
            "Thank you. Can you check why the refund hasn’t arrived yet? It’s been five days and my bank sees nothing pending.",
            "10:41",
        ),
    ]  # fmt: skip
    inner = QWidget()
    inner.setLayout(column(None, *said, spacing=14, margins=(16, side)))
    area = ThreadScroll()
    area.hold(inner)
    return area


def _in(text: str, when: str) -> QWidget:
    return bubble(BubbleText(kind="in", text=text, meta=f"Amara · {when}", who="Amara Okafor"))


def _out(text: str, when: str, mark: str) -> QWidget:
    return bubble(BubbleText(kind="out", text=text, meta=f"You · {when}", who="You", mark=mark, mark_name=mark))


def thread_head() -> QFrame:
    """What the thread is about, and what can be done with it."""
    first = row(
        label("Refund for order #48190", "h1"), Chip("Returns"), Chip("Due in 18 min", "warning", "timer"), None, spacing=8
    )
    second = row(
        label("Amara Okafor  · ", "small", "muted"), IconView("message-circle", "whatsapp", 13),
        label("WhatsApp  ·  Assigned to you  ·  Ticket 8841", "small", "muted", tabular=True), None, spacing=6,
    )  # fmt: skip
    line = row(spacing=2, margins=(0, 20, 0, 20))
    line.addLayout(column(None, first, second, None, spacing=3), 1)
    for name, tip, key in (("clock", "Snooze", "Z"), ("user-plus", "Assign", "A"), ("ellipsis", "More", ".")):
        line.addWidget(IconButton(name, tip, key, size=17))
    line.addSpacing(4)
    line.addWidget(Button("Resolve", icon_name="check", keys=("E",)))
    return framed(line, "head", height=62)


def composer(draft: str, *, is_focused: bool) -> QFrame:
    """A reply that is being typed."""
    text = QTextEdit()
    text.setFont(font())
    text.setPlainText(draft)
    text.setPlaceholderText("Reply on WhatsApp   / for canned replies")
    text.setFixedHeight(64)
    text.document().setDocumentMargin(0)
    text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    text.moveCursor(text.textCursor().MoveOperation.End)
    kind = Segmented([Option(id="reply", text="Reply"), Option(id="note", text="Note")], "Kind", height=26)
    head = row(
        kind, 4, Chip("WhatsApp", "whatsapp", "message-circle", fill="inset"), label("+234 80 5550 199", "tiny", "muted"), None,
        label("Reply window 23 h", "tiny", "muted"), spacing=6,
    )  # fmt: skip
    tools = [IconButton(name, name, size=17, box=28, tone="muted") for name in ("paperclip", "smile", "zap", "book-open")]
    send = Button("Send", "primary", keys=("Ctrl", "↵"), height=30)
    foot = row(*tools, None, label("Draft saved" if draft else "", "tiny", "muted"), 6, send, spacing=2)
    frame = framed(column(head, text, foot, spacing=8, margins=(8, 8, 8, 12)), "composer")
    frame.setProperty("focused", is_focused)
    return frame


def side_panel(width: int) -> QFrame:
    """Who Amara is."""
    words = column(
        label("Amara Okafor", "title"), label("Okafor Studio · Lagos, 11:42", "small", "muted", tabular=True),
        row(Chip("Customer since 2021"), Chip("VIP", "accent_text", "star"), None, spacing=6, margins=(4, 0, 0, 0)), spacing=2,
    )  # fmt: skip
    who = row(AvatarView("Amara Okafor", 44), spacing=12)
    who.addLayout(words, 1)
    acts = [
        IconButton(name, name, size=17, box=34, is_outlined=True)
        for name in ("phone", "mail", "message-circle", "message-square-text", "calendar")
    ]
    title = row(IconView("pin", "warning", 13), label("Pinned", "tiny", "warning", weight=600), None,
                label("Priya, 3 Nov", "tiny", "muted"), spacing=5)  # fmt: skip
    pinned = "Prefers WhatsApp after 16:00 Lagos time. Never offer vouchers instead of a refund."
    pin = framed(column(title, label(pinned, "small", "note_text", wraps=True), spacing=4, margins=(8, 10)), "note")
    facts = [("Phone", "+234 80 5550 199"), ("E-mail", "amara@okaforstudio.example"), ("Language", "English, Yoruba"),
             ("Owner", "Marta Kowalska"), ("Plan", "Care Plus · €24 / month")]  # fmt: skip
    recent = [("phone-incoming", "voice", "Call · 4:12 · Returns", "12 Nov"),
              ("mail", "email", "Your return label LOS-2210", "10 Nov"),
              ("message-circle", "whatsapp", "Size exchange, blue jacket", "9 Nov"),
              ("package", "muted", "Order #48190 · €89.00", "2 Nov")]  # fmt: skip
    parts: list[Item] = [who, 2, row(*acts, None, spacing=6), 2, pin, 2, label("Details", "small_strong", "muted")]
    parts += [_fact(*each) for each in facts]
    parts += [4, rule(), 4, label("Recent", "small_strong", "muted"), *(_line(*each) for each in recent), None]
    return framed(column(*parts, spacing=8, margins=(18, 18)), "right", width=width)


def _fact(name: str, value: str) -> QFrame:
    key = label(name, "body", "muted")
    key.setFixedWidth(88)
    line = row(key, spacing=8)
    line.addWidget(ElidedLabel(value, tabular=True), 1)
    return framed(line)


def _line(mark: str, tone: str, text: str, when: str) -> QFrame:
    line = row(IconView(mark, tone, 15), spacing=8)
    line.addWidget(ElidedLabel(text), 1)
    line.addWidget(label(when, "small", "muted", tabular=True))
    return framed(line)


def inbox(width: int, *, draft: str = DRAFT, is_focused: bool = True, stamp: str = "") -> QWidget:
    """The page, laid out for a window of that width."""
    side = max(20, (width - 1440) // 4)
    page = QWidget()
    layout = row(conversation_list(280 if width < 1360 else 328 if width < 1800 else 360, stamp), spacing=0)
    middle = column(thread_head(), spacing=0)
    middle.addWidget(thread(side), 1)
    middle.addLayout(row(composer(draft, is_focused=is_focused), margins=(0, side, 16, side)))
    layout.addWidget(framed(middle), 1)
    if width >= 1360:
        layout.addWidget(side_panel(344 if width < 1800 else 380))
    page.setLayout(layout)
    return page
