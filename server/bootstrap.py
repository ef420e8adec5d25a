"""Builds the server: the one place that knows every part."""

import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from aiohttp import web

from app.domain.calls.recording import DELETED, HEARD, KEPT
from app.kernel.clock import NowUs, system_now_us
from server.database.again import AGAIN
from server.database.anchors import Anchors
from server.database.at_work import AtWork
from server.database.devices import ENDED
from server.database.files import UNNAMED
from server.database.neighbours import Neighbours
from server.database.place import Place
from server.database.store import Stores
from server.database.vault import Vault, open_vault
from server.features.accounts.routes import ROUTES as ACCOUNTS
from server.features.attachments.effects import file_removed, file_unnamed
from server.features.attachments.routes import ROUTES as ATTACHMENTS
from server.features.audit.routes import ROUTES as AUDIT
from server.features.calls.effects import recording_deleted, recording_heard, recording_kept
from server.features.calls.routes import ROUTES as CALLS
from server.features.conflicts.routes import ROUTES as CONFLICTS
from server.features.contacts.effects import ERASED, contact_erased, erase_again
from server.features.contacts.routes import ROUTES as CONTACTS
from server.features.conversations.routes import ROUTES as CONVERSATIONS
from server.features.identities.routes import ROUTES as IDENTITIES
from server.features.messages.effects import EmailSender
from server.features.messages.routes import ROUTES as MESSAGES
from server.features.notes.routes import ROUTES as NOTES
from server.features.roles.routes import ROUTES as ROLES
from server.features.scopes.routes import ROUTES as SCOPES
from server.features.search.routes import ROUTES as SEARCH
from server.features.shares.routes import ROUTES as SHARES
from server.features.tasks.routes import ROUTES as TASKS
from server.features.teams.routes import ROUTES as TEAMS
from server.features.tenants.routes import ROUTES as TENANTS
from server.features.territories.routes import ROUTES as TERRITORIES
from server.features.timeline.routes import ROUTES as TIMELINE
from server.features.users.routes import ROUTES as USERS
from server.inbound.service import TOKEN_PURPOSE, MailService, sending_gateway
from server.jobs import audit_keeper, file_keeper, ledger_keeper
from server.jobs.anchor_keeper import EVERY_S as NOTED_EVERY_S
from server.jobs.anchor_keeper import AnchorKeeper
from server.jobs.log_keeper import LogKeeper
from server.jobs.rounds import Rounds
from server.jobs.runner import EffectHandler, Runner
from server.jobs.search_keeper import SearchKeeper
from server.sync import retention
from server.sync.contacts import ContactWatch, hang_up
from server.sync.endpoints import add_sync_routes
from server.web.application import make_application
from server.web.codes import CODES, Codes
from server.web.gate import Gate
from server.web.passwords import Passwords
from server.web.patience import PatientRunner
from server.web.tokens import Tokens

ROUTES = (
    *AUDIT,
    *TENANTS, *USERS, *TEAMS, *ROLES, *CONTACTS, *TIMELINE, *ACCOUNTS, *IDENTITIES, *CONVERSATIONS, *MESSAGES, *ATTACHMENTS,
    *CALLS, *NOTES, *TASKS, *CONFLICTS, *TERRITORIES, *SHARES, *SEARCH, *SCOPES,
)  # fmt: skip

BACKLOG = 4096  # consoles that come in the same moment; the system may allow fewer
DRAIN_S = 10.0  # for requests that are under way when the server ends


class Service(Protocol):
    """Something that runs beside the web server for as long as it does."""

    async def start(self) -> None:
        """Begin; returns when it runs."""

    async def stop(self) -> None:
        """End; returns when nothing of it runs any more."""


@dataclass(slots=True, kw_only=True)
class Server:
    """All parts, put together and not yet running; who adds a service adds it to `services`."""

    stores: Stores
    vault: Vault
    passwords: Passwords
    gate: Gate
    application: web.Application
    services: list[Service] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def running(self, host: str, port: int, listener: socket.socket | None = None) -> AsyncIterator[str]:
        """Serve until the block ends, on a port or on a socket that listens already; gives the address."""
        runner = PatientRunner(self.application, access_log=None, handler_cancellation=False, shutdown_timeout=DRAIN_S)
        await runner.setup()
        started: list[Service] = []
        try:
            for service in self.services:
                await service.start()
                started.append(service)
            await _site(runner, host, port, listener).start()
            real_host, real_port = runner.addresses[0][:2]
            yield f"http://{f'[{real_host}]' if ':' in real_host else real_host}:{real_port}"
        finally:
            if listener is not None:  # others go on listening there
                await runner.stop_listening()
            await runner.cleanup()
            for service in reversed(started):
                await service.stop()
            self.passwords.close()
            self.stores.close()


def _site(runner: web.AppRunner, host: str, port: int, listener: socket.socket | None) -> web.BaseSite:
    if listener is not None:
        return web.SockSite(runner, listener, backlog=BACKLOG)
    return web.TCPSite(runner, host, port, backlog=BACKLOG)


def build_server(place: Place, *, now_us: NowUs = system_now_us, passwords: Passwords | None = None) -> Server:
    """The server over a place that is set up."""
    vault = open_vault(place.key_file)
    stores = Stores(place, now_us)
    passwords = passwords or Passwords()
    gate = Gate(stores, Tokens(vault, now_us), passwords, vault)
    application = make_application(stores, gate, ROUTES)
    application[CODES] = Codes(stores, gate, passwords)
    add_sync_routes(application)
    gate.known.on_end.append(lambda ended: hang_up(application, ended))
    server = Server(stores=stores, vault=vault, passwords=passwords, gate=gate, application=application)
    server.services += services_of(server)
    return server


def services_of(server: Server) -> list[Service]:
    """What runs beside the web server: the jobs that carry effects out, and the channels."""
    vault = server.vault
    sender = EmailSender(lambda settings: sending_gateway(settings, vault), vault.derive(TOKEN_PURPOSE))
    handlers: dict[str, EffectHandler] = {
        "email.send": sender, "attachment.removed": file_removed, UNNAMED: file_unnamed, ERASED: contact_erased,
        AGAIN: erase_again, ENDED: ledger_keeper.device_ended,
        KEPT: recording_kept, DELETED: recording_deleted, HEARD: recording_heard,
    }  # fmt: skip
    anchors = Anchors(server.stores.place)
    notes, within = AnchorKeeper(anchors), partial(audit_keeper.keep_within, anchors=anchors)
    keepers: list[Service] = [
        Rounds(server.stores, retention.purge, retention.EVERY_S, name="purging what was deleted"),
        Rounds(server.stores, within, audit_keeper.EVERY_S, name="cutting the audit"),
        Rounds(server.stores, notes.note, NOTED_EVERY_S, name="noting the audit's last row down", is_last_made=True),
        Rounds(server.stores, ledger_keeper.fill, ledger_keeper.EVERY_S, name="filling the ledger"),
        Rounds(server.stores, file_keeper.tend, file_keeper.EVERY_S, name="sweeping files"),
        SearchKeeper(server.stores),
        ContactWatch(server.stores, server.application),
    ]
    place = server.stores.place
    files: list[Service] = [AtWork(place), LogKeeper(server.stores)]
    beside: list[Service] = files if place.is_sqlite else [Neighbours(server.stores, vault)]
    return [*beside, Runner(server.stores, handlers), MailService(server.stores, vault), *keepers]
