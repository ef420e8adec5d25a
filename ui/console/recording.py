"""Recording on the screen: its keys on a call, the player wherever a call is shown, and letting a recording go."""

from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.desk.playing import STEP_S
from app.domain.calls.queries import CallRow, call
from app.domain.calls.recording import DeleteRecordings
from app.kernel.errors import NotHere
from ui.bridge.messages import Choice, Question
from ui.features.when import duration_text
from ui.shell.actions import Action

if TYPE_CHECKING:
    from ui.console.console import Console

ERASE, LISTEN = "call:erase", "call:listen"


class RecordingGlue(QObject):
    """One recording is listened to at a time, wherever it was begun."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console
        self._taping, self._player = console.core.taping, console.core.player

    def player_of(self, call_id: UUID, seconds: float) -> QWidget | None:
        """What a call's entry shows below it; nothing for who may not listen."""
        if not self._console.core.desk.may(LISTEN):
            return None
        from ui.features.calls.player_view import RecordingPlayer

        return RecordingPlayer(self._player, call_id, seconds, self._console.run)

    def toggle(self) -> None:
        """Record, pause, or go on, on the call that is talked on."""
        current = self._console.core.calls.current
        if current is not None and self._taping.may(current):
            self._console.run(self._taping.toggle(current))

    @property
    def can_record(self) -> bool:
        """Whether the key means anything now."""
        return self._taping.may(self._console.core.calls.current)

    @property
    def _is_taped(self) -> bool:
        return self.can_record and self._taping.tape(self._console.core.calls.current).state in {"recording", "paused"}

    def _stop(self) -> None:
        current = self._console.core.calls.current
        if current is not None:
            self._console.run(self._taping.stop(current))

    # ── listening ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _shown_call(self) -> UUID | None:
        shown = self._console.audit.shown()
        return shown[1] if shown is not None and shown[0] == "call" else None

    def listen(self) -> None:
        """To the call that is shown, or chosen in the list; once it is open: play, or pause."""
        self._console.run(self._listen())

    async def _listen(self) -> None:
        wanted, playback = self._shown_call, self._player.playback.value
        if playback.state in {"ready", "playing"} and wanted in {None, playback.call_id}:
            await self._player.toggle()
        elif wanted is not None and (row := await self._recorded(wanted)) is not None:
            if self._console.window.page == "calls":
                self._console.open_conversation(row.conversation_id)
            await self._player.open(row.id)
            await self._player.toggle()

    async def _recorded(self, call_id: UUID) -> CallRow | None:
        try:
            row = await self._console.core.desk.read(lambda reader: call(reader, call_id))
        except NotHere:
            return None
        if not row.recording.parts:
            self._console.messages.problem(self.tr("This call has no recording."))
            return None
        return row

    def _step(self, seconds: float) -> None:
        self._console.run(self._player.seek(self._player.playback.value.at_s + seconds))

    # ── letting go ────────────────────────────────────────────────────────────────────────────────────────────────────

    def delete(self) -> None:
        """Of the call that is shown, after a word."""
        self._console.run(self._delete())

    async def _delete(self) -> None:
        wanted = self._shown_call
        row = await self._recorded(wanted) if wanted is not None else None
        if row is None:
            return
        question = Question(
            title=self.tr("Delete the recording of this call?"),
            text=self.tr("{0} of talk go from the server and from every device. That the call took place stays.").replace(
                "{0}", duration_text(row.recording.seconds)
            ),
            icon="trash-2",
            choices=(
                Choice(id="keep", text=self.tr("Keep it"), kind="primary"),
                Choice(id="delete", text=self.tr("Delete it for good"), kind="dangerline"),
            ),
            safe="keep",
        )  # fmt: skip
        if await self._console.messages.ask(question) == "delete":
            if self._player.playback.value.call_id == row.id:
                await self._player.close()
            await self._console.core.desk.ask(DeleteRecordings(call_id=row.id))
            self._console.messages.done(self.tr("The recording is deleted."))

    def actions(self) -> list[Action]:
        """In the palette, with their keys."""
        on_call, group, desk = self.tr("On this call"), self.tr("Recording"), self._console.core.desk

        def is_open() -> bool:
            return self._player.playback.value.state in {"ready", "playing"}

        return [
            Action(
                id="call.record", title=self.tr("Record, pause recording, record on"), group=on_call, keys="Ctrl+Shift+R",
                icon="circle-dot", run=self.toggle, is_possible=lambda: self.can_record, is_hint=True,
            ),
            Action(
                id="call.record_stop", title=self.tr("Stop recording"), group=on_call, icon="x", run=self._stop,
                is_possible=lambda: self._is_taped,
            ),
            Action(
                id="recording.listen", title=self.tr("Listen to the recording, pause"), group=group, keys="P", icon="play",
                run=self.listen, is_possible=lambda: desk.may(LISTEN) and (self._shown_call is not None or is_open()),
            ),
            Action(
                id="recording.back", title=self.tr("Five seconds back"), group=group, icon="chevron-left",
                run=lambda: self._step(-STEP_S), is_possible=is_open,
            ),
            Action(
                id="recording.forward", title=self.tr("Five seconds on"), group=group, icon="chevron-right",
                run=lambda: self._step(STEP_S), is_possible=is_open,
            ),
            Action(
                id="recording.delete", title=self.tr("Delete the recording of this call…"), group=group, icon="trash-2",
                run=self.delete,
                is_possible=lambda: self._shown_call is not None and desk.may(ERASE) and desk.connection.value.state == "live",
            ),
        ]  # fmt: skip
