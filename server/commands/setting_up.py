"""`init`, `user add` and `inbox add`."""

import argparse

from app.domain.identities.rules import read_email
from app.kernel.errors import BadValue, PatchbayError
from server.database.founding import Person, add_person, found_tenant
from server.database.inboxes import InboxSettings, keep_inbox
from server.database.store import Stores, TenantStore
from server.database.trail import Event, by_itself, telling
from server.database.vault import open_vault
from server.web.passwords import Passwords


class NoSuchWorkspace(PatchbayError):
    """The directory does not know the workspace."""

    key = "no_such_workspace"
    text = "There is no workspace called {slug}. There are: {known}."


async def initialise(
    stores: Stores, *, tenant: str, admin: str, name: str, password: str, country: str = "", time_zone: str = "UTC"
) -> str:
    """Make a workspace and its administrator, or nothing that is in the way of another try; the workspace's short name."""
    if not read_email(admin).is_valid:
        raise BadValue(field="admin", value=admin, hint="Write an address such as ana@example.com.")
    password_hash = await _hash(password)
    open_vault(stores.place.key_file)
    first = Person(name=name or admin.partition("@")[0], email=admin, role="administrator", password_hash=password_hash)
    store = await found_tenant(stores, tenant, country=country, time_zone=time_zone, admin=first)
    return next(each.slug for each in stores.directory.all() if each.id == store.tenant_id)


async def add_user(stores: Stores, workspace: str, *, name: str, email: str, role: str, password: str) -> None:
    """Let somebody in."""
    store = store_of(stores, workspace)
    await add_person(store, Person(name=name, email=email, role=role, password_hash=await _hash(password)))


async def add_inbox(stores: Stores, chosen: argparse.Namespace, password: str) -> None:
    """Add a shared inbox, or change the one of this key; one password for reading and sending."""
    store, vault = store_of(stores, chosen.workspace), open_vault(stores.place.key_file)
    settings = InboxSettings(
        key=chosen.key, name=chosen.name, address=chosen.address, folder=chosen.mailbox, sent_folder=chosen.sent_folder,
        imap_host=chosen.imap_host, imap_port=chosen.imap_port, imap_security=chosen.imap_security,
        imap_user=chosen.imap_user, imap_secret=vault.seal(password), smtp_host=chosen.smtp_host,
        smtp_port=chosen.smtp_port, smtp_security=chosen.smtp_security, smtp_user=chosen.smtp_user,
        smtp_secret=vault.seal(password),
    )  # fmt: skip
    told = Event(verb="inbox.add", kind="inbox", fields={"key": settings.key, "name": settings.name, "address": settings.address})

    event = by_itself(store.tenant_id, told)
    await store.change(telling(store.tenant_id, event, store.now_us(), lambda each: keep_inbox(each, store.tenant_id, settings)))


def store_of(stores: Stores, slug: str) -> TenantStore:
    """The workspace of this short name; `NoSuchWorkspace` names those that there are."""
    tenant = stores.directory.find(slug)
    if tenant is None:
        raise NoSuchWorkspace(slug=slug, known=", ".join(each.slug for each in stores.directory.all()) or "none")
    return stores.of(tenant.id)


async def _hash(password: str) -> str:
    passwords = Passwords()
    try:
        return await passwords.hash(password)
    finally:
        passwords.close()
