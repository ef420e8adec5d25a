"""Signing in and out at the server, and the tokens that keep one signed in."""

import asyncio
from collections.abc import Callable
from functools import cache
from ssl import SSLContext
from typing import Any
from uuid import UUID

import msgspec

from app.desk.secrets import Secrets
from app.kernel.errors import PatchbayError
from app.protocol.sign_in import DeviceRevoked, TooManyTries, WrongSignIn
from app.sync.errors import ServerAway, ServerTrouble, SignedOut
from app.sync.server import refusal_in

TIMEOUT_S, CONNECT_S = 15.0, 5.0  # httpx is imported when it is needed: not before the console stands


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says of who signed in."""

    access_token: str
    refresh_token: str
    tenant_id: UUID
    user_id: UUID
    device_key: str
    lock_after_days: int
    server_us: int
    user_name: str = ""
    workspace: str = ""


class Said(msgspec.Struct, frozen=True):
    """What a refusal says of itself."""

    key: str = ""
    values: dict[str, Any] = {}


async def sign_in(url: str, *, workspace: str, email: str, password: str, device: str, device_name: str) -> SignedIn:
    """Ask the server to let one in; `WrongSignIn`, `TooManyTries`, `ServerAway` or `ServerTrouble` when it does not."""
    body = {
        "workspace": workspace, "email": email, "password": password, "device": device, "device_name": device_name,
    }  # fmt: skip
    return await _ask(url, "/api/v1/sign-in", body)


async def choose_password(url: str, *, workspace: str, email: str, code: str, password: str) -> None:
    """Choose a password with a code; `WrongCode`, `BadValue`, `TooManyTries`, `ServerAway` or `ServerTrouble` when it fails."""
    trust = await asyncio.to_thread(_trust)
    import httpx

    timeout = httpx.Timeout(TIMEOUT_S, connect=CONNECT_S)
    body = {"workspace": workspace, "email": email, "code": code, "password": password}
    try:
        async with httpx.AsyncClient(base_url=url.rstrip("/"), timeout=timeout, verify=trust) as http:
            answer = await http.post("/api/v1/password-codes/use", json=body)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ServerAway(hint=type(error).__name__) from error
    if not answer.is_success:
        raise refusal_in(answer.content) or ServerTrouble(status=answer.status_code)


async def _ask(url: str, path: str, body: dict[str, Any]) -> SignedIn:
    trust = await asyncio.to_thread(_trust)
    import httpx

    timeout = httpx.Timeout(TIMEOUT_S, connect=CONNECT_S)
    try:
        async with httpx.AsyncClient(base_url=url.rstrip("/"), timeout=timeout, verify=trust) as http:
            answer = await http.post(path, json=body)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ServerAway(hint=type(error).__name__) from error
    if answer.status_code in {400, 401, 422}:
        raise _refusal(answer.content, str(body["device"]))
    if answer.status_code == 429:
        raise TooManyTries(retry_after_s=answer.headers.get("Retry-After", "60"))
    if answer.status_code != 200:
        raise ServerTrouble(status=answer.status_code)
    try:
        return msgspec.json.decode(answer.content, type=SignedIn)
    except msgspec.MsgspecError as error:
        raise ServerTrouble(status=answer.status_code) from error


async def tell_wiped(url: str, refresh_token: str, device: str) -> None:
    """Tell the server that this device holds nothing any more; `ServerAway` when it cannot be told: it goes on waiting for it."""
    import httpx

    trust = await asyncio.to_thread(_trust)
    body = {"refresh_token": refresh_token, "device": device}
    try:
        async with httpx.AsyncClient(base_url=url.rstrip("/"), timeout=TIMEOUT_S, verify=trust) as http:
            await http.post("/api/v1/devices/wiped", json=body)
    except httpx.HTTPError as error:
        raise ServerAway(hint=type(error).__name__) from error


def _refusal(content: bytes, device: str) -> PatchbayError:
    """Only a word that names this very device has its data destroyed."""
    try:
        said = msgspec.json.decode(content, type=Said)
    except msgspec.MsgspecError:
        return WrongSignIn()
    is_revoked = said.key == DeviceRevoked.key and said.values.get("device") == device
    return DeviceRevoked(**said.values) if is_revoked else WrongSignIn()


@cache
def _trust() -> SSLContext:
    """The authorities that servers are checked by; reading them takes 50 ms: once, and beside the event loop."""
    import httpx

    return httpx.create_ssl_context()


class Tokens:
    """The access token in memory, the refresh token among the secrets; each refresh changes both."""

    def __init__(
        self, url: str, device: str, secrets: Secrets, name: str, taken: Callable[[SignedIn], object] = lambda _said: None
    ) -> None:
        self._url, self._device, self._secrets, self._name, self._taken = url, device, secrets, name, taken
        self._access = ""
        self._asking = asyncio.Lock()

    def take(self, signed_in: SignedIn) -> None:
        """Keep what a sign-in or a refresh gave."""
        self._access = signed_in.access_token
        self._secrets.set(self._name, signed_in.refresh_token)
        self._taken(signed_in)

    async def access(self) -> str:
        """The token of the moment."""
        return self._access or await self.refresh()

    async def refresh(self) -> str:
        """A new one; `SignedOut` when the server no longer takes the refresh token."""
        stale = self._access
        async with self._asking:
            if self._access != stale:
                return self._access  # somebody else was quicker
            kept = self._secrets.get(self._name)
            if kept is None:
                raise SignedOut
            try:
                self.take(await _ask(self._url, "/api/v1/refresh", {"refresh_token": kept, "device": self._device}))
            except WrongSignIn as error:
                self._secrets.delete(self._name)
                raise SignedOut from error
        return self._access

    async def sign_out(self) -> None:
        """Tell the server, if it can be reached, and forget the tokens."""
        import httpx

        if self._access:
            try:
                async with httpx.AsyncClient(base_url=self._url, timeout=TIMEOUT_S) as http:
                    await http.post("/api/v1/sign-out", headers={"Authorization": f"Bearer {self._access}"})
            except httpx.HTTPError as error:
                raise ServerAway(hint=type(error).__name__) from error
            finally:
                self._access = ""
                self._secrets.delete(self._name)
