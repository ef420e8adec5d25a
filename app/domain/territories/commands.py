"""What can be done with territories, and putting records into them."""

from uuid import UUID

from app.domain.teams.rules import membership_id
from app.domain.territories.records import NewTerritoryId, Territory, TerritoryId, TerritoryMember
from app.domain.users.records import UserId
from app.kernel.command import Command, handles
from app.kernel.named import required
from app.kernel.record import Root, root_of_kind
from app.kernel.tree import check_no_circle
from app.kernel.work import UnitOfWork


class CreateTerritory(Command, name="territory.create", permission="territory:create", offline=False):
    """Mark out a territory, below another or at the top."""

    territory_id: NewTerritoryId
    name: str
    above_id: UUID | None = None


class RenameTerritory(Command, name="territory.rename", permission="territory:edit", offline=False):
    """Call a territory otherwise."""

    territory_id: TerritoryId
    name: str


class MoveTerritory(Command, name="territory.move", permission="territory:edit", offline=False):
    """Put a territory below another, or at the top."""

    territory_id: TerritoryId
    above_id: UUID | None


class DeleteTerritory(Command, name="territory.delete", permission="territory:delete", offline=False):
    """Give a territory up; what is below it goes below what is above it, and its records belong to none."""

    territory_id: TerritoryId


class AddTerritoryMember(Command, name="territory.add_member", permission="territory:edit", offline=False):
    """Have somebody look after a territory and all below it."""

    territory_id: TerritoryId
    user_id: UserId


class RemoveTerritoryMember(Command, name="territory.remove_member", permission="territory:edit", offline=False):
    """Have somebody look after a territory no longer."""

    territory_id: TerritoryId
    user_id: UserId


class PlaceRecord(Command, name="territory.place", permission="territory:place", offline=True):
    """Put a record into a territory; the right to assign records of its noun is needed too."""

    territory_id: TerritoryId
    record_kind: str
    record_id: UUID


class TakeOutRecord(Command, name="territory.take_out", permission="territory:place", offline=True):
    """Take a record out of a territory; it is in none then."""

    territory_id: TerritoryId
    record_kind: str
    record_id: UUID


@handles(CreateTerritory)
def create_territory(work: UnitOfWork, command: CreateTerritory) -> Territory:
    """Territories are known to everybody."""
    if command.above_id:
        work.get(Territory, command.above_id)
    name = required("name", command.name)
    return work.add(Territory(id=command.territory_id, team_id=work.tenant_id, name=name, above_id=command.above_id))


@handles(RenameTerritory)
def rename_territory(work: UnitOfWork, command: RenameTerritory) -> Territory:
    """The name stands on its own."""
    territory = work.get(Territory, command.territory_id)
    work.edit(territory, {"name": required("name", command.name)})
    return territory


@handles(MoveTerritory)
def move_territory(work: UnitOfWork, command: MoveTerritory) -> Territory:
    """Everything below it moves along."""
    territory = work.get(Territory, command.territory_id)
    if command.above_id:
        work.get(Territory, command.above_id)
    pairs = ((each.above_id, each.id) for each in work.find(Territory) if each.above_id)
    check_no_circle("above_id", territory.id, command.above_id, pairs)
    territory.above_id = command.above_id
    return territory


@handles(DeleteTerritory)
def delete_territory(work: UnitOfWork, command: DeleteTerritory) -> None:
    """Nobody sees a record by a territory that is gone; the record keeps the id, so that undo brings it back."""
    territory = work.get(Territory, command.territory_id)
    for under in work.find(Territory, Territory.above_id == territory.id):
        under.above_id = territory.above_id
    for member in work.find(TerritoryMember, TerritoryMember.member_of == territory.id):
        work.delete(member)
    work.delete(territory)


@handles(AddTerritoryMember)
def add_territory_member(work: UnitOfWork, command: AddTerritoryMember) -> TerritoryMember:
    """Nothing changes for who does already."""
    own_id = membership_id(command.territory_id, command.user_id)
    return work.keep(TerritoryMember(id=own_id, member_of=command.territory_id, user_id=command.user_id))


@handles(RemoveTerritoryMember)
def remove_territory_member(work: UnitOfWork, command: RemoveTerritoryMember) -> None:
    """Their consoles forget what only the territory let them see."""
    work.delete(work.get(TerritoryMember, membership_id(command.territory_id, command.user_id)))


@handles(PlaceRecord)
def place_record(work: UnitOfWork, command: PlaceRecord) -> Root:
    """Only what decides for itself who sees it has a territory."""
    record = work.get(root_of_kind(command.record_kind), command.record_id)
    record.territory_id = command.territory_id
    return record


@handles(TakeOutRecord)
def take_out_record(work: UnitOfWork, command: TakeOutRecord) -> Root:
    """Nothing changes for a record that is elsewhere by now."""
    record = work.get(root_of_kind(command.record_kind), command.record_id)
    if record.territory_id == command.territory_id:
        record.territory_id = None
    return record
