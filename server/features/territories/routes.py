"""Territories in the REST API."""

from app.domain.territories.commands import (
    AddTerritoryMember,
    CreateTerritory,
    DeleteTerritory,
    MoveTerritory,
    PlaceRecord,
    RemoveTerritoryMember,
    RenameTerritory,
    TakeOutRecord,
)
from app.domain.territories.queries import territories, territory
from server.features.routing import acting, creating, deleting, reading

ROUTES = (
    reading("/territories", territories, permission="territory:read"),
    creating("/territories", CreateTerritory, then=territory),
    reading("/territories/{id}", territory, permission="territory:read"),
    acting("/territories/{id}", RenameTerritory, then=territory, method="PATCH"),
    acting("/territories/{id}/above", MoveTerritory, then=territory, method="PUT"),
    deleting("/territories/{id}", DeleteTerritory),
    acting("/territories/{id}/members", AddTerritoryMember, then=territory),
    deleting("/territories/{id}/members/{user_id}", RemoveTerritoryMember),
    acting("/territories/{id}/records", PlaceRecord, then=territory),
    acting("/territories/{id}/take-out", TakeOutRecord, then=territory),
)
