"""The thread: its head with what can be done, what was said, and the composer below."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QStackedWidget, QWidget

from app.desk.desk import Desk
from app.domain.attachments.queries import AttachmentCard
from app.domain.calls.queries import CallRow
from app.domain.conversations.queries import ConversationRow
from app.domain.messages.queries import MessageRow
from app.domain.timeline.queries import TimelineEntry
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.players import PlayerOf, no_player
from ui.features.acts import lock_words
from ui.features.conversations.caller_head import CallerHead
from ui.features.conversations.composer import Composer
from ui.features.conversations.file_view import FileLine
from ui.features.conversations.inbox import CALL_WORDS, CHANNEL_WORDS
from ui.features.conversations.mail_view import MailView
from ui.features.conversations.viewmodel import ThreadItem, ThreadPanel
from ui.features.when import call_text, clock_text, day_text, due_text, duration_text
from ui.theme.tokens import CHANNEL_ICONS
from ui.widgets.buttons import Button, IconButton
from ui.widgets.layout import column, framed, row
from ui.widgets.lock_button import LockButton
from ui.widgets.marks import Chip, IconView
from ui.widgets.sizes import size_text
from ui.widgets.states import EmptyState
from ui.widgets.tags import TagRow
from ui.widgets.text import ElidedLabel, label
from ui.widgets.thread import BUBBLE_WIDTH, BubbleText, ThreadScroll, bubble, day_line, system_line, timeline_item

ON_CALL = frozenset({"call.ringing", "call.active"})
MOST_TEXT = 20_000  # characters in one bubble


class ThreadView(QFrame):
    """One conversation. `assign_wanted`, `snooze_wanted`, `tag_wanted`: a choice is to be made;
    `lock_wanted`: locked, or no longer."""

    assign_wanted = Signal()
    snooze_wanted = Signal()
    history_wanted = Signal()
    lock_wanted = Signal()
    tag_wanted = Signal(str, object, str)

    def __init__(self, panel: ThreadPanel, desk: Desk, run: Run) -> None:
        super().__init__()
        self._panel, self._desk, self._run = panel, desk, run
        self._shown: UUID | None = None
        self.player_of: PlayerOf = no_player
        self._title, self._sub = ElidedLabel("", "h1", hugs=True), ElidedLabel("", "small", "muted", tabular=True, hugs=True)
        self._tags = TagRow()
        self._channel, self._due, self._status = IconView("mail", "email", 13), Chip(" "), Chip(" ")
        self._locked, self._lock = Chip(" "), LockButton()
        self._resolve = Button(self.tr("Resolve"), icon_name="check", keys=("E",))
        self._scroll, self.composer, self._caller = ThreadScroll(), Composer(), CallerHead(desk)
        self._caller.hide()
        self._others = label("", "small", "info")
        self._others.hide()
        self._empty = EmptyState(self.tr("Choose a conversation on the left."))
        self._body = QFrame()
        layout = column(self._head(), self._caller, spacing=0)
        layout.addWidget(self._scroll, 1)
        self._foot = column(self._others, self.composer, spacing=4, margins=(0, 20, 16, 20))
        layout.addLayout(self._foot)
        self._body.setLayout(layout)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._body)
        self.setLayout(column(self._stack, spacing=0))
        self._connect()

    def _head(self) -> QWidget:
        history = IconButton("history", self.tr("History"), "H", size=17)
        history.clicked.connect(self.history_wanted)
        snooze = IconButton("clock", self.tr("Snooze"), "Z", size=17)
        snooze.clicked.connect(self.snooze_wanted)
        assign = IconButton("user-plus", self.tr("Assign"), "A", size=17)
        assign.clicked.connect(self.assign_wanted)
        self._resolve.clicked.connect(self.toggle_resolved)
        first = row(spacing=8)
        first.addWidget(self._title)
        first.addWidget(self._status)
        first.addWidget(self._due)
        first.addWidget(self._locked)
        first.addStretch(1)
        second = row(self._channel, self._sub, 6, spacing=6)
        second.addWidget(self._tags, 1)
        line = row(spacing=2, margins=(0, 20, 0, 20))
        line.addLayout(column(None, first, second, None, spacing=3), 1)
        line.addSpacing(12)
        self._lock.clicked.connect(self.lock_wanted)
        for button in (self._lock, history, snooze, assign, self._resolve):
            line.addWidget(button)
        return framed(line, "head", height=62)

    def show_others(self, text: str) -> None:
        """Who else is here, and since when; "" when nobody is."""
        self._others.setText(text)
        self._others.setVisible(bool(text))

    async def keep_draft(self) -> None:
        """Now, and not a moment after the last key: the console closes."""
        if (draft := self.composer.take_unkept()) is not None:
            await self._panel.keep_draft(draft)

    def _choose_tags(self) -> None:
        if (header := self._panel.header.value) is not None:
            self.tag_wanted.emit("conversation", header.id, self._title.text())

    def _connect(self) -> None:
        self._tags.choose_wanted.connect(self._choose_tags)
        self._tags.removed.connect(lambda tag: self._run.telling(self._panel.untag(tag), undo=True))
        self.composer.sent.connect(self._send)
        self.composer.drafted.connect(lambda draft: self._run(self._panel.keep_draft(draft)))
        self.composer.attach_wanted.connect(self.choose_files)
        self.composer.files_given.connect(lambda paths: self._run(self._panel.attach(paths)))
        self.composer.files.dropped.connect(lambda sha256: self._run(self._panel.take_off(sha256)))
        bind(self, self._panel.draft, lambda draft: self.composer.files.show_files(draft.files))
        self._caller.kind_chosen.connect(self._panel.kind.set)
        bind(self, self._panel.header, self._show_header)
        bind(self, self._panel.caller, lambda caller: self._caller.show_caller(caller, self._panel.kind.value))
        bind(self, self._panel.items, lambda _: self._show_items())

    def choose_files(self) -> None:
        """Ask which files go out with the answer."""
        dialog = QFileDialog(self, self.tr("Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self._run(self._panel.attach([Path(name) for name in names])))
        dialog.open()

    def set_margins(self, side: int) -> None:
        """On a wide screen the line of text stays readable."""
        self._foot.setContentsMargins(side, 0, side, 16)
        self._side = side
        self._show_items()

    _side = 20

    def _send(self, text: str, is_note: bool, and_resolve: bool) -> None:
        if is_note:
            self._run(self._panel.add_note(text), self.tr("Note added."), undo=True)
        else:
            self._run(self._panel.send(text, and_resolve=and_resolve))
        self.composer.text.clear()

    def toggle_resolved(self) -> None:
        """Resolve, or open again."""
        header = self._panel.header.value
        if header is not None:
            is_resolved = header.status == "resolved"
            done = self.tr("Opened again.") if is_resolved else self.tr("Resolved.")
            self._run(self._panel.set_status("open" if is_resolved else "resolved"), done, undo=True)

    def _show_header(self, header: ConversationRow | None) -> None:
        self._stack.setCurrentWidget(self._empty if header is None else self._body)
        if header is None:
            return
        who = header.contact_name or header.address or self.tr("Unknown")
        channel = self.tr(CHANNEL_WORDS.get(header.channel, header.channel))
        owner = self._owner_word(header.owner_id)
        is_named_below = header.channel == "voice" and header.contact_id is not None
        self._title.set_text(header.subject or (self.tr("Phone call") if is_named_below else who))
        self._sub.set_text(f"{channel}  ·  {who}  ·  {owner}")
        self._channel.show_icon(CHANNEL_ICONS.get(header.channel, "mail"), header.channel)
        due, tone = due_text(header.reply_due_at, self._desk.now())
        self._due.setVisible(bool(due))
        words = self.tr("Overdue by {0}") if tone == "danger" else self.tr("Due in {0}")
        self._due.show_text(words.replace("{0}", due.lstrip("−")), tone or "muted", "timer")
        self._show_state(header)
        self._resolve.set_words(self.tr("Reopen") if header.status == "resolved" else self.tr("Resolve"))
        self.composer.setVisible(header.preview_kind not in ON_CALL)  # the call panel has the note of a call that is on
        self.composer.show_target(header.channel, channel, header.address, who, is_closed=self._panel.is_closed)
        if header.id != self._shown:
            self._shown = header.id
            self.composer.fill(self._panel.draft.value)
            if header.channel == "voice":
                self._scroll.go_to_start()
            else:
                self._scroll.go_to_end()

    def _show_state(self, header: ConversationRow) -> None:
        self._status.setVisible(header.status != "open")
        self._status.show_text(self._status_word(header.status), "info" if header.status == "snoozed" else "success")
        self._locked.setVisible(header.locked_at is not None)
        self._lock.show_lock(is_locked=header.locked_at is not None, may_turn=self._desk.may("conversation:lock"))
        if header.locked_at is not None:
            words = lock_words(self._panel.locked_by, header.locked_at, self._desk.now())
            self._locked.show_text(words, "warning", "lock", fill="warning_soft")
        self._tags.setVisible(not self._desk.hides("conversation", "tags"))
        self._tags.show_tags(header.tags, may_change=self._desk.may_tag("conversation", is_locked=header.locked_at is not None))

    def _owner_word(self, owner_id: UUID | None) -> str:
        if owner_id is None:
            return self.tr("Unassigned")
        return self.tr("Assigned to you") if owner_id == self._desk.user_id else self.tr("Assigned")

    def _status_word(self, status: str) -> str:
        return {"resolved": self.tr("Resolved"), "snoozed": self.tr("Snoozed"), "pending": self.tr("Pending")}.get(status, " ")

    def _show_items(self) -> None:
        """Mail and chat end with the newest; beside a call the newest stands first, as on the person's page."""
        header = self._panel.header.value
        is_call = header is not None and header.channel == "voice"
        items = self._panel.items.value
        inner, now = QWidget(), self._desk.now()
        layout = column(*(() if is_call else (None,)), spacing=0, margins=(16, self._side))
        shown = list(reversed(items)) if is_call else list(items)
        days = [day_text(item.at, now) for item in shown]
        for place, item in enumerate(shown):
            is_first, is_last = place == 0 or days[place] != days[place - 1], [days[place]] != days[place + 1 : place + 2]
            if is_first:
                layout.addSpacing(14 if place else 0)
                layout.addWidget(day_line(days[place]))
            is_joined = not is_first and item.past is not None and shown[place - 1].past is not None
            layout.addSpacing(0 if is_joined else 14)
            layout.addWidget(self._widget_of(item, now, is_last=is_last))
        if is_call:
            layout.addStretch(1)
        inner.setLayout(layout)
        self._scroll.hold(inner, side=self._side, ends_at_top=is_call)

    def _widget_of(self, item: ThreadItem, now: datetime, *, is_last: bool) -> QWidget:
        if item.note is not None:
            by = self.tr("You") if item.note.author_id == self._desk.user_id else item.note.author_name
            meta = f"{by} · {clock_text(item.at, now.tzinfo)} · {self.tr('your team only')}"
            return bubble(BubbleText(kind="note", text=item.note.text, meta=meta, who=by, note_title=self.tr("Internal note")))
        if item.call is not None:
            return self._call_line(item.call, now)
        if item.past is not None:
            return self._past_line(item.past, now, is_last=is_last)
        if item.message is None:
            return QWidget()
        return self._message(item.message, item, now)

    def _call_line(self, call: CallRow, now: datetime) -> QWidget:
        kind = f"call.{call.outcome}.{call.direction}" if call.state == "ended" else f"call.{call.state}"
        parts = [self.tr(CALL_WORDS.get(kind, "Call")), call.queue, call.number_shown or call.number]
        if call.answered_at and call.ended_at:
            parts.append(duration_text((call.ended_at - call.answered_at).total_seconds()))
        parts.append(clock_text(call.started_at, now.tzinfo))
        icon_name = (
            "phone-missed" if call.outcome == "missed" else "phone-incoming" if call.direction == "in" else "phone-outgoing"
        )
        line = system_line(
            icon_name, " · ".join(part for part in parts if part), "danger" if call.outcome == "missed" else "voice"
        )
        player = self.player_of(call.id, call.recording.seconds) if call.recording.parts else None
        return line if player is None else framed(column(line, player, spacing=8))

    def _past_line(self, past: TimelineEntry, now: datetime, *, is_last: bool) -> QWidget:
        """What happened with a caller elsewhere: one line each, so that the call itself stays in sight."""
        marks = {"call": ("phone", "voice"), "note": ("sticky-note", "warning"), "task": ("square-check-big", "accent_text")}
        icon_name, tone = marks.get(past.kind, (CHANNEL_ICONS.get(past.channel, "mail"), past.channel or "email"))
        title = past.title or past.body.split("\n")[0] or self.tr("Message")
        if past.kind == "call":
            title = call_text(past.detail, past.title, past.duration_s)
        meta = past.by if past.kind == "message" else ""
        body = past.body if past.kind == "call" else ""
        return timeline_item(
            icon_name=icon_name,
            tone=tone,
            title=title,
            meta=meta,
            when=clock_text(past.at, now.tzinfo),
            body=body[:300],
            is_last=is_last,
            below=self.player_of(past.id, past.recorded_s) if past.recorded_s else None,
        )

    def _message(self, message: MessageRow, item: ThreadItem, now: datetime) -> QWidget:
        clock = clock_text(message.sent_at, now.tzinfo)
        if message.direction == "in":
            first = message.author_name.split(" ")[0] or message.from_address
            extras = self._extras(message, item)
            text = message.text[:MOST_TEXT] or (self.tr("(no text)") if not message.html else "")
            said = BubbleText(kind="in", text=text, meta=f"{first} · {clock}", who=message.author_name or message.from_address)
            return bubble(said, *extras)
        by = self.tr("You") if message.author_id == self._desk.user_id else message.author_name
        meta, name = f"{by} · {clock}", self._mark_name(message)
        extras = self._extras(message, item)
        if message.state == "failed":
            meta = f"{meta} · {self.tr('Not sent')}: {message.state_reason or ''}"
            retry = Button(self.tr("Retry"), icon_name="refresh-cw", height=26)
            retry.clicked.connect(lambda: self._run(self._panel.retry(message.id)))
            extras.append(retry)
        return bubble(
            BubbleText(kind="out", text=message.text[:MOST_TEXT], meta=meta, who=by, mark=message.state, mark_name=name), *extras
        )

    def _mark_name(self, message: MessageRow) -> str:
        words = {
            "queued": self.tr("Waiting to be sent"), "sending": self.tr("Being sent"),
            "sent": self.tr("Sent"), "delivered": self.tr("Delivered"),
            "read": self.tr("Read"), "failed": self.tr("Not sent"),
        }  # fmt: skip
        return words.get(message.state, "")

    def _extras(self, message: MessageRow, item: ThreadItem) -> list[QWidget]:
        extras: list[QWidget] = []
        if message.html and not message.text.strip():
            extras.append(MailView(message.html, BUBBLE_WIDTH))
        extras += [self._file_line(file) for file in item.files if not file.is_inline]
        if message.problems:
            extras.append(
                framed(row(IconView("triangle-alert", "warning", 13), label(message.problems, "tiny", "warning", wraps=True)))
            )
        return extras

    def _file_line(self, card: AttachmentCard) -> QWidget:
        if self._panel.files is not None:
            return FileLine(card, self._panel.files, self._run)
        size = label(size_text(card.size_bytes), "tiny", "muted", tabular=True)
        return framed(row(IconView("paperclip", "muted", 13), label(card.name, "small"), size, None, spacing=6))
