"""The command line: reads it, opens the place, and says errors in plain words."""

import argparse
import asyncio
import contextlib
import getpass
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.kernel.errors import PatchbayError
from server.commands.audit import accept_audit, read_known, verify_audit
from server.commands.backups import read_backup, write_backup
from server.commands.dead_letters import list_dead, replay_dead, show_dead
from server.commands.doctor import examine
from server.commands.quarantine import show_quarantine
from server.commands.serving import serve
from server.commands.setting_up import add_inbox, add_user, initialise, store_of
from server.database.engines import prepare
from server.database.place import Place, read_place
from server.database.store import Stores, TenantStore
from server.web.strangers import Strangers

SECURITY = ("tls", "starttls", "none")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 refused or something is wrong."""
    chosen = _parser().parse_args(arguments)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("aiohttp.server").addFilter(Strangers())
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_run(chosen, read_place(chosen.database, chosen.folder)))
    except PatchbayError as error:
        sys.stderr.write(f"{error}\n")
        return 1


async def _run(chosen: argparse.Namespace, place: Place) -> int:
    match chosen.command:
        case "serve":
            await serve(place, host=chosen.host, port=chosen.port, workers=chosen.workers, inherit=chosen.inherit)
            return 0
        case "doctor":
            return await examine(place, sys.stdout)
        case "quarantine" | "jobs" | "audit":
            with _stores(place) as stores:
                return await _look(stores, chosen)
        case "backup" | "restore":
            return await _back_up(chosen, place)
        case "upgrade":
            prepare(place)
            with _stores(place) as stores:
                stores.all()
            return 0
        case _:
            return await _set_up(chosen, place)


async def _back_up(chosen: argparse.Namespace, place: Place) -> int:
    if chosen.command == "restore":
        return await read_backup(place, chosen.archive, sys.stdout, ledger=chosen.ledger)
    return write_backup(place, chosen.to, sys.stdout, with_key=not chosen.without_key)


async def _look(stores: Stores, chosen: argparse.Namespace) -> int:
    match chosen.command:
        case "quarantine":
            await show_quarantine(store_of(stores, chosen.workspace), sys.stdout, retry=chosen.retry)
        case "jobs":
            await _jobs(store_of(stores, chosen.workspace), chosen)
        case _ if chosen.act == "accept":
            return await accept_audit(stores, sys.stdout, chosen.workspace)
        case _:
            return await verify_audit(stores, sys.stdout, chosen.workspace, list(map(read_known, chosen.known)))
    return 0


async def _jobs(store: TenantStore, chosen: argparse.Namespace) -> None:
    match chosen.act:
        case "list":
            await list_dead(store, sys.stdout)
        case "show":
            await show_dead(store, chosen.id, sys.stdout)
        case _:
            await replay_dead(store, chosen.id, sys.stdout)


async def _set_up(chosen: argparse.Namespace, place: Place) -> int:
    if chosen.command == "init":
        password = _ask("Password for the administrator: ")
        prepare(place)
        with _stores(place) as stores:
            slug = await initialise(
                stores, tenant=chosen.tenant, admin=chosen.admin, name=chosen.name, password=password, country=chosen.country,
                time_zone=chosen.time_zone,
            )  # fmt: skip
        sys.stdout.write(f"Workspace {slug} is ready; {chosen.admin} can sign in.\n")
        return 0
    password = _ask("Password: ")
    with _stores(place) as stores:
        if chosen.command == "user":
            await add_user(stores, chosen.workspace, name=chosen.name, email=chosen.email, role=chosen.role, password=password)
        else:
            await add_inbox(stores, chosen, password)
    sys.stdout.write("Done.\n")
    return 0


@contextlib.contextmanager
def _stores(place: Place) -> Iterator[Stores]:
    stores = Stores(place)
    try:
        yield stores
    finally:
        stores.close()


def _ask(prompt: str) -> str:
    """From the person at the terminal, unseen; else a line of standard input."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.Loop


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="patchbay-server", description="The server of Patchbay.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_setting_up(commands)
    _add_jobs(commands)
    serving = _command(commands, "serve", "answer consoles and programs")
    serving.add_argument("--port", type=int, required=True, help="0: any free one")
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes on the port (PostgreSQL only); SIGHUP replaces them"
    )
    serving.add_argument("--inherit", type=int, help=argparse.SUPPRESS)  # a worker's listening socket, from its supervisor
    backup = _command(commands, "backup", "write everything into one file, while the server works")
    backup.add_argument("--to", type=Path, required=True, metavar="FILE")
    backup.add_argument("--without-key", action="store_true", help="leave the secret key out, and keep it elsewhere")
    restoring = _command(commands, "restore", "put a backup back, into an empty place (on PostgreSQL: as its owner)")
    restoring.add_argument("--from", type=Path, required=True, dest="archive", metavar="FILE")
    restoring.add_argument("--ledger", type=Path, metavar="FOLDER", help="another copy of what no restore may take back")
    _command(commands, "doctor", "say what is wrong, in plain words")
    audit = commands.add_parser("audit", help="what was done").add_subparsers(required=True)
    verify = _command(audit, "verify", "check that no row of the audit was changed, moved or taken out")
    verify.set_defaults(command="audit", act="verify")
    verify.add_argument("--workspace", default="", help="one workspace only")
    verify.add_argument(
        "--known", action="append", default=[], metavar="ROW:HASH", help="a last row as it was named before, kept elsewhere"
    )
    accept = _command(
        audit, "accept", "let a workspace's audit count as it stands, after an older copy of the database was put back"
    )
    accept.set_defaults(command="audit", act="accept")
    accept.add_argument("--workspace", required=True)
    _command(commands, "upgrade", "bring the database up to this version (on PostgreSQL: as its owner)")
    return parser


