"""The phone on the screen: the pop card, the bar and the call panel follow the phone's desk."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from app.bootstrap import Core
from app.desk.screen_pop import CallerCard, OpenThing
from app.desk.telephony import LiveCall
from app.kernel.words import tr
from ui.bridge.acts import Run
from ui.bridge.messages import Choice, Messages, Question
from ui.console.background import BackgroundKey
from ui.features.calls.bar import bar_state
from ui.features.calls.dialling import DialChoice, dial_choices
from ui.features.calls.panel import CallPanel
from ui.features.when import age_text, call_text, duration_text, local_text
from ui.shell.main_window import MainWindow
from ui.shell.pop_card import PopCard, PopCardView, PopChoice, PopLine, PopWindow
from ui.shell.top_bar import HEIGHT
from ui.widgets.languages import country_name, language_name
from ui.widgets.menus import Menu

MARGIN, COMPACT_BELOW = 12, 1360
LOOKING_MS = 60  # the longest that the bar waits for the caller's card
THING_ICONS = {
    "message": ("mail", "email"), "call": ("phone-incoming", "voice"), "task": ("square-check-big", "accent_text"),
    "note": ("sticky-note", "warning"),
}  # fmt: skip


class CallsGlue(QObject):
    """`popped`: a card is on the screen. `create_wanted`: a number nobody has. `opened`: somebody's record."""

    popped = Signal(object)
    create_wanted = Signal(str)
    opened = Signal(object)
    fix_wanted = Signal()
    call_began = Signal(object)
    call_over = Signal()

    def __init__(self, window: MainWindow, core: Core, panel: CallPanel, run: Run) -> None:
        super().__init__(window)
        self._window, self._core, self._panel, self._run = window, core, panel, run
        self._phone, self._desk, self._echo = core.calls, core.desk, core.echo
        self._is_testing = False
        self.background = BackgroundKey(self, core.sign_in.profile.habits, lambda: self.act("answer"))
        self._card: PopCardView | None = None
        self._alone: PopWindow | None = None
        self._shown: tuple[int, int] = (0, 0)
        self._talking: int | None = None
        self._rest = QTimer(self, singleShot=True, interval=LOOKING_MS)
        self._rest.timeout.connect(self._follow_rest)
        self._phone.on_pop = self._pop
        for observable in (self._phone.calls, self._phone.wrap_up, self._phone.lines.all, self._phone.lost):
            observable.subscribe(lambda _: self._follow())
        core.voice.is_poor.subscribe(lambda _: self._follow())
        core.taping.tapes.subscribe(lambda _: self._follow())
        core.echo.run.subscribe(lambda run: self._follow_test(is_on=run.is_on))
        window.top.phone.pressed.connect(self.act)
        window.resized.connect(lambda _: self._place())
        self._follow()

    def act(self, name: str) -> None:
        """What the bar, the card and the keys can do."""
        known: dict[str, Callable[[], None]] = {
            "answer": self._answer, "decline": self._decline, "end": self._end, "put_away": self._put_away,
            "create": self._create, "mute": self._panel.toggle_mute, "hold": self._panel.toggle_hold,
            "keypad": self._panel.toggle_keypad, "finish": self._panel.finish, "fix": self.fix_wanted.emit,
            "stop_test": self._echo.stop, "record": self._panel.tape.toggle,
        }  # fmt: skip
        known[name]()

    def dial(self, number: str) -> None:
        """Call somebody; where there are several accounts, from the one that is chosen."""
        choices = dial_choices(self._phone.lines)
        if choices:
            self.account_menu(number, choices).open_under(self._window.top.phone)
        else:
            self._run(self._phone.dial(number))

    def account_menu(self, number: str, choices: tuple[DialChoice, ...]) -> Menu:
        """The accounts to call from; Return takes the first that can."""
        menu = Menu(self._window, tr("Call {0} from").replace("{0}", number))
        for choice in choices:
            act = partial(self._dial_from, number, choice.account)
            menu.add_choice(choice.text, act, is_possible=choice.is_possible)
        possible = [each for each in menu.actions() if each.isEnabled()]
        if possible:
            menu.setActiveAction(possible[0])
        return menu

    def _dial_from(self, number: str, account: str) -> None:
        self._run(self._phone.dial(number, account))

    def _answer(self) -> None:
        if ringing := self._phone.ringing:
            self._run(self._phone.answer(ringing))

    def _decline(self) -> None:
        if ringing := self._phone.ringing:
            self._run(self._phone.decline(ringing))

    def _end(self) -> None:
        current = self._phone.current
        if current is not None and current.state == "ringing" and current.direction == "in":
            self._decline()
        elif current is not None:
            self._run(self._phone.hang_up(current))

    def _put_away(self) -> None:
        if ringing := self._phone.ringing:
            self._phone.put_away(ringing)

    def _create(self) -> None:
        if ringing := self._phone.ringing:
            self.create_wanted.emit(ringing.card.number_shown if ringing.card else ringing.number)

    def open_card(self) -> None:
        """Into the pop card and back; once the call is answered, to the caller's record."""
        if self._card is not None and self._alone is None:
            self._card.enter()
            return
        call = self._phone.ringing or self._phone.current
        if call is not None and call.card is not None and call.card.contact_id is not None:
            self.opened.emit(call.card.contact_id)

    def _follow(self) -> None:
        """The card before all else: while the caller is looked for, what else changes waits a moment."""
        ringing = self._phone.ringing
        if ringing is None or ringing.is_put_away:
            self._close_card()
        elif ringing.card is None:
            self._rest.start()
            return
        else:
            self._pop(ringing)
        self._rest.stop()
        self._follow_rest()

    def _follow_test(self, *, is_on: bool) -> None:
        """The bar is built when a test begins and ends, not with every figure of it."""
        if is_on is not self._is_testing:
            self._is_testing = is_on
            self._follow()

    def _follow_rest(self) -> None:
        self._window.top.phone.show_state(bar_state(self._phone, self._desk, self._echo, self._core.voice, self._core.taping))
        talking = next((call for call in self._phone.calls.value if call.state in {"active", "held"}), None)
        if talking is not None and talking.phone_id != self._talking:
            self._talking = talking.phone_id
            self.call_began.emit(talking)
        elif self._talking is not None and talking is None and not self._is_wrapping_up:
            self._talking = None
            self.call_over.emit()
        self._window.actions_known.changed.emit()

    @property
    def _is_wrapping_up(self) -> bool:
        """From the hang-up on, until it is said how the call ended."""
        is_ending = any(call.phone_id == self._talking for call in self._phone.calls.value)
        return is_ending or self._phone.wrap_up.value is not None

    def _pop(self, call: LiveCall) -> None:
        """On ringing: painted before anything else happens."""
        if call.card is None or self._shown == (call.phone_id, id(call.card)):
            return
        self._close_card()
        self._shown = (call.phone_id, id(call.card))
        card = pop_card_of(call, call.card, self._desk.now())
        is_alone = self._window.isMinimized() or not self._window.isVisible()

        def waited() -> str:
            return duration_text((self._desk.clock.now() - call.started_at).total_seconds())

        is_compact = self._window.width() < COMPACT_BELOW and not is_alone
        parent = None if is_alone else self._window
        view = PopCardView(parent, card, waited, is_compact=is_compact, answers_in=lambda: self._answers_in(call))
        view.pressed.connect(self.act)
        view.picked.connect(lambda place: self._pick(call, place))
        self._card = view
        if is_alone:
            self._alone = PopWindow(view)
            self._alone.show_in_corner()
        else:
            self._place()  # first: shown in the corner and then moved, it would have the list beneath that corner drawn too
            view.show()
            self._place()
            view.repaint()  # now: not after whatever else waits for the event loop
        self.popped.emit(call)

    def _answers_in(self, call: LiveCall) -> float | None:
        """The seconds until the phone takes this call by itself, if it will."""
        countdown = self._core.self_answer.countdown_of(call)
        return countdown.left_s() if countdown is not None else None

    async def ask_to_end(self, messages: Messages) -> None:
        """Whether the call shall end: Escape asks, for who wants that, and ends nothing by itself."""
        call = self._phone.current
        if call is None:
            return
        question = Question(
            title=tr("End the call with {0}?").replace("{0}", call.who), text=tr("It goes on until you decide."),
            icon="phone-off",
            choices=(
                Choice(id="stay", text=tr("Go on talking")), Choice(id="end", text=tr("End the call"), kind="danger"),
            ), safe="stay",
        )  # fmt: skip
        answer = await messages.ask(question)
        if answer == "end" and any(each.phone_id == call.phone_id for each in self._phone.calls.value):
            await self._phone.hang_up(call)

    @property
    def asks_to_end(self) -> bool:
        """Whether Escape means the call now."""
        call = self._phone.current
        is_ours = call is not None and not (call.state == "ringing" and call.direction == "in")
        return is_ours and self._core.sign_in.profile.habits.asks_before_hanging_up

    def _pick(self, call: LiveCall, place: int) -> None:
        if call.card is not None and place < len(call.card.matches):
            self._run(self._phone.choose(call, call.card.matches[place]))

    def pick(self, place: int) -> bool:
        """A digit while several may be calling; whether it meant anything."""
        ringing = self._phone.ringing
        if ringing is None or ringing.card is None or len(ringing.card.matches) < 2 or place >= len(ringing.card.matches):
            return False
        self._pick(ringing, place)
        return True

    def _place(self) -> None:
        if self._card is not None and self._alone is None:
            self._card.place(self._window.width() - self._card.sheet_size.width() - MARGIN, HEIGHT + 6)

    def _close_card(self) -> None:
        self._shown = (0, 0)
        if self._alone is not None:
            self._alone.close()
        elif self._card is not None:
            self._card.hide()
            self._card.deleteLater()
        self._card = self._alone = None


