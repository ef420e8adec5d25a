"""What the softphone bar says, from the phone's state alone."""

import time
from dataclasses import replace
from datetime import datetime

from app.desk.desk import Desk
from app.desk.echo_call import EchoCall
from app.desk.lines import Lines
from app.desk.live_voice import LiveVoice
from app.desk.taping import Taping
from app.desk.telephony import LiveCall, PhoneDesk
from app.kernel.words import tr
from ui.features.calls.line_words import hint_of
from ui.features.calls.recording_words import tape_act, tape_words
from ui.features.when import duration_text
from ui.shell.phone_bar import BarKey, BarMark, BarState

MUTE, HOLD, PAD, END, RECORD = "Ctrl ⇧ M", "Ctrl ⇧ P", "Ctrl ⇧ K", "Ctrl ⇧ H", "Ctrl ⇧ R"


def bar_state(phone: PhoneDesk, desk: Desk, echo: EchoCall, voice: LiveVoice, taping: Taping) -> BarState:
    """The state of the call that matters most, or of the line."""
    if phone.lost.value:
        return BarState(tone="danger", title=tr("Phone lost"), detail=tr("it is being started again"))
    call = phone.current
    if call is not None:
        state = _of_tape(_of_call(call, desk), call, taping)
        return _of_poor_line(state, call, voice) if call.state == "active" and voice.is_poor.value else state
    if echo.run.value.is_on:
        return _of_echo(echo)
    wrapping = phone.wrap_up.value
    if wrapping is not None:
        return _wrap_up(wrapping, desk)
    return _of_lines(phone.lines)


def _of_lines(lines: Lines) -> BarState:
    """The default account's state; a ready phone says when another account gets no calls."""
    line = lines.default.value
    pad = BarKey(act="keypad", name=tr("Keypad"), icon="grip", key=PAD)
    match line.state:
        case "registered":
            if not lines.down:
                name = lines.name_of(lines.default_id) or tr("Line 1")
                return BarState(tone="muted", title=tr("Phone ready"), detail=name, keys=(pad,))
            fix = BarKey(act="fix", name=tr("Fix"), icon="settings", kind="default")
            return BarState(
                tone="warning", title=tr("Phone ready"), detail=short_trouble(lines), hint=trouble_text(lines), keys=(pad, fix)
            )
        case "registering":
            return BarState(tone="muted", title=tr("Phone signs in…"), detail="")
        case "failed":
            again = tr("next try in {0} s").replace("{0}", f"{line.next_try_s:.0f}") if line.next_try_s else ""
            fix = BarKey(act="fix", name=tr("Fix"), icon="settings", kind="default")
            return BarState(tone="danger", title=line.reason or tr("Not registered"), detail=again, keys=(fix,))
        case _:
            fix = BarKey(act="fix", name=tr("Set up"), icon="settings", kind="default")
            return BarState(tone="muted", title=tr("No phone"), detail=tr("no line is set up"), keys=(fix,))


def short_trouble(lines: Lines) -> str:
    """Of the other accounts that get no calls: the name of one, or how many they are."""
    down = lines.down
    if len(down) == 1:
        return tr("{0} is not registered").replace("{0}", down[0].account.title)
    return tr("{0} accounts are not registered").replace("{0}", str(len(down)))


def trouble_text(lines: Lines) -> str:
    """Each account, how it stands, and why: a line each."""
    words = {
        "registered": tr("registered"), "registering": tr("signing in"), "failed": tr("not registered"),
        "unregistered": tr("not signed in"),
    }  # fmt: skip
    return "\n".join(f"{each.account.title}: {each.state.reason or words[each.state.state]}" for each in lines.all.value)


