"""`make demo`: the product with a year of demo data; a scripted shift where there is no display."""

import asyncio
import contextlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

BUILD = Path(os.environ.get("PATCHBAY_TOUR", "build/tour"))
SCREEN = "1920x1200x24"
CALL_AFTER_S = 6.0


def main() -> int:
    """Play for a person who has a display; play by oneself under Xvfb for who has none."""
    logging.basicConfig(level="WARNING", format="%(name)s %(levelname)s %(message)s")
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY") and sys.platform == "linux":
        with virtual_display():
            return play(is_scripted=True)
    return play(is_scripted="--tour" in sys.argv)


@contextlib.contextmanager
def virtual_display() -> Iterator[None]:
    """An Xvfb of our own on a free display."""
    xvfb = shutil.which("Xvfb")
    if xvfb is None:
        raise SystemExit("There is no display, and Xvfb is missing: install the Debian package xvfb.")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [xvfb, "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"], pass_fds=(writing,),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            os.environ["DISPLAY"] = f":{told.readline().strip()}"
        yield
    finally:
        os.environ.pop("DISPLAY", None)
        server.terminate()
        server.wait(10)


def play(*, is_scripted: bool) -> int:
    """Start Qt, then everything else."""
    from PySide6.QtWidgets import QApplication

    from ui.bridge.loop import run

    application = QApplication(sys.argv[:1])
    application.setApplicationName("Patchbay")
    with tempfile.TemporaryDirectory(prefix="patchbay-demo-") as folder:
        return run(application, lambda: show(Path(folder), is_scripted=is_scripted))


async def show(folder: Path, *, is_scripted: bool) -> int:
    """Server, registrar, customer and mail; then the shift, or the person."""
    from tests.demo.dataset import DEMO
    from tests.demo.mail import open_mail
    from tests.demo.stage import LINES, BaresipCustomer, Customer, DemoServer, make_tenant
    from tests.demo.story import LUCA_NUMBER
    from tests.peers.baresip import baresip
    from tests.peers.kamailio import kamailio
    from tests.peers.process import PeerMissing

    say("Making a year of demo data …")
    server = DemoServer(folder / "server")
    await make_tenant(server.place, DEMO)
    with contextlib.ExitStack() as peers:
        try:
            mail = peers.enter_context(open_mail(folder / "mail", server))
        except PeerMissing as missing:
            mail = None
            say(f"No mail in this demo: {missing}.")
        try:
            proxy = await asyncio.to_thread(peers.enter_context, kamailio(folder / "registrar", LINES))
        except PeerMissing as missing:
            say(f"The demo needs a SIP registrar: {missing}.")
            return 1
        await asyncio.to_thread(server.start)
        peers.callback(server.stop)
        customer: Customer | BaresipCustomer
        if "--baresip" in sys.argv:
            luca = baresip(folder / "luca", proxy.port, user=LUCA_NUMBER, password=LINES[LUCA_NUMBER])
            customer = BaresipCustomer(await asyncio.to_thread(peers.enter_context, luca))
        else:
            customer = Customer(folder, proxy)
            await customer.start()
        try:
            return await (tour if is_scripted else evening)(folder, server, proxy, customer, mail)
        finally:
            await customer.close()


async def tour(folder: Path, server: object, proxy: object, customer: object, mail: object) -> int:
    """The scripted shift, with its report and pictures."""
    from tests.demo.script import Stage
    from tests.demo.tour import Tour
    from ui.bootstrap import Program, first_window

    BUILD.mkdir(parents=True, exist_ok=True)
    for old in BUILD.glob("*.png"):
        old.unlink()
    window = first_window()
    window.resize(1440, 900)
    program = Program(window, folder / "console")
    running = asyncio.get_running_loop().create_task(program.run(), name="console")
    stage = Stage(program=program, server=server, proxy=proxy, customer=customer, mail=mail, folder=BUILD)  # type: ignore[arg-type] # as made above
    is_ok = await Tour(stage).play()
    (BUILD / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode({"steps": stage.steps})))
    for step in stage.steps:
        say(f"{'ok    ' if step.ok else 'FAILED'} {step.name:28} {step.ms:6} ms  {step.checked}")
    window.leaving.emit()
    async with asyncio.timeout(60):
        await running
    say(f"{sum(step.ok for step in stage.steps)} of {len(stage.steps)} steps went well; pictures and report are in {BUILD}/")
    return 0 if is_ok else 1


async def evening(folder: Path, server: object, proxy: object, customer: object, mail: object) -> int:
    """The console for a person to play with: signed in, a call after a few seconds, and a mail."""
    from app.desk.profile import SipAccount
    from tests.demo import cast
    from tests.demo.mail import Mail
    from tests.demo.stage import AGENT_LINE, AGENT_PASSWORD, LINE_NAME, PASSWORD, WORKSPACE, BaresipCustomer, Customer, DemoServer
    from tests.peers.kamailio import DOMAIN, Kamailio
    from ui.bootstrap import Program, first_window

    if not (isinstance(server, DemoServer) and isinstance(customer, Customer | BaresipCustomer) and isinstance(proxy, Kamailio)):
        raise TypeError("the stage is not set")
    program = Program(first_window(), folder / "console")
    running = asyncio.get_running_loop().create_task(program.run(), name="console")
    await program.wait_asked()
    if program.page is not None:
        program.page.submitted.emit(server.url, WORKSPACE, cast.MAYA, PASSWORD, "")
    console = await program.wait_signed_in()
    line = SipAccount(name=LINE_NAME, user=AGENT_LINE, domain=DOMAIN, proxy_host="127.0.0.1", proxy_port=proxy.port, srtp="off")
    await console.core.accounts.save(line, AGENT_PASSWORD)
    say(f"Signed in as {cast.MAYA}. Luca calls in {CALL_AFTER_S:.0f} seconds. Close the window to end.")
    await asyncio.sleep(CALL_AFTER_S)
    await customer.call()
    if isinstance(mail, Mail):
        await asyncio.to_thread(mail.customer_writes, "Where is my parcel?", "Good morning,\n\nit has not come yet.\n\nAmara")
    return await running


def say(text: str) -> None:
    """To the terminal of who started the demo."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
