"""Leaving: a call is never cut off unasked, and nothing that was typed is lost."""

import asyncio
from typing import TYPE_CHECKING

from ui.bridge.messages import Choice, Question

if TYPE_CHECKING:
    from ui.console.console import Console

HANG_UP_S = 4.0  # the longest to wait for the other side's answer to a hang-up
ON = frozenset({"active", "held", "dialling"})


class Leaving:
    """What happens before the console closes."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._is_asking = False

    async def may_leave(self) -> bool:
        """Ask when a call is on; keep what was typed. False: the person stays."""
        if self._is_asking:
            return False
        if not await self._call_may_end():
            return False
        await self._console.inbox_page.talk.keep_draft()
        await self._console.call_panel.keep_note()
        await self._console.core.calls.written()
        return True

    async def _call_may_end(self) -> bool:
        console, phone = self._console, self._console.core.calls
        talking = [call for call in phone.calls.value if call.state in ON]
        if not talking:
            return True
        self._is_asking = True
        try:
            answer = await console.messages.ask(self._question(", ".join(call.who for call in talking)))
        finally:
            self._is_asking = False
        if answer != "leave":
            return False
        for call in [call for call in phone.calls.value if call.state in ON]:
            await phone.hang_up(call)
        try:
            async with asyncio.timeout(HANG_UP_S):
                await phone.quiet()
        except TimeoutError:
            console.messages.problem(console.tr("The other side did not answer the hang-up; the call ends with the program."))
        return True

    def _question(self, who: str) -> Question:
        tr = self._console.tr
        return Question(
            title=tr("You are on a call with {0}").replace("{0}", who), icon="phone-call",
            text=tr("Closing Patchbay ends it. What you have typed is kept."),
            choices=(
                Choice(id="stay", text=tr("Stay on the call"), kind="primary"),
                Choice(id="leave", text=tr("Hang up and close"), kind="dangerline"),
            ),
            safe="stay",
        )  # fmt: skip
