"""The doors for passwords that are chosen with a code: somebody new gets one, or who has lost theirs; it is good once."""

import secrets
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Meta

from app.domain.roles.actors import access_of
from app.domain.roles.catalogue import exceeded, opened
from app.domain.users.queries import UserCard, user
from app.kernel.columns import moment_from_us
from app.kernel.errors import FieldNotAllowed, NotAllowed, NotHere, Refused
from app.kernel.reader import Reader
from app.kernel.text import storable
from app.protocol.password_codes import CodeCard, NewCode
from app.protocol.sign_in import WrongCode
from server.database.answers import NOBODY
from server.database.codes import Waiting, drop_code, has_password, put_code, use_code, waiting, waiting_by_email
from server.database.store import Stores, TenantStore
from server.database.trail import Event, write_event
from server.features.keys import SESSION, STORES
from server.web.dispatch import Door, read_id
from server.web.gate import LONGEST_EMAIL, Gate
from server.web.limits import RateLimit
from server.web.passwords import Passwords, check_password
from server.web.sign_in import Longer, Short

ADD, RESET = "user:create", "user:reset_password"
GOOD_FOR = timedelta(days=7)
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is read as another
LENGTH, PART = 16, 4  # 80 bits


class Deactivated(Refused):
    """A code would be of no use to them."""

    key = "deactivated"
    text = "{name} is deactivated and can't sign in. Let them in first, then make a code."


class Chosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code, whose it is, and the password that it shall be."""

    workspace: Short
    email: Short
    code: Annotated[str, Meta(min_length=1, max_length=100)]
    password: Longer


class Codes:
    """One for the whole server."""

    def __init__(self, stores: Stores, gate: Gate, passwords: Passwords) -> None:
        self._stores, self._gate, self._passwords = stores, gate, passwords
        self._by_address = RateLimit(stores, "address", burst=50, refill_s=3)  # the same as for signing in
        self._by_account = RateLimit(stores, "account", burst=10, refill_s=30)
        self._by_maker = RateLimit(stores, "codes", burst=50, refill_s=30)

    async def make(self, store: TenantStore, user_id: UUID, email: str, *, by: UUID, device: str, address: str) -> NewCode:
        """A new one; those before are good no more."""
        await self._by_maker.take(f"{store.tenant_id}\x1f{by}")
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        now = moment_from_us(store.now_us())
        given = Waiting(
            user_id=user_id, email=email, code_hash=await self._passwords.hash(code), is_reset=False, created_at=now,
            created_by=by, expires_at=now + GOOD_FOR,
        )  # fmt: skip
        event = _event("make", by, user_id, device=device, address=address, until=given.expires_at.isoformat())
        await store.change(lambda each: put_code(each, store.tenant_id, given, event))
        slug = next(each.slug for each in self._stores.directory.all() if each.id == store.tenant_id)
        return NewCode(code=written(code), workspace=slug, email=email, expires_at=given.expires_at)

    async def use(self, chosen: Chosen, address: str) -> None:
        """Make this the person's password and end their sessions; `WrongCode` says and takes the same whatever is wrong."""
        check_password(chosen.password)
        account = f"{chosen.workspace}\x1f{chosen.email.strip().lower()}"
        await self._by_address.take(address)
        await self._by_account.take(account)
        tenant = self._stores.directory.find(chosen.workspace)
        store = self._stores.of(tenant.id) if tenant else None
        found = await store.look(lambda each: waiting_by_email(each, store.tenant_id, chosen.email)) if store else None
        is_good = found is not None and found.expires_at > moment_from_us(self._stores.now_us())
        is_right = await self._passwords.matches(plain(chosen.code), found.code_hash if found and is_good else None)
        if store is None or found is None or not is_right or not await self._take(store, found, chosen.password, address):
            if store is not None:
                await self._refuse(store, found, chosen.email, address)
            raise WrongCode
        await self._by_address.give_back(address)
        await self._by_account.give_back(account)
        await self._gate.end(store, reason="password chosen anew", user_id=found.user_id)

    async def _take(self, store: TenantStore, found: Waiting, password: str, address: str) -> bool:
        password_hash, now = await self._passwords.hash(password), moment_from_us(store.now_us())
        event = _event("use", found.user_id, found.user_id, address=address)
        return await store.change(lambda each: use_code(each, store.tenant_id, found, password_hash, event, now))

    @staticmethod
    async def _refuse(store: TenantStore, found: Waiting | None, email: str, address: str) -> None:
        who = found.user_id if found else NOBODY
        event = _event("refused", who, who, address=address, email=email[:LONGEST_EMAIL])
        await store.change(lambda each: write_event(each, store.tenant_id, event, store.now_us()))


