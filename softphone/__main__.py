"""The phone's process, as the console starts it."""

import asyncio
import logging
import sys

from softphone.engine.service import serve

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="softphone %(levelname)s %(message)s", stream=sys.stderr)
    asyncio.run(serve())
