"""A process that does nothing but jobs and writes down what it does: `python -m tests.scale.jobber URL FOLDER LOG`.

A job ends once there is a file beside the log that says so.
"""

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


def go_on(log: Path) -> Path:
    """Where this file is jobs come to their end."""
    return log.with_suffix(".go")


async def work(url: str, folder: Path, log: Path) -> None:
    """Until it is killed."""

    def note(what: str, job: Job) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{what} {job.id} {os.getpid()}\n")

    async def carry_out(_store: TenantStore, job: Job) -> None:
        note("begin", job)
        while not go_on(log).exists():  # noqa: ASYNC110  # another process makes it
            await asyncio.sleep(0.05)
        note("end", job)

    runner = Runner(Stores(read_place(url, folder)), {"email.send": carry_out}, lease=LEASE, look_again_s=0.2)
    await runner.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
