"""What all tests share: a test that logged an error has failed, and long storms run only when asked for."""

import logging
import signal
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from typing_extensions import override

AGAIN_S = 60.0
limits = pytest.StashKey[Any]()


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> Generator[None, object, object]:
    """The alarm comes again and again: what it raises is swallowed where a callback runs, or garbage is collected."""
    done = yield
    if settings.method == "signal":
        signal.setitimer(signal.ITIMER_REAL, settings.timeout, AGAIN_S)
    item.stash[limits] = settings
    return done


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Taking down has a limit of its own: pytest-timeout takes that of a test that failed away."""
    if limits in item.stash:
        item.config.hook.pytest_timeout_set_timer(item=item, settings=item.stash[limits])
    return (yield)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--soak`."""
    parser.addoption("--soak", action="store_true", help="also run the tests marked soak, which take long")


def pytest_configure(config: pytest.Config) -> None:
    """Names the marks that all tests may carry; a stalled machine fails no example, and each run takes the same."""
    settings.register_profile("patchbay", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
    settings.load_profile("patchbay")
    config.addinivalue_line("markers", "expects_errors: the test provokes errors in the log; it says which in its assertions")
    config.addinivalue_line("markers", "soak: runs long; only with --soak (make soak)")
    config.addinivalue_line("markers", "longest: takes minutes; begins first, so that nothing waits for it at the end")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begins with what takes longest, and leaves the long storms out unless they are asked for."""
    items.sort(key=lambda item: item.get_closest_marker("longest") is None)
    if config.getoption("--soak"):
        return
    long = [item for item in items if item.get_closest_marker("soak")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


class ErrorWatch(logging.Handler):
    """Keeps every record that says something went wrong."""

    def __init__(self) -> None:
        super().__init__(level=logging.ERROR)
        self.seen: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            text += f" ({record.exc_info[0].__name__}: {record.exc_info[1]})"
        self.seen.append(f"{record.name}: {text}")


@pytest.fixture(autouse=True)
def error_log(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """What was logged as an error in this test; anything at all fails it, unless it is marked `expects_errors`."""
    watch = ErrorWatch()
    root = logging.getLogger()
    root.addHandler(watch)
    yield watch.seen
    root.removeHandler(watch)
    if watch.seen and request.node.get_closest_marker("expects_errors") is None:
        pytest.fail("errors were logged:\n" + "\n".join(watch.seen), pytrace=False)
