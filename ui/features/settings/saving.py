"""Whether what was changed is kept: told beside the title, always as it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from app.desk.profile import NotSaved
from app.desk.telephony import PhoneTrouble
from app.kernel.errors import PatchbayError
from app.kernel.observable import Observable
from app.kernel.words import tr


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """How the changes stand. `unused`: kept, but the phone did not take them; `why`: what is wrong."""

    state: Literal["saved", "saving", "unused", "failed"] = "saved"
    why: str = ""


class Saved:
    """Follows the changes of one page."""

    def __init__(self) -> None:
        self.state: Observable[Saving] = Observable(Saving())
        self._running = 0

    @asynccontextmanager
    async def change(self) -> AsyncIterator[None]:
        """Around each change: "saving" while it runs, then how it ended; a trouble is told until a later change goes well."""
        self._running += 1
        self.state.set(Saving(state="saving"))
        ended = Saving(state="failed", why=tr("something went wrong"))
        try:
            yield
            ended = Saving()
        except NotSaved as error:
            ended = Saving(state="failed", why=str(error.values.get("reason", "")))
            raise
        except PhoneTrouble as error:
            ended = Saving(state="unused", why=str(error.values.get("reason", "")))
            raise
        except PatchbayError as error:
            ended = Saving(state="failed", why=str(error).rstrip("."))
            raise
        finally:
            self._running -= 1
            if ended.why or not self._running:
                self.state.set(ended)