def _of_call(call: LiveCall, desk: Desk) -> BarState:
    since = call.answered_at or call.started_at

    def timer(start: datetime = since) -> str:
        return duration_text((desk.clock.now() - start).total_seconds())

    number = call.card.number_shown if call.card else call.number
    detail = " · ".join(part for part in (call.queue, call.account_name, number) if part)
    end = BarKey(act="end", name=tr("End"), icon="phone-off", key=END, kind="danger")
    mute = BarKey(act="mute", name=tr("Mute"), icon="mic-off" if call.is_muted else "mic", key=MUTE, is_on=call.is_muted)
    pad = BarKey(act="keypad", name=tr("Keypad"), icon="grip", key=PAD)
    if call.state == "ringing" and call.direction == "in":
        keys: tuple[BarKey, ...] = ()
        if call.is_put_away:
            keys = (
                BarKey(act="answer", name=tr("Answer"), icon="phone", kind="success"),
                BarKey(act="decline", name=tr("Decline"), icon="phone-off", kind="dangerline"),
            )
        return BarState(
            tone="success", title=call.who, word=tr("Ringing"), detail=detail, who=call.who, timer=timer, keys=keys, pulses=True
        )
    if call.state in {"dialling", "ringing"}:
        return BarState(tone="info", title=call.who, word=tr("Calling…"), detail=detail, who=call.who, timer=timer, keys=(end,))
    if call.state == "held":
        resume = BarKey(act="hold", name=tr("Resume"), icon="play", key=HOLD, is_on=True)
        return BarState(
            tone="warning", title=call.who, word=tr("On hold"), detail=detail, who=call.who, timer=timer, keys=(resume, end)
        )
    hold = BarKey(act="hold", name=tr("Hold"), icon="pause", key=HOLD)
    word = tr("Muted") if call.is_muted else f"{tr('Line')} {call.line}"
    return BarState(
        tone="success", title=call.who, word=word, detail=detail, who=call.who, timer=timer, keys=(mute, hold, pad, end)
    )


def _of_tape(state: BarState, call: LiveCall, taping: Taping) -> BarState:
    """Whether it is recorded, and the key for that: between holding and hanging up."""
    tape, keys = taping.tape(call), state.keys
    if taping.may(call):
        act, _icon = tape_act(tape)  # a second pause sign beside that of holding would be taken for it
        tone = {"recording": "danger", "paused": "warning"}.get(tape.state, "text")
        key = BarKey(act="record", name=act, icon="circle-dot", key=RECORD, tone=tone)
        keys = (*keys[:-1], key, keys[-1])
    if tape.state not in {"recording", "paused", "failed"}:
        return replace(state, keys=keys)
    words, tone = tape_words(tape)

    def length() -> str:
        return duration_text(tape.seconds_at(time.monotonic())) if tape.state != "failed" else ""

    return replace(state, keys=keys, mark=BarMark(tone=tone, words=words, text=length))


def _of_poor_line(state: BarState, call: LiveCall, voice: LiveVoice) -> BarState:
    """Said where one looks for the call, and no louder: nobody has to put anything away while they talk."""
    hint = hint_of(voice.quality.value) if voice.quality.value else ""
    word = f"{state.word} · {tr('Poor line')}" if call.is_muted else tr("Poor line")
    return replace(state, tone="warning", word=word, hint=hint)


def _of_echo(echo: EchoCall) -> BarState:
    def timer() -> str:
        return duration_text(echo.run.value.talked_s(echo.now()))

    stop = BarKey(act="stop_test", name=tr("Stop test"), icon="phone-off")
    return BarState(tone="muted", title=tr("Test call"), detail=tr("echo service ·"), timer=timer, keys=(stop,))


def _wrap_up(call: LiveCall, desk: Desk) -> BarState:
    ended = call.ended_at or desk.clock.now()

    def timer() -> str:
        return duration_text((desk.clock.now() - ended).total_seconds())

    finish = BarKey(act="finish", name=tr("Finish"), icon="check", kind="default")
    return BarState(
        tone="info", title=call.who, word=tr("Wrap-up"), detail=tr("how did it end?"), who=call.who, timer=timer, keys=(finish,)
    )
