"""Passwords: hashed and checked with argon2id on threads of their own, since each takes tens of milliseconds."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.kernel.errors import BadValue

SHORTEST = 10
LONGEST = 200
THREADS = 2


class Passwords:
    """One for the whole server. Somebody unknown costs as much time as a wrong password."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The hash to keep; `BadValue` when the password is too short or too long."""
        check_password(password)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password; with no hash to compare the same work is done, for nothing."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._matches, password, password_hash)

    def _matches(self, password: str, password_hash: str | None) -> bool:
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True)


def check_password(password: str) -> str:
    """The password, if it is one that can be kept."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadValue(field="password", value="(hidden)", hint=f"From {SHORTEST} to {LONGEST} characters.")
    return password
