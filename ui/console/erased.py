"""The words for data that was erased: why, and what of it had not been sent."""

from pathlib import Path

from app.desk.leaving import Leaving, acts_as_json
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.words import tr
from ui.features.outbox.viewmodel import waiting_of
from ui.shell.left_page import LeftPage


def left_page(told: Leaving) -> LeftPage:
    """The page that stands in the window until the person goes on."""
    titles = {
        "lost": tr("This computer was removed"), "retired": tr("This computer was removed"),
        "deactivated": tr("You are no longer in this workspace"),
    }  # fmt: skip
    now = moment_from_us(system_now_us())
    words = [waiting_of(each, told.acts, None, now, is_live=False) for each in told.acts]
    acts = [(each.what, " · ".join(part for part in (each.when_text, each.detail) if part)) for each in words]
    text = f"{tr('Everything that Patchbay kept here was erased.')} {fate(told)}"
    page = LeftPage(titles.get(told.why, titles["lost"]), text, acts)
    page.saved.connect(lambda path: Path(path).write_bytes(acts_as_json(told.acts)))
    return page


def fate(told: Leaving) -> str:
    """What became of the outbox."""
    if told.unsent is None:
        return tr("It was locked: what had not been sent is lost.")
    if not told.unsent:
        return tr("Nothing was waiting to be sent.")
    if told.acts:
        return tr("Not sent: {0}. You see this list here once.").replace("{0}", str(told.unsent))
    return tr("Not sent, and lost: {0}.").replace("{0}", str(told.unsent))
