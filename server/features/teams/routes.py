"""Teams in the REST API."""

from app.domain.teams.commands import AddTeamMember, CreateTeam, DeleteTeam, RemoveTeamMember, RenameTeam
from app.domain.teams.queries import team, teams
from server.features.routing import acting, creating, deleting, reading

ROUTES = (
    reading("/teams", teams, permission="team:read"),
    creating("/teams", CreateTeam, then=team),
    reading("/teams/{id}", team, permission="team:read"),
    acting("/teams/{id}", RenameTeam, then=team, method="PATCH"),
    deleting("/teams/{id}", DeleteTeam),
    acting("/teams/{id}/members", AddTeamMember, then=team),
    deleting("/teams/{id}/members/{user_id}", RemoveTeamMember),
)
