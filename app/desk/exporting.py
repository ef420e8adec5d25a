"""Files that the server writes and this computer keeps: whole, or not at all."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

from app.desk.halves import Halves, half_of
from app.kernel.errors import PatchbayError
from app.kernel.words import tr


class CannotWrite(PatchbayError):
    """The file that was chosen cannot be written."""

    key = "cannot_write"
    text = "{path} can't be written: {reason}. Choose another place."


def form_of(path: Path) -> str:
    """By its name: a table, or JSON line by line."""
    return "json" if path.suffix == ".json" else "csv"


async def write_out(pieces: AsyncIterator[bytes], path: Path, told: Callable[[str], object], halves: Halves) -> str:
    """Write them into a file; `told` how far it is. Says how much it was."""
    part, count = half_of(path), 0
    try:
        async with halves.noted(part):
            with part.open("wb") as file:
                async for piece in pieces:
                    file.write(piece)
                    count += piece.count(b"\n")
                    told(tr("{0} lines written").replace("{0}", f"{count:,}"))
            part.replace(path)
    except OSError as error:
        raise CannotWrite(path=str(path), reason=error.strerror or str(error)) from error
    finally:
        told("")
    return tr("{0} lines in {1}.").replace("{0}", f"{count:,}").replace("{1}", path.name)
