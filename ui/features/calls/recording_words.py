"""What is said of recordings: while one is made, and while one is listened to. Without Qt."""

from app.desk.playing import Playback
from app.desk.rights import refusal_text
from app.desk.taping import Tape
from app.desk.telephony import PhoneTrouble
from app.domain.calls.recorded import Recording
from app.kernel.words import tr
from ui.features.when import duration_text


def tape_words(tape: Tape) -> tuple[str, str]:
    """How the recording of a call stands, and its tone; "" where nothing is to be said."""
    words = {
        "starting": (tr("Recording begins…"), "muted"), "recording": (tr("Recording"), "danger"),
        "paused": (tr("Recording paused"), "warning"),
        "failed": (tr("Not recorded: {0}").replace("{0}", tape.reason or tr("the phone can't")), "danger"),
    }  # fmt: skip
    return words.get(tape.state, ("", "muted"))


def tape_act(tape: Tape) -> tuple[str, str]:
    """What the key does next, and its icon."""
    acts = {"recording": (tr("Pause recording"), "pause"), "paused": (tr("Record on"), "circle-dot")}
    return acts.get(tape.state, (tr("Record"), "circle-dot"))


def column_words(recording: Recording) -> tuple[str, str, str]:
    """For a list of calls: the words, an icon, and the tone."""
    if recording.parts:
        return duration_text(recording.seconds), "play", "text"
    if recording.deleted_us is not None:
        return tr("Deleted"), "", "muted"
    return "", "", "muted"


def playback_words(playback: Playback) -> tuple[str, str]:
    """What is in the way of listening, and its tone; "" when nothing is."""
    size = playback.file.size_bytes if playback.file else 0
    percent = 100 * playback.done_bytes // size if size else 0
    words = {
        "fetching": (tr("Fetching {0} %").replace("{0}", str(percent)), "muted"),
        "reading": (tr("Making it ready…"), "muted"),
        "away": (tr("The recording is on the server, not on this device. Connect to listen."), "warning"),
        "forbidden": (tr("Your roles don't let you listen to this recording."), "warning"),
        "gone": (tr("There is no recording of this call any more."), "muted"),
    }  # fmt: skip
    if playback.state in words:
        return words[playback.state]
    if isinstance(playback.error, PhoneTrouble):
        said = tr("Nothing would be heard: {0}. Choose another speaker in the phone's settings.")
        return said.replace("{0}", str(playback.error.values.get("reason", ""))), "danger"
    if playback.error is not None:
        return refusal_text(playback.error.key, playback.error.values), "danger"
    return "", "muted"


def speed_words(speed: float) -> str:
    """How fast: 1×, 1.25×."""
    return f"{speed:g}×"


def place_words(playback: Playback) -> str:
    """Where one is: 0:12 / 3:42."""
    return f"{duration_text(playback.at_s)} / {duration_text(playback.seconds)}"


def gap_words(count: int) -> str:
    """How often it was paused while it was recorded."""
    return tr("paused once") if count == 1 else tr("paused {0} times").replace("{0}", str(count))