def _event(verb: str, by: UUID, about: UUID, *, device: str = "", address: str = "", **fields: str) -> Event:
    """What the audit keeps: never the code."""
    return Event(
        verb=f"password_code.{verb}", actor_id=by, device=storable(device), address=address, kind="user", record_id=about,
        fields={name: storable(value) for name, value in fields.items()},
    )  # fmt: skip


def written(code: str) -> str:
    """As people read it to each other: ABCD-EFGH-…"""
    return "-".join(code[at : at + PART] for at in range(0, len(code), PART))


def plain(typed: str) -> str:
    """As it is kept, however it was typed."""
    return "".join(each for each in typed.upper() if each in LETTERS)


CODES: web.AppKey[Codes] = web.AppKey("codes", Codes)


async def _make(request: web.Request, _body: Any) -> NewCode:
    session, store = request[SESSION], _store(request)
    person = await _somebody(request)
    return await request.app[CODES].make(
        store, person.id, person.email, by=session.user_id, device=session.device, address=request.remote or ""
    )


async def _list(request: web.Request, _body: Any) -> list[CodeCard]:
    store = _store(request)
    now = moment_from_us(store.now_us())
    await store.read(lambda reader: _check(reader, ADD), request[SESSION].user_id)
    return [
        CodeCard(
            user_id=each.user_id, is_reset=each.is_reset, created_at=each.created_at, created_by=each.created_by,
            expires_at=each.expires_at, is_over=each.expires_at <= now,
        )
        for each in await store.look(lambda connection: waiting(connection, store.tenant_id))
    ]  # fmt: skip


async def _cancel(request: web.Request, _body: Any) -> None:
    session, store = request[SESSION], _store(request)
    person = await _somebody(request)
    event = _event("cancel", session.user_id, person.id, device=session.device, address=request.remote or "")
    now = moment_from_us(store.now_us())
    if not await store.change(lambda each: drop_code(each, store.tenant_id, person.id, event, now)):
        raise NotHere(kind="password_code", id=person.id.hex)


async def _use(request: web.Request, body: Chosen) -> None:
    await request.app[CODES].use(body, request.remote or "")


async def _somebody(request: web.Request) -> UserCard:
    """The person that the path names, if the caller may give them a code: nobody opens the way to more than they have."""
    user_id = read_id(request.match_info["user_id"], request.path)

    def check(reader: Reader) -> UserCard:
        _check(reader, ADD)
        person = user(reader, user_id)
        if not person.is_active:
            raise Deactivated(name=person.name)
        if has_password(reader.connection, reader.tenant_id, user_id):
            _check(reader, RESET)
        mine, theirs = reader.actor.access, access_of(reader.connection, reader.tenant_id, user_id)
        if (further := exceeded(mine, theirs)) is not None:
            raise NotAllowed(permission=further)
        if (shown := opened(mine, theirs)) is not None:
            raise FieldNotAllowed(kind=shown[0], field=shown[1])
        return person

    return await _store(request).read(check, request[SESSION].user_id)


def _store(request: web.Request) -> TenantStore:
    return request.app[STORES].of(request[SESSION].tenant_id)


def _check(reader: Reader, permission: str) -> None:
    if not reader.actor.may(permission):
        raise NotAllowed(permission=permission)


DOORS = (
    Door(
        method="GET", path="/password-codes", name="password_codes", tag="users",
        summary="Who was given a code for choosing a password, and has not used it.", serve=_list, answers=list[CodeCard],
    ),
    Door(
        method="POST", path="/users/{user_id}/password-code", name="make_password_code", tag="users",
        summary="Give somebody a code for choosing a password, once; one from before is good no more.", serve=_make,
        answers=NewCode, status=201,
    ),
    Door(
        method="DELETE", path="/users/{user_id}/password-code", name="cancel_password_code", tag="users",
        summary="Take somebody's code back.", serve=_cancel,
    ),
    Door(
        method="POST", path="/password-codes/use", name="use_password_code", tag="sign-in",
        summary="Choose a password with a code; the person's devices are signed out.", serve=_use, body=Chosen, is_public=True,
    ),
)  # fmt: skip
