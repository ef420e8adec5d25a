"""Signing in and staying in: passwords, sessions, token rotation, revocation, and who a request comes from."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.kernel.columns import moment_from_us
from app.kernel.errors import PatchbayError
from app.kernel.ids import new_id
from app.kernel.text import storable
from app.protocol.sign_in import DeviceRevoked, WrongPassword, WrongSignIn
from server.database.answers import NOBODY
from server.database.devices import KnownDevice, enter, lock_after_days, note_wiped, revocation_of, revoke_devices
from server.database.sessions import (
    REFRESH_AGE,
    DeviceSession,
    Holder,
    SignedIn,
    add_session,
    holder_by_email,
    holder_by_id,
    revoke,
    session_of,
    sessions_of,
    set_password,
    turn,
)
from server.database.store import Stores, TenantStore
from server.database.trail import Event, write_event
from server.database.vault import Vault
from server.web.known import KnownTokens
from server.web.limits import RateLimit
from server.web.passwords import Passwords
from server.web.problems import NotSignedIn
from server.web.tokens import ACCESS_AGE_S, RefreshToken, Tokens

LOST_ANSWER = timedelta(minutes=2)  # a console that heard nothing asks again within seconds, or after its restart
SECRET_BYTES = 32
LONGEST_EMAIL = 200  # of what the audit keeps of an attempt


class Tickets(msgspec.Struct, frozen=True, kw_only=True):
    """What a device gets for signing in: an access token for 15 minutes, and a refresh token for one use."""

    access_token: str
    refresh_token: str
    expires_in_s: int
    tenant_id: UUID
    user_id: UUID
    session_id: UUID
    workspace: str
    user_name: str
    device_key: str  # opens the device's copy; who goes without contact for too long must come and ask for it again
    lock_after_days: int
    server_us: int


class Gate:
    """One for the whole server."""

    def __init__(self, stores: Stores, tokens: Tokens, passwords: Passwords, vault: Vault) -> None:
        self._stores, self._tokens, self._passwords, self._vault = stores, tokens, passwords, vault
        self._by_address = RateLimit(stores, "address", burst=50, refill_s=3)
        self._by_account = RateLimit(stores, "account", burst=10, refill_s=30)
        self.known = KnownTokens(stores)

    async def sign_in(self, *, workspace: str, email: str, password: str, device: str, device_name: str, address: str) -> Tickets:
        """Let a device in; `WrongSignIn` says and takes the same whatever is wrong."""
        account = f"{workspace}\x1f{email.strip().lower()}"
        await self._by_address.take(address)
        await self._by_account.take(account)
        tenant = self._stores.directory.find(workspace)
        store = self._stores.of(tenant.id) if tenant else None
        holder = await store.look(lambda each: holder_by_email(each, store.tenant_id, email)) if store else None
        is_right = await self._passwords.matches(password, holder.password_hash if holder else None)
        if store is None or tenant is None or holder is None or not is_right:
            if store is not None:
                who = holder.user_id if holder else NOBODY
                await self._tell(store, "sign_in.refused", who, device, address, email=email[:LONGEST_EMAIL])
            raise WrongSignIn
        await self._by_address.give_back(address)
        await self._by_account.give_back(account)
        return await self._let_in(store, holder, device=device, device_name=device_name, address=address, workspace=tenant.name)

    async def _let_in(
        self, store: TenantStore, holder: Holder, *, device: str, device_name: str, address: str, workspace: str
    ) -> Tickets:
        now = self._now()
        session = DeviceSession(
            id=new_id(), user_id=holder.user_id, device=device, device_name=device_name, address=address, generation=0,
            created_at=now, refreshed_at=now, expires_at=now + REFRESH_AGE,
        )  # fmt: skip
        await store.change(lambda each: add_session(each, store.tenant_id, session))
        await self._tell(store, "sign_in", holder.user_id, device, address, device_name=device_name)
        return await self._tickets(store, session, workspace=workspace, user_name=holder.name)

    @staticmethod
    async def _tell(
        store: TenantStore, verb: str, user_id: UUID, device: str, address: str, *, about: UUID | None = None, **fields: str | int
    ) -> None:
        """Have the audit know of it; `about` whom, if not who did it."""
        event = Event(
            verb=verb, actor_id=user_id, device=storable(device), address=address, kind="user", record_id=about or user_id,
            fields={name: storable(value) if isinstance(value, str) else value for name, value in fields.items()},
        )  # fmt: skip
        await store.change(lambda each: write_event(each, store.tenant_id, event, store.now_us()))

    async def refresh(self, refresh_token: str, device: str, address: str) -> Tickets:
        """New tokens for an unused refresh token; a used one ends the session, for somebody may have stolen it.

        The one used last is answered once more for a while: its first answer may have been lost on the way.
        """
        said = self._tokens.read_refresh(refresh_token, device)
        store = self._store(said.tenant_id)
        now = self._now()
        await store.change(lambda each: turn(each, store.tenant_id, said.session_id, said.generation, now))
        session = await store.look(lambda each: session_of(each, store.tenant_id, said.session_id, now))
        if session is None:
            raise await self._ending_of(store, said.session_id)
        if session.generation != said.generation + 1 or now - session.refreshed_at > LOST_ANSWER:
            await self.end(store, session_id=session.id, reason="refresh token used twice")
            raise NotSignedIn
        holder = await store.look(lambda each: holder_by_id(each, store.tenant_id, session.user_id))
        workspace = next(each.name for each in self._stores.directory.all() if each.id == store.tenant_id)
        here = msgspec.structs.replace(session, address=address)
        return await self._tickets(store, here, workspace=workspace, user_name=holder.name if holder else "")

    async def who(self, token: str) -> SignedIn:
        """Who calls with this access token; `NotSignedIn` when it is over, revoked or not ours."""
        known = self.known.find(token)
        if known is not None:
            return known
        epoch = self.known.epoch
        signed_in, until_s = self._tokens.read_access(token)
        store = self._store(signed_in.tenant_id)
        session = await store.look(lambda each: session_of(each, store.tenant_id, signed_in.session_id, self._now()))
        if session is None:
            raise await self._ending_of(store, signed_in.session_id)
        self.known.keep(token, signed_in, until_s - self._stores.now_us() / 1_000_000, epoch)
        return signed_in

    async def sessions(self, signed_in: SignedIn) -> list[DeviceSession]:
        """Where the caller is signed in."""
        store = self._store(signed_in.tenant_id)
        return await store.look(lambda each: sessions_of(each, store.tenant_id, signed_in.user_id, self._now()))

    async def end(
        self,
        store: TenantStore,
        *,
        reason: str,
        session_id: UUID | None = None,
        user_id: UUID | None = None,
        but: UUID | None = None,
    ) -> Sequence[UUID]:
        """End a session, or all of a person's but one; its tokens are worth nothing from now on."""
        ended = await store.change(
            lambda each: revoke(
                each, store.tenant_id, self._now(), reason=reason, session_id=session_id, user_id=user_id, but=but
            )
        )
        self.known.end(store, ended)
        return ended

    async def revoke(
        self, caller: SignedIn, user_id: UUID, *, reason: str, address: str, only: UUID | None = None, but: str | None = None
    ) -> list[KnownDevice]:
        """End one of a person's devices or all but one, for good: each destroys its copy at its next contact."""
        store = self._store(caller.tenant_id)
        devices, ended = await store.change(
            lambda each: revoke_devices(
                each, store.tenant_id, user_id, self._now(), reason=reason, by=caller.user_id, only=only, but=but
            )
        )
        self.known.end(store, ended)
        names = ", ".join(each.name or each.device for each in devices)
        await self._tell(
            store, "device.revoke", caller.user_id, caller.device, address, about=user_id, reason=reason, devices=names
        )
        return devices

    async def wiped(self, refresh_token: str, device: str) -> None:
        """A revoked device holds nothing any more; `NotSignedIn` when that is not what it is."""
        said = self._tokens.read_refresh(refresh_token, device)
        store = self._store(said.tenant_id)
        if not await store.change(lambda each: note_wiped(each, store.tenant_id, said.session_id, self._now())):
            raise NotSignedIn

    async def _ending_of(self, store: TenantStore, session_id: UUID) -> PatchbayError:
        """What a device hears whose session is over."""
        found = await store.look(lambda each: revocation_of(each, store.tenant_id, session_id))
        return DeviceRevoked(why=found[0], device=found[1]) if found else NotSignedIn()

    async def end_own(self, signed_in: SignedIn, *, reason: str, address: str, session_id: UUID | None = None) -> Sequence[UUID]:
        """End a session of the caller's, or all of them."""
        store = self._store(signed_in.tenant_id)
        ended = await self.end(store, reason=reason, session_id=session_id, user_id=signed_in.user_id)
        await self._tell(store, "session.end", signed_in.user_id, signed_in.device, address, reason=reason, count=len(ended))
        return ended

    async def change_password(self, signed_in: SignedIn, old: str, new: str, address: str) -> None:
        """Change the caller's password and end their other sessions; `WrongPassword` when the old one is wrong."""
        store = self._store(signed_in.tenant_id)
        account = f"{signed_in.tenant_id}\x1f{signed_in.user_id}"
        await self._by_account.take(account)
        holder = await store.look(lambda each: holder_by_id(each, store.tenant_id, signed_in.user_id))
        if not await self._passwords.matches(old, holder.password_hash if holder else None):
            raise WrongPassword
        await self._by_account.give_back(account)
        new_hash = await self._passwords.hash(new)
        await store.change(lambda each: set_password(each, store.tenant_id, signed_in.user_id, new_hash, self._now()))
        await self._tell(store, "password.change", signed_in.user_id, signed_in.device, address)
        await self.end(store, reason="password changed", user_id=signed_in.user_id, but=signed_in.session_id)

    async def _tickets(self, store: TenantStore, session: DeviceSession, *, workspace: str, user_name: str) -> Tickets:
        tenant_id, now = store.tenant_id, self._now()
        fresh = self._vault.seal(os.urandom(SECRET_BYTES).hex())
        sealed = await store.change(lambda each: enter(each, tenant_id, session, now, fresh))
        days = await store.look(lambda each: lock_after_days(each, tenant_id))
        said = RefreshToken(tenant_id=tenant_id, session_id=session.id, generation=session.generation)
        signed_in = SignedIn(tenant_id=tenant_id, user_id=session.user_id, device=session.device, session_id=session.id)
        return Tickets(
            access_token=self._tokens.access(signed_in), refresh_token=self._tokens.refresh(said, session.device),
            expires_in_s=ACCESS_AGE_S, tenant_id=tenant_id, user_id=session.user_id, session_id=session.id,
            workspace=workspace, user_name=user_name, device_key=self._vault.open(sealed), lock_after_days=days,
            server_us=self._stores.now_us(),
        )  # fmt: skip

    def _store(self, tenant_id: UUID) -> TenantStore:
        try:
            return self._stores.of(tenant_id)
        except KeyError as error:
            raise NotSignedIn from error

    def _now(self) -> datetime:
        return moment_from_us(self._stores.now_us())
