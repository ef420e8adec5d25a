"""A whole console for tests of screens: a real replica with the small demo in it, a phone that plays a script, no server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from app.bootstrap import open_core
from app.desk.profile import Profile, ProfileStore
from app.desk.secrets import MemorySecrets
from app.desk.sign_in import REFRESH_TOKEN, REPLICA_KEY, SignIn
from softphone.api import Device, Diagnose, Diagnostics, ListDevices
from softphone.scripted import ScriptedSoftphone
from tests.demo import cast
from tests.demo.dataset import SMALL
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, BENCH_TENANT, fill_replica
from ui.console.console import Console
from ui.shell.main_window import MainWindow

NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody answers there
DEVICES = (
    Device(id="mic", name="Jabra Evolve2 65", is_input=True), Device(id="out", name="Jabra Evolve2 65", is_input=False),
    Device(id="spk", name="Built-in speakers", is_input=False),
)  # fmt: skip


def phone_that_answers() -> ScriptedSoftphone:
    """A phone with a headset that knows what it lacks."""
    phone = ScriptedSoftphone()
    phone.answers[ListDevices] = DEVICES
    phone.answers[Diagnose] = Diagnostics(
        version="2.15.1", codecs=["G722/16000/1", "PCMA/8000/1"], missing=["Opus"], is_null_sound=False, sound="Jabra Evolve2 65",
        transport="tcp", most_calls=4, refused_requests=0, dropped_messages=0, glitches=0,
    )  # fmt: skip
    return phone


@asynccontextmanager
async def console_at_work(folder: Path, *, email: str = cast.SUPERVISOR) -> AsyncIterator[Console]:
    """Signed in, the inbox shown, and the server away for good."""
    store = ProfileStore(folder)
    await asyncio.to_thread(fill_replica, store.replica_path, BENCH_KEY, SMALL, email=email)
    store.save(
        Profile(
            server_url=NOWHERE, workspace="halden", email=email, tenant_id=BENCH_TENANT,
            user_id=cast.user_id(BENCH_TENANT, email), device=BENCH_DEVICE,
        )
    )  # fmt: skip
    sign_in = SignIn(store)
    sign_in.secrets = MemorySecrets()
    sign_in.secrets.set(REPLICA_KEY, BENCH_KEY.hex())
    sign_in.secrets.set(REFRESH_TOKEN, "kept")
    core = await open_core(sign_in, phone=phone_that_answers())
    window = MainWindow([])
    window.show()
    console = Console(window, core)
    try:
        yield console
    finally:
        window.hide()
        await core.close()
        window.deleteLater()
        await asyncio.sleep(0.01)


def profile_of(console: Console) -> Profile:
    """What is kept on the disk."""
    return msgspec.structs.replace(ProfileStore(console.core.sign_in.store.folder).load())
