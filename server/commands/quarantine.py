"""`inbox quarantine`: which mails could not be taken in, why, and letting them be tried again."""

from functools import partial
from typing import TextIO

from server.database.inboxes import inboxes
from server.database.raw_inbound import quarantined, replay
from server.database.store import TenantStore


async def show_quarantine(store: TenantStore, out: TextIO, *, retry: bool) -> None:
    """A line for each mail, by inbox; with `retry` a running server takes them up again within seconds."""
    for inbox in await store.look(partial(inboxes, tenant_id=store.tenant_id)):
        found = await store.look(partial(quarantined, tenant_id=store.tenant_id, account=inbox.key))
        out.write(f"{inbox.name}: {len(found) or 'no'} mail{'' if len(found) == 1 else 's'} in quarantine\n")
        out.writelines(
            f"  {mail.received_at:%Y-%m-%d %H:%M}  {mail.size_bytes} bytes  {store.blobs.where(mail.sha256)}  "
            f"{mail.error or ''}\n"
            for mail in found
        )
        if retry and found:
            again = await store.change(partial(replay, tenant_id=store.tenant_id, account=inbox.key))
            out.write(f"  {again} will be tried again.\n")
