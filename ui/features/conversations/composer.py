"""The composer: a reply or a note, its draft kept while it is typed, sent with one key."""

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QFrame
from typing_extensions import override

from app.desk.drafts import Draft
from ui.features.conversations.attaching import DraftFiles, DraftText
from ui.theme.fonts import font
from ui.theme.tokens import CHANNEL_ICONS
from ui.widgets.buttons import Button, IconButton
from ui.widgets.choices import Option, Segmented
from ui.widgets.layout import column, row, set_role
from ui.widgets.marks import Chip
from ui.widgets.text import label

KEEP_MS = 400
LEAST_HEIGHT, MOST_HEIGHT = 64, 220


class Composer(QFrame):
    """`sent`: text, whether it is a note, whether to resolve. `drafted`: what is being typed, a moment after the last key.

    `attach_wanted`: ask for files; `files_given`: here they are.
    """

    sent = Signal(str, bool, bool)
    drafted = Signal(object)
    attach_wanted = Signal()
    files_given = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self._takes_replies, self._takes_files = True, True
        self.setProperty("role", "composer")
        self.text = self._make_text()
        self._kind = Segmented(
            [Option(id="reply", text=self.tr("Reply")), Option(id="note", text=self.tr("Note"))], self.tr("Kind"), height=26
        )
        self._channel, self._address = Chip(" "), label("", "tiny", "muted", tabular=True)
        self.files = DraftFiles()
        self._attach = IconButton("paperclip", self.tr("Attach files"), "Ctrl ⇧ F", size=16, box=28)
        self._attach.clicked.connect(self.attach_wanted)
        self.text.files_given.connect(self.files_given)
        self._saved = label("", "tiny", "muted")
        self._send = Button(self.tr("Send"), "primary", keys=("Ctrl", "↵"), height=30)
        head = row(self._kind, 4, self._channel, self._address, None, spacing=6)
        foot = row(self._attach, None, self._saved, 6, self._send, spacing=4)
        self.setLayout(column(head, self.text, self.files, foot, spacing=8, margins=(8, 8, 8, 12)))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_MS)
        self._timer.timeout.connect(self._keep)
        self.text.textChanged.connect(self._typed)
        self._kind.chosen.connect(lambda _: self._kind_changed())
        self._send.clicked.connect(lambda _checked=False: self.send())
        self._is_filling = False
        self._customer = ""
        self._kind_changed()

    def _make_text(self) -> DraftText:
        text = DraftText()
        text.setFont(font())
        text.setAcceptRichText(False)
        text.setTabChangesFocus(True)
        text.setFixedHeight(LEAST_HEIGHT)
        text.document().setDocumentMargin(0)
        text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        text.installEventFilter(self)
        return text

    @property
    def is_note(self) -> bool:
        """Whether what is typed is for the colleagues only."""
        return self._kind.value == "note" or not self._takes_replies

    def show_target(self, channel: str, channel_word: str, address: str, customer: str, *, is_closed: bool = False) -> None:
        """Whom and over what a reply goes; `is_closed`: none does, somebody has locked it."""
        self._customer = customer
        self._takes_replies = channel != "voice" and not is_closed  # one cannot write back to a call
        self._takes_files = channel == "email"
        self._kind.setEnabled(self._takes_replies)
        self._channel.show_text(channel_word, channel, CHANNEL_ICONS.get(channel, ""), fill="inset")
        self._address.setText(address)
        self._kind_changed()

    def fill(self, draft: Draft) -> None:
        """The draft of another conversation, or none."""
        self._is_filling = True
        self._kind.choose("note" if draft.is_note else "reply")
        self.text.setPlainText(draft.text)
        cursor = self.text.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.text.setTextCursor(cursor)
        self._is_filling = False
        self._saved.setText(self.tr("Draft saved") if draft.text else "")
        self._kind_changed()

    def begin(self, *, is_note: bool) -> None:
        """Put the caret here, as a reply or as a note."""
        self._kind.choose("note" if is_note else "reply")
        self._kind_changed()
        self.text.setFocus()

    def send(self, *, and_resolve: bool = False) -> None:
        """Hand it over; an empty one goes nowhere."""
        text = self.text.toPlainText().strip()
        if text:
            self._timer.stop()
            self.sent.emit(text, self.is_note, and_resolve)

    def _kind_changed(self) -> None:
        self._kind.choose("note" if self.is_note else "reply")
        set_role(self, "note", self.is_note)
        who = self._customer or self.tr("the customer")
        hint = self.tr("Note for your team; {0} never sees it") if self.is_note else self.tr("Reply to {0}")
        self.text.setPlaceholderText(hint.replace("{0}", who))
        self.text.setAccessibleName(hint.replace("{0}", who))
        self._send.set_words(self.tr("Add note") if self.is_note else self.tr("Send"))
        self._channel.setVisible(not self.is_note)
        self._attach.setVisible(self._takes_files and not self.is_note)
        self._address.setVisible(not self.is_note)

    def _typed(self) -> None:
        wanted = int(self.text.document().size().height()) + 4
        self.text.setFixedHeight(max(LEAST_HEIGHT, min(MOST_HEIGHT, wanted)))
        self._send.setEnabled(bool(self.text.toPlainText().strip()))
        if not self._is_filling:
            self._saved.setText("")
            self._timer.start()

    def take_unkept(self) -> Draft | None:
        """What was typed since the draft was last kept; nothing when all is."""
        if not self._timer.isActive():
            return None
        self._timer.stop()
        return Draft(text=self.text.toPlainText(), is_note=self.is_note)

    def _keep(self) -> None:
        self.drafted.emit(Draft(text=self.text.toPlainText(), is_note=self.is_note))
        self._saved.setText(self.tr("Draft saved") if self.text.toPlainText().strip() else "")

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.FocusIn, QEvent.Type.FocusOut}:
            set_role(self, "focused", event.type() == QEvent.Type.FocusIn)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            is_enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            if is_enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.send(and_resolve=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
                return True
        return super().eventFilter(watched, event)
