"""The doors for signing in, staying in and getting out."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Meta

from app.kernel.errors import NotHere
from server.features.keys import SESSION
from server.web.dispatch import Door, read_id
from server.web.gate import Gate, Tickets

GATE: web.AppKey[Gate] = web.AppKey("gate", Gate)
Short = Annotated[str, Meta(min_length=1, max_length=200)]
Longer = Annotated[str, Meta(min_length=1, max_length=1000)]


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who, and from which device."""

    workspace: Short
    email: Short
    password: Longer
    device: Annotated[str, Meta(min_length=1, max_length=200, description="An id that the device keeps.")]
    device_name: Annotated[str, Meta(max_length=200)] = ""


class Refresh(msgspec.Struct, frozen=True, kw_only=True):
    """The last refresh token, from the device that got it."""

    refresh_token: Longer
    device: Short


class NewPassword(msgspec.Struct, frozen=True, kw_only=True):
    """The password as it is and as it shall be."""

    old: Longer
    new: Longer


class SessionCard(msgspec.Struct, frozen=True, kw_only=True):
    """A device that is signed in."""

    id: UUID
    device_name: str
    address: str
    created_at: datetime
    refreshed_at: datetime
    is_this_one: bool


async def _sign_in(request: web.Request, body: SignIn) -> Tickets:
    return await request.app[GATE].sign_in(
        workspace=body.workspace, email=body.email, password=body.password, device=body.device, device_name=body.device_name,
        address=request.remote or "",
    )  # fmt: skip


async def _refresh(request: web.Request, body: Refresh) -> Tickets:
    return await request.app[GATE].refresh(body.refresh_token, body.device, request.remote or "")


async def _sign_out(request: web.Request, _body: Any) -> None:
    session = request[SESSION]
    await request.app[GATE].end_own(session, reason="signed out", session_id=session.session_id, address=request.remote or "")


async def _sessions(request: web.Request, _body: Any) -> list[SessionCard]:
    own = request[SESSION]
    return [
        SessionCard(
            id=each.id,
            device_name=each.device_name,
            address=each.address,
            created_at=each.created_at,
            refreshed_at=each.refreshed_at,
            is_this_one=each.id == own.session_id,
        )
        for each in await request.app[GATE].sessions(own)
    ]


async def _end_session(request: web.Request, _body: Any) -> None:
    session_id = read_id(request.match_info["id"], request.path)
    if not await request.app[GATE].end_own(
        request[SESSION], reason="signed out elsewhere", session_id=session_id, address=request.remote or ""
    ):
        raise NotHere(kind="session", id=session_id.hex)


async def _end_sessions(request: web.Request, _body: Any) -> None:
    await request.app[GATE].end_own(request[SESSION], reason="signed out elsewhere", address=request.remote or "")


async def _change_password(request: web.Request, body: NewPassword) -> None:
    await request.app[GATE].change_password(request[SESSION], body.old, body.new, request.remote or "")


DOORS = (
    Door(
        method="POST", path="/sign-in", name="sign_in", tag="sign-in", summary="Sign a device in.", serve=_sign_in, body=SignIn,
        answers=Tickets, is_public=True,
    ),
    Door(
        method="POST", path="/refresh", name="refresh", tag="sign-in", summary="Get new tokens for the last refresh token.",
        serve=_refresh, body=Refresh, answers=Tickets, is_public=True,
    ),
    Door(method="POST", path="/sign-out", name="sign_out", tag="sign-in", summary="Sign this device out.", serve=_sign_out),
    Door(
        method="GET", path="/sessions", name="sessions", tag="sign-in", summary="Where you are signed in.", serve=_sessions,
        answers=list[SessionCard],
    ),
    Door(
        method="DELETE", path="/sessions/{id}", name="end_session", tag="sign-in", summary="Sign one of your devices out.",
        serve=_end_session,
    ),
    Door(
        method="DELETE", path="/sessions", name="end_sessions", tag="sign-in", summary="Sign all your devices out, this one too.",
        serve=_end_sessions,
    ),
    Door(
        method="POST", path="/password", name="change_password", tag="sign-in",
        summary="Change your password; other devices are signed out.", serve=_change_password, body=NewPassword,
    ),
)  # fmt: skip
