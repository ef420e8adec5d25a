"""A console without windows as a process that finishes the recordings which an earlier run left, and may be killed at any time.

`python -m tests.faults.recording_process FOLDER`: the replica and the files lie there. When it is done FOLDER/done says how many
are left for another time.
"""

import asyncio
import sys
from pathlib import Path

import app.domain.nouns  # noqa: F401 - so that every kind is known
from app.desk.desk import Desk
from app.desk.files import Files
from app.desk.recordings import Recordings
from app.kernel.clock import ServerClock
from app.kernel.tasks import TaskRunner
from app.replica.thread import ReplicaThread
from app.sync.rest import Rest
from app.sync.server import ServerLink
from tests.demo import cast
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, BENCH_TENANT
from tests.desk.test_taping import KEY

REPLICA, FILES, DONE = "replica.db", "files", "done"


async def run(folder: Path) -> None:
    """As each start of a console does; nobody answers at the server's address."""

    async def token() -> str:
        return "t"

    user_id = cast.user_id(BENCH_TENANT, cast.SUPERVISOR)
    replica = await ReplicaThread.open(folder / REPLICA, BENCH_KEY, tenant_id=BENCH_TENANT, actor_id=user_id, device=BENCH_DEVICE)
    desk = Desk(replica, user_id=user_id, tenant_id=BENCH_TENANT, clock=ServerClock(), tasks=TaskRunner())
    await desk.refresh()
    files = Files(folder / FILES, KEY, Rest(ServerLink("http://127.0.0.1:9", token, token)), replica)
    left = await Recordings(folder / FILES / "recorded", replica, files.outgoing, desk).finish_all()
    await files.outgoing.tidy()
    desk.close()
    await replica.close()
    (folder / DONE).write_text(str(left))


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
