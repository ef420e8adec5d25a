"""How often somebody tried a password lately: in the database, so that several server processes count together."""

import hashlib
from collections.abc import Callable

from sqlalchemy import BigInteger, ColumnElement, Engine, Index, case, delete, literal, select, update
from sqlalchemy.orm import Mapped, mapped_column

from server.database.away import reachable
from server.database.directory import DirectoryTable
from server.database.files import INSERTS

SWEEP_US = 60_000_000


class Try(DirectoryTable):
    """A bucket that fills again with time; of no tenant, because who tries may not have named one."""

    __tablename__ = "sign_in_try"
    key: Mapped[str] = mapped_column(primary_key=True)  # a hash: neither addresses nor names are kept
    full_at_us: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("sign_in_try_by_full_at", "full_at_us"),)


class Buckets:
    """Blocking. A bucket holds `burst` tries and gets one back each `refill_us`."""

    def __init__(self, engine: Engine, now_us: Callable[[], int]) -> None:
        self._engine, self._now_us = engine, now_us
        self._insert = INSERTS[engine.dialect.name]
        self._swept_us = 0

    def take(self, key: str, burst: int, refill_us: int) -> int:
        """Count one try; how many microseconds there are to wait, none when it may be made. One statement: no try slips by."""
        now_us, hashed = self._now_us(), _hashed(key)
        full_at = _not_before(now_us) + refill_us
        counted = self._insert(Try).values(key=hashed, full_at_us=now_us + refill_us)
        counted = counted.on_conflict_do_update(
            index_elements=[Try.key], set_={"full_at_us": full_at}, where=full_at <= now_us + burst * refill_us
        ).returning(Try.full_at_us)
        with reachable(), self._engine.begin() as connection:
            if now_us - self._swept_us > SWEEP_US:  # full ones need not be remembered
                self._swept_us = now_us
                connection.execute(delete(Try).where(Try.full_at_us < now_us))
            if connection.execute(counted).first() is not None:
                return 0
            found = connection.execute(select(Try.full_at_us).where(Try.key == hashed)).scalar_one()
            return max(int(found) + refill_us - now_us - burst * refill_us, 1)

    def give_back(self, key: str, refill_us: int) -> None:
        """The try was a good one and does not count."""
        with reachable(), self._engine.begin() as connection:
            connection.execute(update(Try).where(Try.key == _hashed(key)).values(full_at_us=Try.full_at_us - refill_us))


def _not_before(now_us: int) -> ColumnElement[int]:
    return case((Try.full_at_us > now_us, Try.full_at_us), else_=literal(now_us, BigInteger))


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
