"""What the palette finds beside acts: people and conversations on this device."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from app.domain.contacts.matching import who_calls
from app.domain.contacts.queries import ContactRow
from app.kernel.phone import digits_of
from ui.shell.palette import Hit

if TYPE_CHECKING:
    from ui.console.console import Console

LEAST_DIGITS = 5


class Finder:
    """People by name, and by number where what was typed looks like one."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    async def find(self, typed: str) -> Sequence[Hit]:
        """The best hits on this device."""
        console, group = self._console, self._console.tr("People and records")
        hits = [self._person(row, group) for row in await console.people.best(typed)]
        if len(digits_of(typed)) >= LEAST_DIGITS:
            desk = console.core.desk
            found = await desk.read(lambda reader: who_calls(reader, typed, desk.country))
            hits = [
                Hit(
                    title=match.name, group=group, detail=match.shown, avatar=match.name,
                    run=partial(console.open_contact, match.contact_id),
                )
                for match in found.matches
            ] + hits  # fmt: skip
            hits.append(
                Hit(
                    title=console.tr("Call {0}").replace("{0}", found.shown), group=console.tr("Phone"), icon="phone",
                    run=lambda: console.dial(found.value),
                )
            )  # fmt: skip
        return hits

    def _person(self, row: ContactRow, group: str) -> Hit:
        detail = " · ".join(part for part in (row.job_title, row.account_name) if part)
        console = self._console
        return Hit(title=row.name, group=group, detail=detail, avatar=row.name, run=lambda: console.open_contact(row.id))
