"""How old what is shown is: nothing while it is live, else "as of 10:42"."""

from PySide6.QtWidgets import QLabel

from app.desk.desk import Connection, Desk
from app.kernel.words import tr
from ui.bridge.bind import bind
from ui.widgets.text import label


def as_of_text(connection: Connection, desk: Desk) -> str:
    """The words in the person's zone; "" only while the line to the server is healthy and all has come."""
    if connection.state == "live":
        return ""
    if connection.as_of is None:
        return tr("never synced")
    return tr("as of {0}").replace("{0}", connection.as_of.astimezone(desk.zone).strftime("%H:%M"))


def as_of(desk: Desk) -> QLabel:
    """The stamp of a list or a record; follows the connection."""
    stamp = label("", "tiny", "warning", tabular=True)
    bind(stamp, desk.connection, lambda connection: stamp.setText(as_of_text(connection, desk)))
    return stamp
