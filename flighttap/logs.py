"""The log as JSON: one object a line, for whatever collects logs.

Every event of flighttap's own has an ``event_id`` that stays what it is while sentences get better; docs/logs.md lists
them, and a test holds the list to the code. Only ASCII leaves here, and every control character as an escape: nothing
that a peer sent can begin a line of its own or speak to a terminal.

twistd chooses where its log goes from its own options, and so do we: ``--logfile``, else the terminal with ``-n``, else
``twistd.log``.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from twisted.logger import FileLogObserver, ILogObserver, LogEvent, formatEvent
from twisted.python.failure import Failure
from twisted.python.logfile import LogFile

from flighttap.errors import ConfigError

__all__ = ["json_line", "json_observer", "to_terminal"]

TEXT_MOST = 2000
"""Characters of a text that are written; a traceback may have five times as many."""

_OWN = "flighttap."


def json_line(event: LogEvent) -> str:
    """An event as a line.

    ``time`` (UTC, ISO 8601), ``level``, ``event_id`` (of ours alone), ``logger``, ``message``, the fields that the
    sentence names, and ``traceback`` where something failed.
    """
    moment = datetime.fromtimestamp(event.get("log_time", 0.0), UTC)
    level, failure = event.get("log_level"), event.get("log_failure")
    namespace = str(event.get("log_namespace", ""))
    said: dict[str, Any] = {
        "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": "info" if level is None else level.name,
        "logger": namespace,
        "message": _text(formatEvent(event)),
    }
    if namespace.startswith(_OWN):
        own = {name: _plain(value) for name, value in event.items() if not name.startswith("log_")}
        said = {**{name: value for name, value in own.items() if name not in said}, **said}
    if isinstance(failure, Failure):
        said["traceback"] = failure.getTraceback()[-5 * TEXT_MOST :]
    return json.dumps(said, ensure_ascii=True, allow_nan=False) + "\n"


def json_observer(twistd: Mapping[str, Any]) -> ILogObserver:
    """What writes the log of a process that was started with these options of twistd.

    :raises ConfigError: they ask for another form, or for no place that there is; one sentence.
    """
    if twistd.get("logger") or twistd.get("syslog"):
        raise ConfigError("--log-json and twistd's --logger or --syslog exclude each other: choose one.")
    if to_terminal(twistd):
        return FileLogObserver(sys.stdout, json_line)
    if twistd.get("logfile") == "-":
        raise ConfigError("A daemon has no terminal to log to: give twistd a --logfile, or -n.")
    file = LogFile.fromFullPath(twistd.get("logfile") or "twistd.log")
    if signal.getsignal(signal.SIGUSR1) in (signal.SIG_DFL, None):
        signal.signal(signal.SIGUSR1, lambda *_: _reactor_call(file.rotate))
    out: TextIO = file
    return FileLogObserver(out, json_line)


def to_terminal(twistd: Mapping[str, Any]) -> bool:
    """Whether twistd logs to the terminal."""
    return bool(twistd.get("nodaemon")) and twistd.get("logfile") in (None, "", "-")


def _reactor_call(what: Any) -> None:
    from twisted.internet import reactor

    reactor.callFromThread(what)  # type: ignore[attr-defined]


def _plain(value: object) -> Any:
    """A value as JSON has it: numbers and truths themselves, the rest as text."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    return _text(value if isinstance(value, str) else repr(value))


def _text(text: str) -> str:
    return text if len(text) <= TEXT_MOST else text[: TEXT_MOST - 1] + "…"
