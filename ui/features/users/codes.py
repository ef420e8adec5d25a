"""The codes with which people choose their passwords: who waits for what, a new one, taking one back. Without Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.desk.desk import Desk
from app.desk.letting_in import LettingIn
from app.kernel.errors import NeedsServer, NotAllowed
from app.kernel.observable import Observable
from app.kernel.words import tr
from app.protocol.password_codes import CodeCard, NewCode
from ui.features.when import moment_text

CREATE, RESET = "user:create", "user:reset_password"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A code that was just made: it is shown now and never again."""

    user_id: UUID
    name: str
    code: NewCode
    server: str
    now: datetime

    @property
    def until_words(self) -> str:
        """How long it is good."""
        return tr("Good once, until {0}.").replace("{0}", moment_text(self.code.expires_at, self.now))

    @property
    def message(self) -> str:
        """What the person needs, to be sent to them."""
        lines = (
            tr("Hello {0}, this is your way into Patchbay.").replace("{0}", self.name),
            tr("In its sign-in window, choose “I have a code”."),
            "",
            f"{tr('Server')}: {self.server}", f"{tr('Workspace')}: {self.code.workspace}", f"{tr('E-mail')}: {self.code.email}",
            f"{tr('Code')}: {self.code.code}", "", self.until_words,
        )  # fmt: skip
        return "\n".join(lines)


class CodesPanel:
    """`waiting`: who was given a code, by id, as the server said last; `made`: the one that is to be shown."""

    def __init__(self, desk: Desk, letting_in: LettingIn, server: str) -> None:
        self.waiting: Observable[Mapping[UUID, CodeCard]] = Observable({})
        self.made: Observable[Made | None] = Observable(None)
        self._desk, self._letting_in, self._server = desk, letting_in, server

    async def refresh(self) -> None:
        """Ask the server again; nothing is known without it, or without the right to."""
        try:
            cards = await self._letting_in.waiting() if self._desk.may(CREATE) else []
        except (NeedsServer, NotAllowed):
            cards = []
        self.waiting.set({each.user_id: each for each in cards})

    async def make(self, user_id: UUID, name: str) -> None:
        """A new code for somebody; one from before is good no more."""
        code = await self._letting_in.code_for(user_id)
        self.made.set(Made(user_id=user_id, name=name, code=code, server=self._server, now=self._desk.now()))
        await self.refresh()

    async def cancel(self, user_id: UUID) -> None:
        """Take it back."""
        self.forget()
        try:
            await self._letting_in.cancel(user_id)
        finally:
            await self.refresh()

    def forget(self) -> None:
        """It was shown."""
        self.made.set(None)

    def is_invited(self, user_id: UUID) -> bool:
        """Whether somebody has not chosen a password yet."""
        card = self.waiting.value.get(user_id)
        return card is not None and not card.is_reset

    def words_of(self, user_id: UUID) -> str:
        """How it stands with somebody's password."""
        card = self.waiting.value.get(user_id)
        if card is None:
            return tr("They sign in with the password that they chose.")
        if card.is_over:
            return tr("They were given a code and did not use it in time. Make a new one.")
        until = moment_text(card.expires_at, self._desk.now())
        said = tr("They may choose a new password with a code, until {0}.") if card.is_reset else tr(
            "They have a code for choosing a password, and have not used it yet. It is good until {0}."
        )  # fmt: skip
        return said.replace("{0}", until)
