"""Teams and who is in them."""

from typing import Annotated
from uuid import UUID

from sqlalchemy.orm import Mapped

from app.kernel.command import Ref
from app.kernel.record import Record, Root

TeamId = Annotated[UUID, Ref("team")]
NewTeamId = Annotated[UUID, Ref("team", new=True)]


class Team(Root):
    """A group of people who share work; known to everybody."""

    __open__ = True

    name: Mapped[str]


class TeamMember(Record):
    """Somebody is in a team."""

    __open__ = True
    __parent__ = ("team", "member_of")
    __indexes__ = (("user_id",),)

    member_of: Mapped[UUID]
    user_id: Mapped[UUID]
