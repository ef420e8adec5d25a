"""Who else is there: told over the live line, with its age, and forgotten when nobody says it again."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import UUID

import pytest_asyncio

from app.desk.presence import TYPING, VIEWING, PresenceDesk
from app.kernel.ids import new_id
from app.protocol.live import Presence
from tests.demo import cast
from tests.demo.fill import BENCH_TENANT
from tests.desk.conftest import Work
from ui.features.conversations.others import others_text

MAYA = cast.user_id(BENCH_TENANT, cast.MAYA)


class Line:
    """A live line that remembers what was said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, UUID | None]] = []
        self.hear: Callable[[Presence], None] = lambda _said: None

    async def present(self, doing: str, about: UUID | None = None) -> None:
        self.said.append((doing, about))

    def on_presence(self, watcher: Callable[[Presence], None]) -> Callable[[], None]:
        self.hear = watcher
        return lambda: None


class There:
    """The desk's presence on such a line."""

    def __init__(self, work: Work) -> None:
        self.work, self.line = work, Line()
        self.presence = PresenceDesk(work.desk, self.line)

    async def hears(self, doing: str, about: UUID | None, *, user_id: UUID = MAYA, age_ms: int = 0) -> None:
        before = self.presence.others.value
        self.line.hear(Presence(doing=doing, about=about, user_id=user_id, age_ms=age_ms))
        await self.work.until(lambda: self.presence.others.value != before)


@pytest_asyncio.fixture
async def there(work: Work) -> AsyncIterator[There]:
    yield There(work)


async def test_a_colleague_is_named_with_the_age_of_what_they_said(there: There) -> None:
    talk = new_id()
    await there.hears(TYPING, talk, age_ms=4_000)
    now = there.work.desk.clock.now()
    assert others_text(there.presence.about(talk), now) == "Maya Kapoor is writing, 4 s ago"
    assert there.presence.about(new_id()) == ()
    await there.hears(VIEWING, talk, age_ms=90_000)
    assert others_text(there.presence.about(talk), there.work.desk.clock.now()) == "Maya Kapoor is looking at this, 1 min ago"


async def test_who_goes_on_is_no_longer_there(there: There) -> None:
    talk = new_id()
    await there.hears(VIEWING, talk)
    await there.hears("", None)
    assert there.presence.about(talk) == ()
    assert there.presence.others.value == ()


async def test_what_nobody_said_for_long_is_not_shown_as_if_it_were_so(there: There) -> None:
    talk = new_id()
    await there.hears(TYPING, talk, age_ms=int(timedelta(seconds=21).total_seconds() * 1000))
    assert there.presence.about(talk) == ()


async def test_ones_own_doing_is_not_told_to_oneself(there: There) -> None:
    there.line.hear(Presence(doing=TYPING, about=new_id(), user_id=there.work.desk.user_id))
    await there.hears(VIEWING, new_id())
    assert [each.user_id for each in there.presence.others.value] == [MAYA]


async def test_the_same_is_not_said_with_every_key(there: There) -> None:
    talk = new_id()
    for _ in range(20):
        await there.presence.say(TYPING, talk)
    assert there.line.said == [(TYPING, talk)]
    await there.presence.say(VIEWING, talk)
    assert there.line.said[-1] == (VIEWING, talk)
