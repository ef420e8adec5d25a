"""From which account one calls, where there are several: without Qt."""

from dataclasses import dataclass

from app.desk.lines import Lines, Standing
from app.kernel.words import tr


@dataclass(frozen=True, slots=True, kw_only=True)
class DialChoice:
    """An account to call from; one that is not registered says why instead."""

    account: str
    text: str
    is_possible: bool


def dial_choices(lines: Lines) -> tuple[DialChoice, ...]:
    """The default first; nothing where there is nothing to choose."""
    standings = lines.all.value
    if len(standings) < 2:
        return ()
    return tuple(_choice(each, is_default=place == 0) for place, each in enumerate(standings))


def _choice(standing: Standing, *, is_default: bool) -> DialChoice:
    account, why = standing.account, standing.state.reason or tr("not registered")
    told = why if not standing.is_registered else tr("default") if is_default else account.address
    return DialChoice(account=account.id, text=f"{account.title} · {told}", is_possible=standing.is_registered)
