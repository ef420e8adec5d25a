"""The peer of the bench `pull`: PouchDB, installed by npm from the lock file beside it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import msgspec

SOURCE = Path(__file__).parent / "pouchdb"
FOLDER = Path("build/bench-npm")
INSTALL_TIMEOUT_S, RUN_TIMEOUT_S = 240, 240


class Pouch(msgspec.Struct, frozen=True):
    """What PouchDB did."""

    docs_per_s: float
    one_change_ms: float
    doc_bytes: int


class NoPeer(Exception):
    """PouchDB could not be measured here; says why."""


def measure(count: int, folder: Path) -> Pouch:
    """Replicate so many documents; `NoPeer` where it cannot be installed or does not run."""
    packages = _installed()
    environment = {**os.environ, "NODE_PATH": str(packages)}
    command = ["node", "--max-old-space-size=6000", str(SOURCE.resolve() / "pull.js"), str(count), str(folder)]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=RUN_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoPeer(f"it did not run: {_last_line(error)}") from error
    return msgspec.convert(json.loads(done.stdout), Pouch)


def _installed() -> Path:
    """The packages' folder; installed with `npm ci`, once."""
    packages = FOLDER / "node_modules"
    if not shutil.which("npm") or not shutil.which("node"):
        raise NoPeer("npm or node is not here")
    lock = (SOURCE / "package-lock.json").read_bytes()
    kept = FOLDER / "package-lock.json"
    if packages.exists() and kept.exists() and kept.read_bytes() == lock:
        return packages.resolve()
    FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.copy(SOURCE / "package.json", FOLDER)
    (FOLDER / ".npmrc").write_text("omit-lockfile-registry-resolved=true\naudit=false\nfund=false\n", encoding="utf-8")
    shutil.copy(SOURCE / "package-lock.json", FOLDER)
    try:
        subprocess.run(
            ["npm", "ci", "--foreground-scripts"],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        kept.unlink()
        raise NoPeer(f"npm could not install it: {_last_line(error)}") from error
    return packages.resolve()


def _last_line(error: Exception) -> str:
    said = str(getattr(error, "stderr", "") or error).strip().splitlines()
    return said[-1][:120] if said else type(error).__name__
