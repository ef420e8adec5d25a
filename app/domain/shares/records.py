"""Shares are of the kernel, since everybody's sight follows from them; here is how commands name one."""

from typing import Annotated
from uuid import UUID

from app.kernel.command import Ref
from app.kernel.sharing import Share

ShareId = Annotated[UUID, Ref("share")]

__all__ = ["Share", "ShareId"]
