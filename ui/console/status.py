"""What the strip, the banner and the state chip say: how fresh things are, and how the agent stands."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.bootstrap import Core
from app.desk.agent_state import ForcedState
from app.desk.desk import Connection
from ui.bridge.fresh import as_of_text
from ui.features.calls.bar import short_trouble, trouble_text
from ui.features.outbox.viewmodel import OutboxPanel
from ui.features.when import duration_text
from ui.shell.main_window import MainWindow
from ui.shell.strips import StatusItem


class StatusGlue(QObject):
    """`outbox_wanted`: show it; `phone_wanted`: its settings; `held_wanted`: show the deletions that were stopped."""

    outbox_wanted = Signal()
    phone_wanted = Signal()
    held_wanted = Signal()

    def __init__(self, window: MainWindow, core: Core, outbox: OutboxPanel) -> None:
        super().__init__(window)
        self._window, self._core, self._outbox = window, core, outbox
        self._held = ("", "")  # title and text of what was stopped
        self._press: Callable[[], object] = core.syncer.wake
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._show_strip)
        self._tick.start()
        core.desk.connection.subscribe(lambda _: self._show())
        outbox.rows.subscribe(lambda _: self._show_strip())
        core.calls.lines.all.subscribe(lambda _: self._show_strip())
        core.agent.state.subscribe(lambda _: self._show_state())
        core.agent.forced.subscribe(self._tell_forced)
        core.desk.me.subscribe(lambda _: self._show_me())
        window.strip.pressed.connect(self._strip_pressed)
        window.banner.pressed.connect(self._pressed)
        self._show()
        self._show_state()
        self._show_me()

    def _show(self) -> None:
        connection = self._core.desk.connection.value
        self._show_banner(connection)
        self._show_strip()

    def _pressed(self) -> None:
        self._press()

    def _strip_pressed(self, act: str) -> None:
        (self.phone_wanted if act == "phone" else self.outbox_wanted).emit()

    def show_held(self, title: str, text: str) -> None:
        """Deletions were stopped, or are no longer; being offline is said first."""
        self._held = (title, text)
        self._show()

    def _as_of(self, connection: Connection) -> str:
        return as_of_text(connection, self._core.desk)

    def _show_banner(self, connection: Connection) -> None:
        banner = self._window.banner
        if connection.state == "offline":
            waiting = self._waiting_words(connection.waiting)
            text = f"{self.tr('Everything works.')} {waiting if connection.waiting else ''} {self.tr('Calls are not affected.')}"
            title = self.tr("Working offline, {0}").replace("{0}", self._as_of(connection))
            banner.show_text("warning", "cloud-off", title, " ".join(text.split()), act=self.tr("Try now"))
            self._press = self._core.syncer.wake
        elif self._held[0]:
            banner.show_text("warning", "hand", *self._held, act=self.tr("Look at them"))
            self._press = self.held_wanted.emit
        elif connection.state == "catching_up" and connection.todo > 1000:
            title = self.tr("Catching up")
            text = self.tr("{0} of {1}").replace("{0}", f"{connection.done:,}").replace("{1}", f"{connection.todo:,}")
            banner.show_text("info", "refresh-cw", title, text)
        elif connection.state in {"live", "catching_up"}:
            banner.show_text("info", "info", "", "")

    def _waiting_words(self, count: int) -> str:
        if count == 1:
            return self.tr("1 change waits in the outbox and goes out when the server answers.")
        return self.tr("{0} changes wait in the outbox and go out when the server answers.").replace("{0}", str(count))

    def _show_strip(self) -> None:
        connection = self._core.desk.connection.value
        now = self._core.desk.now().strftime("%H:%M:%S")
        match connection.state:
            case "live":
                fresh = StatusItem(tone="success_dot", text=self.tr("Live · {0}").replace("{0}", now))
            case "catching_up":
                done = f"{connection.done:,}" if connection.done else ""
                fresh = StatusItem(tone="info_dot", text=f"{self.tr('Catching up')} {done}".rstrip())
            case "connecting":
                fresh = StatusItem(tone="edge", text=f"{self.tr('Connecting')} · {self._as_of(connection)}")
            case _:
                fresh = StatusItem(
                    tone="warning_dot", text=f"{self.tr('Offline')} · {self._as_of(connection)}", text_tone="warning"
                )
        items = [fresh, self._phone_item()]
        if connection.waiting:
            text = self.tr("{0} in outbox").replace("{0}", str(connection.waiting))
            items.insert(1, StatusItem(tone="warning_dot", text=text, act="outbox"))
        if needing := self._outbox.needing:
            words = (self.tr("{0} needs you") if needing == 1 else self.tr("{0} need you")).replace("{0}", str(needing))
            items.insert(1, StatusItem(tone="danger_dot", text=words, act="outbox", text_tone="danger"))
        self._window.strip.show_items(items)

    def _phone_item(self) -> StatusItem:
        """The default account; amber when only another one gets no calls."""
        lines = self._core.calls.lines
        line, hint = lines.default.value, trouble_text(lines) if len(lines.all.value) > 1 else ""
        if line.state == "registered" and lines.down:
            return StatusItem(tone="warning_dot", text=short_trouble(lines), text_tone="warning", hint=hint, act="phone")
        phones = {
            "registered": ("success_dot", self.tr("Phone registered")), "registering": ("info_dot", self.tr("Phone signs in")),
            "failed": ("danger_dot", line.reason or self.tr("Phone not registered")),
            "unregistered": ("edge", self.tr("No phone")),
        }  # fmt: skip
        tone, words = phones[line.state]
        return StatusItem(tone=tone, text=words, hint=hint, act="phone" if line.state == "failed" else "")

    def _show_state(self) -> None:
        state = self._core.agent.state.value
        words = dict(state_words(self))

        def timer() -> str:
            if state.since is None:
                return ""
            return duration_text((self._core.desk.clock.now() - state.since).total_seconds())

        self._window.top.state.show_state(state.state, words.get(state.state, state.state), timer)

    def _tell_forced(self, forced: ForcedState | None) -> None:
        """It stands in the menu of the states until one chooses; it is said once when it comes."""
        words = "" if forced is None else self._forced_words(forced)
        self._window.top.state.show_note(words)
        if words:
            self._window.toasts.show(words)

    def _forced_words(self, forced: ForcedState) -> str:
        state = dict(state_words(self)).get(forced.state, forced.state)
        by = forced.by or self.tr("An administrator")
        words = self.tr("{0} set your state to {1}: {2}") if forced.reason else self.tr("{0} set your state to {1}.")
        return words.replace("{0}", by).replace("{1}", state).replace("{2}", forced.reason)

    def _show_me(self) -> None:
        me = self._core.desk.me.value
        if me is not None:
            self._window.top.me.show_person(me.name)


def state_words(speaker: QObject) -> list[tuple[str, str]]:
    """Every agent state with its word."""
    return [
        ("available", speaker.tr("Available")), ("busy", speaker.tr("Busy")), ("on_call", speaker.tr("On a call")),
        ("wrap_up", speaker.tr("Wrap-up")), ("away", speaker.tr("Away")), ("break", speaker.tr("On break")),
        ("offline", speaker.tr("Offline")),
    ]  # fmt: skip
