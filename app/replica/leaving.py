"""What goes from the tables at the end of a pull, and from the traces that past commands have left."""

from uuid import UUID

from sqlalchemy import Connection

from app.protocol.envelopes import Page
from app.replica import outbox, rows, sight
from app.replica.rows import Touches
from app.replica.tables import EVERYTHING, load, save


def leave(connection: Connection, tenant_id: UUID, *, page: Page) -> tuple[Touches, bool]:
    """Drop what is out of sight and empty what is hidden; gives what was touched, and whether the file must be wiped of it."""
    gone = [(kind, record_id.bytes) for kind, record_id in page.forget] + sight.below(connection, page.forget_below)
    if page.purge:  # something may be out of sight without a word of its own
        gone += sight.out_of_sight(connection, page.end.sight)
    if page.purged > load(connection, "purged", 0):
        gone += rows.purged(connection, page.purged)
        save(connection, "purged", page.purged)
    touches = rows.forget(connection, tenant_id, gone)
    veiled = sight.veil(connection, page.end.sight) if page.purge else set[str]()
    hidden = (
        page.end.sight.hidden if page.purge else {}
    )  # also where the rows hold nothing: what was done may tell what they held
    if not (touches or hidden):
        return touches, False
    is_told = outbox.scrub(connection, {touch for touch in touches if not touch.endswith("*")}, hidden)
    if not (touches or veiled or is_told):
        return touches, False
    return touches | veiled | ({EVERYTHING} if veiled else set()), not sight.is_aging(page)
