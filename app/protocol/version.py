"""Which versions of the protocol can talk to each other."""

from app.kernel.errors import PatchbayError

PROTOCOL = 3
LOWEST_COMPATIBLE = 1
HOLDS = 2  # since this version a console knows outcomes that are held
SIGHT = 2  # … and what of each kind belongs on it; an older one may push what it has, and must be updated to pull
RIGHTS_FIRST = 3  # … and a download that begins with who may do what


class ProgramTooOld(PatchbayError):
    """The other side no longer speaks what this program speaks."""

    key = "program_too_old"
    text = "This program is too old for its server (it speaks protocol {spoken}, {lowest} is needed). Update it."


class ServerTooOld(PatchbayError):
    """The server has not been updated for this program yet."""

    key = "server_too_old"
    text = "The server is too old for this program (it speaks protocol {spoken}, {lowest} is needed). Ask for an update."


def check_console(spoken: int, lowest: int = LOWEST_COMPATIBLE) -> None:
    """What the server asks of a console; `ProgramTooOld` when it must be updated."""
    if spoken < lowest:
        raise ProgramTooOld(spoken=spoken, lowest=lowest)


def check_server(spoken: int, lowest: int) -> None:
    """What a console asks of its server; which of the two must be updated is in the error."""
    if lowest > PROTOCOL:
        raise ProgramTooOld(spoken=PROTOCOL, lowest=lowest)
    if spoken < LOWEST_COMPATIBLE:
        raise ServerTooOld(spoken=spoken, lowest=LOWEST_COMPATIBLE)
