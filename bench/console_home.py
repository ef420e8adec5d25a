"""What a console that was used before finds on its device: replica, profile and keys."""

import json
import os
import shutil
from pathlib import Path

import msgspec

from app.desk.keys import SECRET, kept_for
from app.desk.profile import FIRST, Profile, ProfileStore, SipAccount
from app.desk.sign_in import REFRESH_TOKEN, SIP_PASSWORD
from app.kernel.clock import system_now_us
from bench.keys import FILE
from tests.demo import cast
from tests.demo.dataset import Sizes
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, BENCH_TENANT, kept_replica
from tests.peers.process import free_port

AGENT, AGENT_PASSWORD = "priya", "priya-line"  # of a line that lives as long as the bench
FULL = Sizes(
    contacts=100_000, accounts=10_000, identities=200_000, messages=20_000, calls=3_000, notes=320, tasks=360, open_of_maya=12,
    unassigned=5, open_of_others=400,
)  # fmt: skip
QUICK = Sizes(
    contacts=2_000, accounts=200, identities=4_000, messages=600, calls=90, notes=20, tasks=20, open_of_maya=12, unassigned=5,
    open_of_others=80,
)  # fmt: skip


def sizes_text(sizes: Sizes) -> str:
    """For the rows' last column."""
    return f"replica of {sizes.contacts:,} contacts and {sizes.identities:,} identities"


def make_home(folder: Path, *, is_quick: bool, sip: SipAccount | None = None) -> Path:
    """The folder of the supervisor's console; the server that it knows is stopped: nothing listens on its port."""
    store = ProfileStore(folder)
    name, sizes = ("console-quick", QUICK) if is_quick else ("console", FULL)
    shutil.move(kept_replica(name, sizes, folder), store.replica_path)
    store.save(
        Profile(
            server_url=f"http://127.0.0.1:{free_port()}", workspace="velora-bikes", email=cast.SUPERVISOR,
            tenant_id=BENCH_TENANT, user_id=cast.user_id(BENCH_TENANT, cast.SUPERVISOR), device=BENCH_DEVICE,
            accounts=(msgspec.structs.replace(sip, id=FIRST),) if sip else (),
        )
    )  # fmt: skip
    keys = {SECRET: kept_for(BENCH_KEY, system_now_us()), REFRESH_TOKEN: "none that a server knows", SIP_PASSWORD: AGENT_PASSWORD}
    (folder / FILE).write_text(json.dumps(keys))
    return folder


def surroundings(home: Path) -> dict[str, str]:
    """The environment in which the console finds it: byte-compiled, as it is when it was installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept, "PATCHBAY_HOME": str(home), "PYTHON_KEYRING_BACKEND": "bench.keys.Keys",
        "PYTHONPYCACHEPREFIX": str(home / "bytecode"),
    }  # fmt: skip
