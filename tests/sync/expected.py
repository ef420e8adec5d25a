"""What a replica must hold: worked out row by row from the server's tables, in another way than the server and the console do."""

from typing import Any
from uuid import UUID

from app.kernel.columns import EPOCH
from app.kernel.record import KINDS, indispensable
from app.protocol.sight import Sight

Rows = dict[UUID, dict[str, Any]]
NO_VALUE: tuple[Any, ...] = (None, "", 0, False, {}, (), EPOCH, UUID(int=0))


def expected(sight: Sight, everything: dict[str, Rows]) -> dict[str, Rows]:
    """The rows of each kind that belong on a device of this sight, without what is hidden."""
    return {
        name: {key: unveiled(sight, name, row) for key, row in everything[name].items() if belongs(sight, name, row, everything)}
        for name in KINDS
    }


def belongs(sight: Sight, name: str, row: dict[str, Any], everything: dict[str, Rows]) -> bool:
    kind = KINDS[name]
    root_name = name
    if kind.__parent__:
        root_name, column = kind.__parent__
        row = everything[root_name][row[column]]
    if row["id"] in sight.pins.get(name, sight.pins.get(root_name, ())):
        return True
    keys = sight.apart.get(name, sight.keys)
    is_recent = not getattr(KINDS[root_name], "__recent__", False) or row["version"] > sight.floor
    own = {row["owner_id"], row["team_id"], row["territory_id"]}
    shares = everything["share"].values()
    own |= {share["team_id"] for share in shares if share["record_id"] == row["id"] and share["deleted_at"] is None}
    return is_recent and (keys is None or bool(own & keys))


def unveiled(sight: Sight, name: str, row: dict[str, Any]) -> dict[str, Any]:
    """The row with nothing in the columns that are hidden."""
    hidden = sight.hidden.get(name, frozenset()) - indispensable(KINDS[name])
    shown = {column: "hidden" if column in hidden else value for column, value in row.items()}
    if name == "conflict" and row["record_kind"] in sight.hidden:
        shown["lost"] = unveiled_loss(row, sight.hidden[row["record_kind"]])
    return shown


def unveiled_loss(conflict: dict[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    told = dict(conflict["lost"])
    if conflict["field"] in hidden:
        told |= dict.fromkeys(("value", "won", "original", "lost_turn", "won_turn"))
    told["joined"] = [each for each in told["joined"] if each["field"] not in hidden]
    return told


def held(sight: Sight, name: str, rows: Rows) -> Rows:
    """What a replica holds, in the same form; a hidden column that holds something stays visible and so is found."""
    hidden = sight.hidden.get(name, frozenset()) - indispensable(KINDS[name])
    return {
        key: {column: "hidden" if column in hidden and value in NO_VALUE else value for column, value in row.items()}
        for key, row in rows.items()
    }
