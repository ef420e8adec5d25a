"""The kinds of a timeline as tabs show them, wherever one stands."""

from app.domain.timeline.queries import GROUPS
from app.kernel.words import tr
from ui.widgets.choices import Option


def kind_options(counts: dict[str, int]) -> list[Option]:
    """The tabs, with how many entries each shows; without numbers where nobody counted."""
    words = {"all": tr("All"), "calls": tr("Calls"), "messages": tr("Messages"), "notes": tr("Notes"), "tasks": tr("Tasks")}
    return [Option(id=name, text=words[name], count=_count(counts, kinds)) for name, kinds in GROUPS.items()]


def _count(counts: dict[str, int], kinds: frozenset[str]) -> str:
    return f"{sum(many for kind, many in counts.items() if not kinds or kind in kinds):,}" if counts else ""
