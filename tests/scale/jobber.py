"""A process that does nothing but jobs, slowly, and writes down what it does: `python -m tests.scale.jobber URL FOLDER LOG`."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from server.database.jobs import Job
from server.database.place import read_place
from server.database.store import Stores, TenantStore
from server.jobs.runner import Runner

LEASE = timedelta(seconds=2)
SLOW_S = 1.0


async def work(url: str, folder: Path, log: Path) -> None:
    """Until it is killed."""

    def note(what: str, job: Job) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{what} {job.id} {os.getpid()}\n")

    async def carry_out(_store: TenantStore, job: Job) -> None:
        note("begin", job)
        await asyncio.sleep(SLOW_S)
        note("end", job)

    runner = Runner(Stores(read_place(url, folder)), {"email.send": carry_out}, lease=LEASE, look_again_s=0.2)
    await runner.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
