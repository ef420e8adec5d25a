"""Changing one's own password: what is wrong is said beside its field. Without Qt."""

from dataclasses import dataclass
from typing import Literal

from app.desk.letting_in import LettingIn
from app.desk.rights import problem_text
from app.desk.sign_in import SignIn
from app.kernel.errors import BadValue, PatchbayError
from app.kernel.observable import Observable
from app.kernel.words import tr
from app.protocol.sign_in import WrongPassword

Field = Literal["", "old", "new", "again"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """How far it is; `field` is the one that the problem is about."""

    step: Literal["asking", "changing", "changed"] = "asking"
    problem: str = ""
    field: Field = ""


class PasswordPanel:
    """The server changes it; other devices of the person are signed out."""

    def __init__(self, letting_in: LettingIn, sign_in: SignIn) -> None:
        self.now: Observable[Changing] = Observable(Changing())
        self._letting_in, self._sign_in = letting_in, sign_in

    async def change(self, old: str, new: str, again: str) -> None:
        """What is missing or differs is found out here, what is wrong by the server."""
        empty: Field = "old" if not old else "new" if not new else ""
        if empty:
            self.now.set(Changing(problem=tr("Write something here."), field=empty))
            return
        if new != again:
            self.now.set(Changing(problem=tr("The two are not the same."), field="again"))
            return
        self.now.set(Changing(step="changing"))
        try:
            await self._letting_in.change_own(self._sign_in, old, new)
        except PatchbayError as error:
            field: Field = "old" if isinstance(error, WrongPassword) else "new" if isinstance(error, BadValue) else ""
            self.now.set(Changing(problem=problem_text(error), field=field))
        else:
            self.now.set(Changing(step="changed"))
