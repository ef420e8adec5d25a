"""What the card of the test call says: its steps, what went wrong and the way out. Without Qt."""

from dataclasses import dataclass
from typing import Literal

from app.desk.echo_call import EchoCall, EchoRun, Trouble
from app.desk.voice_quality import codec_name, verdict_words
from app.kernel.errors import BadValue
from app.kernel.observable import Observable
from app.kernel.words import tr
from softphone.api import VoiceFigures
from ui.features.settings.viewmodel import SettingsPanel

StepState = Literal["open", "doing", "done", "failed"]
KEYS = frozenset("+*#._-")
FAILED_AT: dict[Trouble, int] = {
    "server_silent": 0, "no_line": 1, "line_refused": 1, "not_reached": 2, "no_answer": 2, "nothing_sent": 2, "phone_refused": 2,
    "nothing_back": 3, "no_echo": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One line of the card: what is proved, and by what."""

    text: str
    detail: str
    state: StepState


class EchoPanel:
    """The number of the echo service, and the test that calls it."""

    def __init__(self, settings: SettingsPanel, echo: EchoCall) -> None:
        self.settings, self._echo = settings, echo
        self.run: Observable[EchoRun] = echo.run
        self.is_asking: Observable[bool] = Observable(not self.number)

    @property
    def number(self) -> str:
        """Whom a test calls; "" when nobody is known."""
        return self.settings.profile.value.habits.echo_number

    def toggle(self) -> None:
        """Begin, stop, or ask for a number first."""
        if self.run.value.is_on:
            self._echo.stop()
        elif self.number:
            self._echo.begin(self.number)
        else:
            self.is_asking.set(True)

    def ask(self) -> None:
        """Show the field of the number, or put it away where one is known."""
        self.is_asking.set(not self.is_asking.value or not self.number)

    async def keep(self, typed: str) -> None:
        """Another number; "" forgets it."""
        number = "".join(typed.split())
        if not all(each.isalnum() or each in KEYS for each in number):
            raise BadValue(field="number", value=typed, hint="Write digits, * and #, or the name of a line.")
        await self.settings.behave(echo_number=number)
        self.is_asking.set(not number)

    def talked_s(self) -> float:
        """How long the test has been talking."""
        return self.run.value.talked_s(self._echo.now())


def steps_of(run: EchoRun) -> tuple[StepLine, ...]:
    """The five steps as they stand."""
    proved = (_server(run), _signed_in(run), _voice_out(run), _echo(run), _score(run))
    undone = next((place for place, (_, _, is_done) in enumerate(proved) if not is_done), len(proved))
    broken = FAILED_AT.get(run.trouble, undone) if run.trouble else -1
    lines = []
    for place, (text, detail, is_done) in enumerate(proved):
        is_next = place == undone and run.is_on
        lines.append(StepLine(text=text, detail=detail, state=_state(is_done, is_next, is_broken=place == broken)))
    return tuple(lines)


def _state(is_done: bool, is_next: bool, *, is_broken: bool) -> StepState:
    if is_broken:
        return "failed"
    return "done" if is_done else "doing" if is_next else "open"


Proved = tuple[str, str, bool]


def _server(run: EchoRun) -> Proved:
    has_answered = run.server_ms is not None or run.is_signed_in or run.trouble == "line_refused"
    return tr("Server answers"), f"{run.server_ms:.0f} ms" if run.server_ms is not None else "", has_answered


def _signed_in(run: EchoRun) -> Proved:
    text = tr("Signed in as {0}").replace("{0}", run.user) if run.user else tr("Signed in")
    return text, run.transport.upper() if run.is_signed_in else "", run.is_signed_in


def _voice_out(run: EchoRun) -> Proved:
    goes_out = run.figures is not None and run.figures.packets_out > 0
    return tr("Your voice goes out"), codec_words(run.figures) if run.figures else "", goes_out


def _echo(run: EchoRun) -> Proved:
    if run.echo_ms is not None:
        return tr("You hear yourself, {0} s late").replace("{0}", f"{run.echo_ms / 1000:.1f}"), f"{run.echo_ms} ms", True
    return tr("You hear yourself"), tr("listening") if run.stage == "on" else "", False


def _score(run: EchoRun) -> Proved:
    if run.score is None:
        return tr("Quality score"), tr("after 10 s"), False
    return tr("Quality score"), tr("{0} of 5").replace("{0}", f"{run.score.mos:.1f}"), True


def codec_words(figures: VoiceFigures) -> str:
    """The codec and how much of a voice it carries: G.722, 16 kHz."""
    return f"{codec_name(figures.codec)}, {figures.clock_rate_hz // 1000} kHz"


def figures_words(run: EchoRun) -> tuple[str, str]:
    """What the curve is of, and its figures: the echo's way where the other side tells no round trip."""
    figures = run.figures
    if figures is None:
        return tr("Round trip"), ""
    name, late = (tr("Round trip"), figures.round_trip_ms) if figures.round_trip_ms is not None else (tr("Echo"), run.echo_ms)
    shown = "–" if late is None else f"{late:.0f} ms" if late >= 10 else f"{late:.1f} ms"
    text = tr("{0} · jitter {1} ms · loss {2} %")
    values = (shown, f"{figures.jitter_ms:.0f}", f"{figures.loss_percent:.1f}")
    for place, value in enumerate(values):
        text = text.replace(f"{{{place}}}", value)
    return name, text


def line_words(run: EchoRun) -> tuple[str, str]:
    """How good the line is and its tone; nothing before the score."""
    if run.score is None:
        return "", "muted"
    return verdict_words(run.score), {"good": "success", "fair": "warning", "poor": "danger"}[run.score.verdict]


def trouble_words(run: EchoRun) -> str:
    """What went wrong, and the way out; "" when nothing did."""
    text = {
        "": "",
        "no_line": tr("This phone is not signed in. Fill in the account and sign in, then test again."),
        "server_silent": tr("The server does not answer{0}. Look at the proxy and port of the account, and at the network."),
        "line_refused": tr("The server does not let this line in{0}. Enter the password again, or ask who runs the server."),
        "not_reached": tr("The server would not put the call through to {1}{0}. Look at the number of the echo service."),
        "no_answer": tr("{1} rings, but nobody answers. Look at the number: an echo service answers at once."),
        "nothing_sent": tr("No voice leaves this computer. Choose another microphone and speaker, or start Patchbay again."),
        "nothing_back": tr("No sound arrives. A firewall or router keeps voice out, or only one side encrypts it."),
        "no_echo": tr("Sound arrives, but it is not yours. {1} answers, but may be no echo service: look at the number."),
        "ended_early": tr("The other side ended the call before the line could be judged. Test again, or another number."),
        "real_call": tr("A real call goes first. Test again when it has ended."),
        "phone_lost": tr("The phone was restarted. Test again; if it happens twice, send the report."),
        "phone_refused": tr("The phone could not call{0}. Test again in a moment."),
    }[run.trouble]  # fmt: skip
    return text.replace("{0}", f" ({run.reason})" if run.reason else "").replace("{1}", run.number)
