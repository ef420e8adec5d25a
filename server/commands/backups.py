"""`backup` and `restore`."""

import asyncio
import contextlib
from functools import partial
from pathlib import Path
from typing import TextIO

from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from server.database.again import AGAIN, left_to_do
from server.database.backup import KEY_FILE, back_up
from server.database.devices import ENDED
from server.database.ledger import ledger_at, ledger_of
from server.database.place import Place
from server.database.restore import Restored, restore
from server.database.store import Stores, TenantStore
from server.features.contacts.effects import ERASED, contact_erased, erase_again
from server.jobs.ledger_keeper import device_ended
from server.jobs.runner import EffectHandler, Runner

# What a restored workspace has to do before anybody works in it.
FIRST: dict[str, EffectHandler] = {AGAIN: erase_again, ERASED: contact_erased, ENDED: device_ended}
LOOK_S = 0.05


def write_backup(place: Place, path: Path, out: TextIO, *, with_key: bool) -> int:
    """Say what is in it; 1 when the database names files that are not there, which a person must know."""
    now = moment_from_us(system_now_us())
    report = back_up(place, path.absolute(), now, with_key=with_key)
    out.writelines(f"{each.slug}: up to change {each.change}\n" for each in report.manifest.workspaces)
    out.writelines(f"WRONG  {what}\n" for what in report.missing)
    size_mb = path.stat().st_size / 1_000_000
    out.write(f"{path} is complete ({len(report.manifest.entries)} entries, {size_mb:.1f} MB).")
    has_key = any(each.name == KEY_FILE for each in report.manifest.entries)
    out.write(" It holds the secret key: keep it like one.\n" if has_key else " The secret key is not in it.\n")
    return 1 if report.missing else 0


async def read_backup(place: Place, path: Path, out: TextIO, *, ledger: Path | None = None) -> int:
    """Say what was restored; 1 when something of what was done for good since could not be done again yet."""
    own = ledger_of(place)
    others = [ledger_at(ledger)] if ledger else []
    restored = await asyncio.to_thread(restore, place, path, [own, *others], system_now_us())
    manifest = restored.manifest
    out.writelines(f"{each.slug}: as of change {each.change}\n" for each in manifest.workspaces)
    out.write(f"Restored as it was at {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC.")
    out.write("\n" if place.key_file.exists() else " The secret key was not in it: set PATCHBAY_SECRET_KEY before you serve.\n")
    failed = await _do_again(place) if restored.again else 0
    out.write(_of_ledgers(restored, own.where(), failed))
    return 1 if failed else 0


def _of_ledgers(restored: Restored, where: str, failed: int) -> str:
    if failed:
        return f"WRONG  {failed} of what the ledger says was not done again; the server goes on trying. See: jobs list.\n"
    if restored.entries:
        return f"The ledger has {restored.entries} entries; {restored.again} were done again (people erased, devices ended).\n"
    return (
        f"No ledger was found at {where}: whoever was erased and whichever device was ended since the backup is back. If there is"
        " a ledger elsewhere, remove what was restored and restore again with --ledger.\n"
    )


async def _failed(store: TenantStore) -> int:
    """Once each was tried; the jobs tell nobody."""
    while True:
        left = await store.look(partial(left_to_do, tenant_id=store.tenant_id, names=list(FIRST)))
        if not left["waiting"]:
            return left["failed"]
        await asyncio.sleep(LOOK_S)


async def _do_again(place: Place) -> int:
    """Before anybody signs in; how much of it failed."""
    failed = 0
    with contextlib.closing(Stores(place)) as stores:
        runner = Runner(stores, FIRST)
        await runner.start()
        for store in stores.all():
            failed += await _failed(store)
        await runner.stop()
    return failed