def pop_card_of(call: LiveCall, card: CallerCard, now: datetime) -> PopCard:
    """A caller as the card shows them."""
    choices = tuple(
        PopChoice(name=match.name, detail=" · ".join(part for part in (match.job_title, match.account_name) if part))
        for match in card.matches
    )
    queue = " · ".join(part for part in (call.queue, call.account_name) if part)
    return PopCard(
        number=card.number_shown or call.number, queue=queue, name=card.name, is_vip=card.is_vip,
        company=" · ".join(part for part in (card.company, card.job_title) if part), how=_how(card),
        country=country_name(card.country),
        pinned_note=card.pinned_note, lines=tuple(_line(thing, now) for thing in card.things),
        language=language_name(card.language),
        local_time=local_text(now, card.time_zone), choices=choices if len(choices) > 1 and not card.name else (),
    )  # fmt: skip


def _how(card: CallerCard) -> str:
    return tr("1 match") if card.how == "exact" else tr("by its last digits")


def _line(thing: OpenThing, now: datetime) -> PopLine:
    icon, tone = THING_ICONS.get(thing.kind, ("circle-dot", "muted"))
    title = call_text(thing.detail, thing.title, thing.duration_s) if thing.kind == "call" else thing.title.split("\n")[0]
    return PopLine(icon=icon, tone=tone, title=title, when=age_text(thing.at, now) if thing.at else "")
