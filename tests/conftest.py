"""What holds for every test: nothing left behind, nothing waited for without end.

* A test that leaves a delayed call, an open port or connection, or a logged failure on the reactor fails, although
  its own assertions held. A failure that a test expects is taken with the ``logged_failures`` fixture.
* An ``async def`` test has 30 seconds; ``@pytest.mark.deadline(seconds)`` says otherwise. On time-out its Deferred is
  cancelled and only that test fails, where stopping the reactor would end every later one too.

The reactor is imported inside functions only: importing it here would choose it before ``--reactor`` is read.
"""

from __future__ import annotations

import functools
import gc
import inspect
import os
from collections.abc import Callable, Coroutine, Generator, Iterator
from typing import Any

import pytest
import pytest_twisted
from hypothesis import HealthCheck, settings
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import LogEvent, globalLogPublisher
from twisted.python.failure import Failure

# How long an example takes says more of the machine than of what is tested.
settings.register_profile("flighttap", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("flighttap")

# Tests start programs by the dozen, and each would compile what it imports anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

#: Seconds that an async test may take when nothing else is said.
DEADLINE = 30.0

#: Seconds after a test in which the reactor may finish what closing started.
SETTLE = 1.0


class LoggedFailures:
    """The failures that were logged during one test, unhandled errors of Deferreds among them."""

    def __init__(self) -> None:
        self._failures: list[tuple[Failure, str]] = []

    def __call__(self, event: LogEvent) -> None:
        failure = event.get("log_failure")
        if isinstance(failure, Failure):
            self._failures.append((failure, str(event.get("log_format") or "")))

    def flush(self, *kinds: type[BaseException]) -> list[Failure]:
        """Take the failures of these kinds (all when none is given): they are expected and fail nothing."""
        gc.collect()
        taken = [failure for failure, _ in self._failures if not kinds or failure.check(*kinds)]
        self._failures = [pair for pair in self._failures if pair[0] not in taken]
        return taken

    def report(self) -> list[str]:
        """What was not taken, a line each."""
        return [f"logged failure: {words} {failure.getTraceback()}" for failure, words in self._failures]


@pytest.fixture
def logged_failures(_nothing_left: LoggedFailures) -> LoggedFailures:
    """The failures logged by this test so far; ``flush(Kind)`` takes those that it expected."""
    return _nothing_left


@pytest.fixture(autouse=True)
def _nothing_left(request: pytest.FixtureRequest) -> Iterator[LoggedFailures]:
    """Fails a test that leaves anything on the reactor or a failure in the log."""
    from twisted.internet import reactor

    calls = set(reactor.getDelayedCalls())  # type: ignore[attr-defined]
    selectables = _selectables(reactor)
    failures = LoggedFailures()
    globalLogPublisher.addObserver(failures)
    try:
        yield failures
        left = _leftovers(reactor, calls, selectables)
        if left:
            until = reactor.seconds() + SETTLE  # type: ignore[attr-defined]
            while left and reactor.seconds() < until:  # type: ignore[attr-defined]
                pytest_twisted.blockon(deferLater(reactor, 0.005))  # type: ignore[arg-type]
                left = _leftovers(reactor, calls, selectables)
        if inspect.iscoroutinefunction(inspect.unwrap(request.function)):
            gc.collect()  # an unhandled error of a Deferred is logged when the Deferred is collected
    finally:
        globalLogPublisher.removeObserver(failures)
    for call in set(reactor.getDelayedCalls()) - calls:  # type: ignore[attr-defined]
        call.cancel()
    problems = left + failures.report()
    if problems:
        pytest.fail("the test left something behind:\n" + "\n".join(problems), pytrace=False)


def _leftovers(reactor: Any, calls: set[Any], selectables: set[Any]) -> list[str]:
    late = [f"delayed call: {call}" for call in set(reactor.getDelayedCalls()) - calls]
    return late + [f"open: {thing!r}" for thing in _selectables(reactor) - selectables]


def _selectables(reactor: Any) -> set[Any]:
    """Ports and connections that are open, without the reactor's own wakers."""
    return {thing for thing in (*reactor.getReaders(), *reactor.getWriters()) if thing not in reactor._internalReaders}


@pytest.fixture(scope="module", autouse=True)
def _old_things_set_aside() -> None:
    """Leave what earlier tests made and kept out of this module's garbage collections: each async test asks for one."""
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Give every async test a deadline, whether plain or driven by hypothesis."""
    marker = pyfuncitem.get_closest_marker("deadline")
    seconds = float(marker.args[0]) if marker is not None else DEADLINE
    driven = getattr(pyfuncitem.obj, "hypothesis", None)
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        pyfuncitem.obj = _with_deadline(pyfuncitem.obj, seconds)
    elif driven is not None and inspect.iscoroutinefunction(driven.inner_test):
        driven.inner_test = _with_deadline(driven.inner_test, seconds)
    return (yield)


def _with_deadline(test: Callable[..., Coroutine[Any, Any, None]], seconds: float) -> Callable[..., Deferred[None]]:
    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> Deferred[None]:
        from twisted.internet import reactor

        return Deferred.fromCoroutine(test(*args, **kwargs)).addTimeout(seconds, reactor)  # type: ignore[arg-type]

    return run
