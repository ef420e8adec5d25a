"""What is no HTTP at all: a line in the log, where aiohttp writes an error with its traceback for each."""

import logging

from aiohttp.http_exceptions import HttpProcessingError
from typing_extensions import override

LONGEST = 200


class Strangers(logging.Filter):
    """For the logger "aiohttp.server": anybody can send nonsense, and must not hide a bug or fill the disk with it."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.INFO, "INFO"
            record.msg, record.args = "no HTTP request: %r", (str(error.message)[:LONGEST],)
        return True
