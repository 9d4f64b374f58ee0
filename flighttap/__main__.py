"""``python -m flighttap``: watch a room in the terminal, publish into one, list them; make tokens; fill the register.

Exit status: 0 when all went well, 1 when the server could not be reached or
refused something, 2 when the command line is wrong.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.python import usage
from twisted.python.failure import Failure

from flighttap import __version__
from flighttap.client.credentials import VARIABLE
from flighttap.errors import BadField, ConfigError, FlighttapError
from flighttap.rooms.wishes import read_area, read_where
from flighttap.token_command import TokenOptions, run_token

__all__ = ["Options", "main"]


class _Words(usage.Options):
    """What every command line of ours knows."""

    def opt_version(self) -> None:
        """Say the version and leave."""
        print(f"flighttap {__version__}")
        raise SystemExit(0)


class _Room(_Words):
    """A subcommand that takes one address, and a token for it."""

    what = "the address of a room, such as http://localhost:8000/tracker/demo"

    def opt_token(self, token: str) -> None:
        """A token or key; better given in the environment as FLIGHTTAP_TOKEN, where other users do not see it."""
        self["token"] = token

    def parseArgs(self, *words: str) -> None:
        """:raises UsageError: there is not exactly one."""
        if len(words) != 1:
            raise usage.UsageError(f"Give {self.what}" + (", and nothing else." if words else "."))
        self["url"], _, fragment = words[0].partition("#")
        invited = fragment.partition("token=")[2] or None
        self["token"] = self.get("token") or invited or os.environ.get(VARIABLE) or None

    def getSynopsis(self) -> str:
        """The first line of the help."""
        command = "" if self.parent is None else self.parent.subCommand
        return f"Usage: python -m flighttap {command} [options] URL"


class _Watch(_Room):
    """Options of ``watch``."""

    longdesc = "Shows a room as a live table; where the output is no terminal, one line a change."
    optFlags = [  # noqa: RUF012 - usage.Options reads it from the class
        ["json", "j", 'One JSON object a line: the flight\'s record, or its key with "removed": true.'],
        ["lines", "l", "One line a change, in a terminal too."],
        ["retry", "r", "Keep trying when the server cannot be reached at the start."],
    ]
    optParameters = [  # noqa: RUF012
        ["hz", None, None, "Updates a second at most; the server takes the next lower one that it has."],
        ["bbox", None, None, "Only this box: west,south,east,north in degrees."],
        ["where", None, None, "Only flights that match, such as 'alt<10000 flight=KLM*' (docs/query.md)."],
    ]

    def postOptions(self) -> None:
        """:raises UsageError: ``--hz`` is no rate, ``--bbox`` no box or ``--where`` no filter."""
        try:
            self["box"] = None if self["bbox"] is None else [float(edge) for edge in self["bbox"].split(",")]
            read_area(self["box"])
            read_where(self["where"])
        except ValueError:
            raise usage.UsageError("--bbox must be west,south,east,north in degrees.") from None
        except BadField as error:
            raise usage.UsageError(str(error)) from None
        try:
            self["rate"] = None if self["hz"] is None else float(self["hz"])
        except ValueError:
            self["rate"] = 0.0
        if self["rate"] is not None and not 0 < self["rate"] <= 100:
            raise usage.UsageError(f"--hz must be a number above 0 and up to 100, not {self['hz']!r}.")


class _Publish(_Room):
    """Options of ``publish``."""

    longdesc = "Publishes each line of standard input, a JSON object, as one flight; ends when all are accepted."
    optFlags = [["retry", "r", "Keep trying when the server cannot be reached at the start."]]  # noqa: RUF012


class _Rooms(_Room):
    """Options of ``rooms``."""

    longdesc = "Lists the rooms of a server."
    what = "the address of a server, such as http://localhost:8000"
    optFlags = [["json", "j", "Print what the server answered, as JSON."]]  # noqa: RUF012


class _Top(_Room):
    """Options of ``top``."""

    longdesc = "Shows how a server does, every second; where the output is no terminal, once."
    what = "the address of a server, such as http://localhost:8000"
    optFlags = [["once", "1", "Show it once, in a terminal too."]]  # noqa: RUF012
    optParameters = [["token-file", None, None, "A file with an operator's token, where the server wants one."]]  # noqa: RUF012


class _Import(_Words):
    """Options of ``aircraft import``."""

    longdesc = (
        "Adds a file to the register of aircraft, from which the server tells registrations, types and operators: "
        "tar1090-db's aircraft.csv or OpenSky's aircraft-database csv, gzipped or not, or BaseStation.sqb. "
        "What is imported later wins."
    )
    optParameters = [["to", None, None, "The register, made where it is not there. [default: the user's own]"]]  # noqa: RUF012

    def parseArgs(self, *words: str) -> None:
        """:raises UsageError: there is not exactly one file."""
        if len(words) != 1:
            raise usage.UsageError("Give one file to import.")
        self["file"] = words[0]

    def getSynopsis(self) -> str:
        """The first line of the help."""
        return "Usage: python -m flighttap aircraft import [options] FILE"


class _Aircraft(_Words):
    """The subcommands of ``aircraft``."""

    longdesc = "The register of aircraft that the server looks flights up in."
    subCommands = [["import", None, _Import, "Add a file to it."]]  # noqa: RUF012

    def postOptions(self) -> None:
        """:raises UsageError: no subcommand was given."""
        if self.subCommand is None:
            raise usage.UsageError("Say what to do with the register: aircraft import FILE.")

    def getSynopsis(self) -> str:
        """The first line of the help."""
        return "Usage: python -m flighttap aircraft import [options] FILE"


class Options(_Words):
    """The command line of ``python -m flighttap``."""

    synopsis = "Usage: python -m flighttap watch|publish|rooms|top [options] URL, token …, or aircraft import FILE"
    longdesc = "Watch a room of flights in the terminal, publish flights into one, list them, or fill the register."
    subCommands = [  # noqa: RUF012
        ["watch", None, _Watch, "Watch a room."],
        ["publish", None, _Publish, "Publish flights into a room."],
        ["rooms", None, _Rooms, "List the rooms of a server."],
        ["top", None, _Top, "Show how a server does."],
        ["token", None, TokenOptions, "Make keys and tokens, and look into them."],
        ["aircraft", None, _Aircraft, "Fill the register of aircraft."],
    ]

    def postOptions(self) -> None:
        """:raises UsageError: no subcommand was given."""
        if self.subCommand is None:
            raise usage.UsageError("Say what to do: watch, publish, rooms, top, token or aircraft; --help tells more.")


_STDIN = 0


def main(words: Sequence[str] | None = None) -> int:
    """Run one command to its end.

    :param words: the command line without the program's name.
    :returns: the exit status.
    """
    options = Options()
    try:
        options.parseOptions(sys.argv[1:] if words is None else list(words))
        if options.subCommand == "aircraft":
            return _import(options.subOptions.subOptions)
        if options.subCommand == "token":
            return run_token(options.subOptions)
        make = _COMMANDS[str(options.subCommand)]
        from twisted.internet import reactor

        run, stop = make(options.subOptions, reactor)
    except (usage.UsageError, ConfigError) as error:
        print(f"flighttap: {_sentence(error)}", file=sys.stderr)
        return 2
    return _run(reactor, run, stop)


_Making = tuple[Callable[[], Deferred[int]], Callable[[], Deferred[Any]]]


def _watch(options: usage.Options, reactor: Any) -> _Making:
    from flighttap.client.console import LiveTable, WatchLines
    from flighttap.client.watcher import Watcher

    make = partial(
        Watcher,
        options["url"],
        reactor=reactor,
        hz=options["rate"],
        bbox=options["box"],
        where=options["where"],
        patient=bool(options["retry"]),
        token=options["token"],
    )
    command: LiveTable | WatchLines
    if sys.stdout.isatty() and not options["json"] and not options["lines"]:
        command = LiveTable(make, sys.stdout, sys.stderr, reactor, colour=_colour())
    else:
        command = WatchLines(make, sys.stdout.buffer, sys.stderr, reactor, json=bool(options["json"]))
    return command.run, command.stop


def _publish(options: usage.Options, reactor: Any) -> _Making:
    from flighttap.client.console import PublishLines
    from flighttap.client.publisher import Publisher

    make = partial(Publisher, options["url"], reactor=reactor, patient=bool(options["retry"]), token=options["token"])
    command = PublishLines(make, _STDIN, sys.stderr, reactor)
    return command.run, command.stop


def _rooms(options: usage.Options, reactor: Any) -> _Making:
    import msgspec

    from flighttap.client.address import read_server
    from flighttap.client.rooms import list_rooms
    from flighttap.client.table import Look, rooms_table

    address = read_server(options["url"])

    async def run() -> int:
        rooms = await list_rooms(address, reactor, options["token"])
        tty = sys.stdout.isatty()
        if options["json"]:
            print(msgspec.json.encode({"rooms": rooms}).decode())
        elif rooms:
            width = os.get_terminal_size(sys.stdout.fileno()).columns if tty else None
            print("\n".join(rooms_table(rooms, Look(width, tty and _colour()))))
        else:
            print("There is no room yet: the first to connect to one makes it.")
        return 0

    return lambda: Deferred.fromCoroutine(run()), lambda: succeed(None)


def _top(options: usage.Options, reactor: Any) -> _Making:
    from flighttap.client.address import read_server
    from flighttap.client.top import Top

    token = options["token"]
    if options["token-file"] is not None:
        try:
            token = Path(options["token-file"]).read_text().strip()
        except (OSError, UnicodeDecodeError):
            raise ConfigError(f"The token file {options['token-file']} cannot be read.") from None
    live = sys.stdout.isatty() and not options["once"]
    top = Top(read_server(options["url"]), sys.stdout, reactor, live=live, colour=_colour(), token=token)
    return top.run, top.stop


def _import(options: usage.Options) -> int:
    """Fill the register; this needs no reactor."""
    from flighttap.config import own_registry
    from flighttap.store.registry import import_file

    source, registry = Path(options["file"]), Path(options["to"]) if options["to"] else own_registry()
    try:
        imported = import_file(source, registry)
    except ConfigError as error:
        print(f"flighttap: {_sentence(error)}", file=sys.stderr)
        return 1
    skipped = f" {imported.skipped:,} lines without an address were passed over." if imported.skipped else ""
    print(f"Imported {imported.taken:,} aircraft of {source}; {registry} has {imported.known:,} now.{skipped}")
    return 0


_COMMANDS: dict[str, Callable[[usage.Options, Any], _Making]] = {
    "watch": _watch,
    "publish": _publish,
    "rooms": _rooms,
    "top": _top,
}


def _run(reactor: Any, run: Callable[[], Deferred[int]], stop: Callable[[], Deferred[Any]]) -> int:
    """Turn the reactor until the command is done or Ctrl-C ends it, and close what it opened either way."""
    # Every Twisted timer stops while the system clock runs backwards, unless timers go by this one.
    reactor.seconds = time.monotonic
    status = 0
    stopping = False

    def done(result: int | Failure) -> None:
        nonlocal status
        if isinstance(result, Failure):
            status = 1
            if result.check(FlighttapError):
                print(f"flighttap: {_sentence(result.value)}", file=sys.stderr)
            else:
                result.printTraceback(sys.stderr)
        else:
            status = result
        if not stopping:
            reactor.stop()

    def shut_down() -> Deferred[Any]:
        nonlocal stopping
        stopping = True
        return stop()

    reactor.addSystemEventTrigger("before", "shutdown", shut_down)
    reactor.callWhenRunning(lambda: run().addBoth(done))
    reactor.run()
    try:
        sys.stdout.flush()
    except OSError:  # whoever read us has gone; nor may Python try again at its exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _colour() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _sentence(error: BaseException | None) -> str:
    """One line that ends in a full stop, from an error that may not."""
    text = " ".join(str(error).split())
    return text if text.endswith((".", "?", "!")) else f"{text[:1].upper()}{text[1:]}."


if __name__ == "__main__":
    sys.exit(main())
