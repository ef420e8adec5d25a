"""An S3-compatible server: rclone over a folder, which checks signatures and serves ranges."""

import contextlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.peers.process import Peer, answers, free_port

BUCKET = "patchbay"
KEY_ID, SECRET = "test-key-id", "test-secret-key"
START_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket that can be written to."""

    url: str
    folder: Path  # where rclone keeps what is in it
    peer: Peer


@contextlib.contextmanager
def bucket(folder: Path) -> Iterator[Bucket]:
    """One bucket, until the block ends."""
    kept, port = folder / "buckets", free_port()
    (kept / BUCKET).mkdir(parents=True)
    program = shutil.which("rclone", path=str(Path(sys.executable).parent)) or "rclone"
    words = [program, "serve", "s3", str(kept), "--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY_ID},{SECRET}"]
    peer = Peer(words, folder, name="rclone", environment={"RCLONE_CONFIG": str(folder / "rclone.conf")})
    try:
        peer.wait_ready(lambda: answers(port), START_S)
        yield Bucket(url=f"s3://{BUCKET}/files?endpoint=http://127.0.0.1:{port}", folder=kept / BUCKET, peer=peer)
    finally:
        peer.stop()
