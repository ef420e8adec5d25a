"""`backup` and `restore`."""

from pathlib import Path
from typing import TextIO

from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from server.database.backup import KEY_FILE, back_up
from server.database.place import Place
from server.database.restore import restore


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


def read_backup(place: Place, path: Path, out: TextIO) -> int:
    """Say what was restored."""
    manifest = restore(place, path.absolute())
    out.writelines(f"{each.slug}: as of change {each.change}\n" for each in manifest.workspaces)
    out.write(f"Restored as it was at {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC.")
    out.write("\n" if place.key_file.exists() else " The secret key was not in it: set PATCHBAY_SECRET_KEY before you serve.\n")
    return 0