def _add_setting_up(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    init = _command(commands, "init", "make a workspace and its administrator; the password is asked for or read from a line")
    init.add_argument("--tenant", required=True, metavar="NAME", help="the workspace's name")
    init.add_argument("--admin", required=True, metavar="EMAIL")
    init.add_argument("--name", default="", help="the administrator's name")
    init.add_argument("--country", default="", help="how national phone numbers are read: GB, DE, …")
    init.add_argument("--time-zone", default="UTC")
    user = _command(commands.add_parser("user", help="people").add_subparsers(required=True), "add", "let somebody in")
    user.set_defaults(command="user")
    user.add_argument("--workspace", required=True)
    user.add_argument("--email", required=True)
    user.add_argument("--name", required=True)
    user.add_argument("--role", default="agent", help="agent, supervisor or administrator")
    inboxes = commands.add_parser("inbox", help="e-mail").add_subparsers(required=True)
    _add_inbox(_command(inboxes, "add", "add a shared inbox"))
    quarantine = _command(inboxes, "quarantine", "name the mails that could not be taken in, and why")
    quarantine.set_defaults(command="quarantine")
    quarantine.add_argument("--workspace", required=True)
    quarantine.add_argument("--retry", action="store_true", help="let all of them be tried again")


def _add_jobs(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    jobs = commands.add_parser("jobs", help="work that was given up after many tries").add_subparsers(required=True)
    for act, about in (("list", "name it"), ("show", "say all that is known of one"), ("replay", "have it tried again")):
        parser = _command(jobs, act, about)
        parser.set_defaults(command="jobs", act=act)
        parser.add_argument("--workspace", required=True)
        if act != "list":
            parser.add_argument(
                "id", nargs="?" if act == "replay" else None, help="all of it when left out" if act == "replay" else None
            )


def _add_inbox(inbox: argparse.ArgumentParser) -> None:
    inbox.set_defaults(command="inbox")
    inbox.add_argument("--workspace", required=True)
    inbox.add_argument("--key", required=True, help="a short name that stays: support")
    inbox.add_argument("--name", required=True)
    inbox.add_argument("--address", required=True)
    for kind, port, security in (("imap", 993, "tls"), ("smtp", 587, "starttls")):
        inbox.add_argument(f"--{kind}-host", required=True)
        inbox.add_argument(f"--{kind}-port", type=int, default=port)
        inbox.add_argument(f"--{kind}-security", choices=SECURITY, default=security)
        inbox.add_argument(f"--{kind}-user", required=kind == "imap", default="")
    inbox.add_argument("--mailbox", default="INBOX", help="the folder to read")
    inbox.add_argument("--sent-folder", default="Sent")


def _command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
    parser.add_argument("--database", required=True, metavar="URL", help="sqlite:///path/patchbay.db or postgresql://…")
    parser.add_argument("--folder", type=Path, help="for files and the secret key; beside the SQLite file by default")
    return parser
