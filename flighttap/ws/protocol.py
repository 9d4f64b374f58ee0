"""One WebSocket connection in one room.

It turns messages into calls on the hub and is, as a peer of the core, somewhere
to write to. What goes out is made once for many and handed to the socket
directly where nothing waits before it.
"""

from __future__ import annotations

from collections.abc import Callable
from socket import SO_SNDBUF, SOL_SOCKET
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IDelayedCall, IPushProducer
from twisted.internet.tcp import Connection
from twisted.logger import Logger
from zope.interface import implementer

from flighttap.access.access import Caller
from flighttap.errors import NotAllowed, Refused, RoomCrowded, TokenExpired, WireError
from flighttap.rooms.member import Member
from flighttap.ws.admission import ECHO
from flighttap.ws.dialogue import Dialogue, JsonDialogue
from flighttap.ws.doorkeeper import Doorkeeper
from flighttap.ws.dues import Dues
from flighttap.ws.echo import EchoDialogue
from flighttap.ws.greeting import GreetingProtocol
from flighttap.ws.guard import guarded
from flighttap.ws.standing import Standing
from flighttap.ws.tutorial import TutorialDialogue

if TYPE_CHECKING:
    from flighttap.ws.factory import RoomFactory

__all__ = ["RoomProtocol"]

PING_EVERY = 25.0
PONG_WITHIN = 10.0
CLOSE_WITHIN = 2.0
"""Seconds that a peer has to answer our close frame."""
SEND_BUFFER = 65536
"""Bytes that the kernel holds for a connection, so that what is old does not hide there."""


@implementer(IPushProducer)
class RoomProtocol(GreetingProtocol):
    """A member's connection.

    :ivar caller: who it is; set by the resource before the handshake, as is ``refused``: why it may not be here.
    :ivar opened_at: when it was opened, of the reactor's clock.
    :ivar clear: it is open, and nothing waits in this process before what is sent next by ``_send``.
    :ivar binary: the message being taken came as a binary one; only an echo makes a difference.
    :ivar member: what the hub knows this connection as, once it is open.
    :ivar dues: what it owes for what it sends.
    :ivar standing: what it may do there, once it is open.
    """

    __slots__ = ("_send", "clear")  # what a broadcast reads of each connection lies side by side

    _log = Logger()
    factory: RoomFactory
    caller: Caller
    refused: Refused | None = None
    dues: Dues
    standing: Standing
    member: Member | None = None
    binary = False
    clear: bool
    _send: Callable[[bytes], int]
    _plain = False
    _dialogue: Dialogue | None = None
    _room = ""
    _fragments = 0
    _pings = 0
    _pinged_at: float | None = None
    _ping_due = 0.0
    _kept = 0
    _accepted = 0
    _accepted_at: float | None = None
    _resume_call: IDelayedCall | None = None
    _close_call: IDelayedCall | None = None
    _token_call: IDelayedCall | None = None
    _reply_waits = False
    opened_at: float | None = None

    # What Autobahn calls

    @guarded
    def onOpen(self) -> None:
        now = self.factory.reactor.seconds()
        limits = self.factory.hub.limits
        self.opened_at = now
        self.factory.hub.meter.opened += 1
        self.dues = Dues(limits, now)
        self._ping_due = now + PING_EVERY * (1 + self.factory.spread()) / 2
        self._prepare_transport()
        self._room = self.admission.room
        self.factory.join(self, self._room)
        if self.refused is not None:
            raise self.refused
        self.standing = Standing(self.caller, self._room)
        if self.admission.session and self.caller.grant is None:
            self.standing = self.factory.standing_of(self._room, self.admission.session) or self.standing
        self._enter()

    @guarded
    def onMessageBegin(self, isBinary: bool) -> None:
        self._fragments = 0
        super().onMessageBegin(isBinary)

    @guarded
    def onMessageFrameBegin(self, length: int) -> None:
        self._fragments += 1
        if self._fragments > self.factory.hub.limits.fragments:
            self._fail_connection(1008, "too many fragments")
            return
        super().onMessageFrameBegin(length)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self._perMessageCompress is not None:
            self._perMessageCompress._decompressor = None  # 40 kB that no other message would use
        self.binary = isBinary
        self.texts_received([payload])
        self.binary = False

    @guarded
    def texts_received(self, payloads: list[bytes]) -> None:
        dialogue = self._dialogue
        if dialogue is None:
            return
        self._look_at_token()
        meter = self.factory.hub.meter
        meter.received += len(payloads)
        try:
            for payload in payloads:
                try:
                    dialogue.message(payload)
                except WireError as problem:
                    meter.rejected[problem.code] += 1
                    dialogue.problem(problem)
                    self.dues.fail(problem, self.factory.reactor.seconds())
                if dialogue is not self._dialogue:  # a token was taken: who was asked for it is let in
                    if self._dialogue is None:
                        break
                    dialogue = self._dialogue
        finally:
            dialogue.settle()

    @guarded
    def onPing(self, payload: bytes) -> None:
        self._pings += 1
        if self._pings > self.factory.hub.limits.pings:
            self._fail_connection(1008, "too many pings")
        else:
            super().onPing(payload)

    @guarded
    def onPong(self, payload: bytes) -> None:
        self._pinged_at = None
        self._pings += 1
        if self._pings > self.factory.hub.limits.pings:
            self._fail_connection(1008, "too many pongs")

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self._leave()
        self.factory.leave(self, self._room)
        if self.opened_at is not None:
            ours = self.closedByMe
            self.factory.hub.meter.closes["us" if ours else "peer", self.localCloseCode if ours else code or 1006] += 1
        for call in (self._resume_call, self._close_call, self._token_call):
            if call is not None and call.active():
                call.cancel()
        self._resume_call = self._close_call = self._token_call = None

    # What the transport calls: its buffer is full, or empty again

    def pauseProducing(self) -> None:
        if self.member is not None:
            self._pinged_at = None
            self.factory.hub.filled(self.member)

    def resumeProducing(self) -> None:
        if self._reply_waits:
            self._reply_waits = False
            self._read_again()
        if self.member is not None:
            self.factory.hub.drained(self.member)

    def stopProducing(self) -> None:
        """The connection is gone; :meth:`onClose` follows."""

    # What the core and the factory call

    def write(self, data: bytes) -> bool:
        """Send frames at once if nothing waits before them; false once the socket is full."""
        transport = self.transport
        member = self.member
        if self._dialogue is None or self.state != self.STATE_OPEN or transport.disconnecting:
            return True
        if not self.clear:
            self.clear = self._plain and not transport.dataBuffer and not transport._tempDataBuffer
        if self.clear:
            try:
                sent = self._send(data)
            except OSError:
                sent = 0
            if sent == len(data):
                return True
            data = data[sent:]
        self.keep(data)
        return member is None or not member.full

    def keep(self, data: bytes) -> None:
        """Leave to the transport what the socket did not take, or fails to take: it finds out why."""
        self.clear = False
        self._kept += len(data)
        self.transport.write(data)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        """Where Autobahn writes frames of its own, by the transport."""
        self.clear = False
        self._kept += len(data)
        super().sendData(data, sync, chopsize)

    def reply(self, data: bytes) -> None:
        """Answer the peer; one that does not read its answers is not read from either."""
        self.factory.hub.meter.answer_bytes += len(data)
        if not self.write(data):
            self._reply_waits = True
            self.transport.pauseProducing()

    def close(self, code: int, reason: str) -> None:
        """End the connection: say why, and drop it if the peer does not answer in time."""
        self._leave()
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code, reason.encode()[:123])
        elif self.state == self.STATE_CONNECTING:
            self.abort()

    def sendCloseFrame(self, code: int | None = None, reasonUtf8: bytes | None = None, isReply: bool = False) -> None:
        """Where every close frame is sent, Autobahn's own and answers too: from then on the peer has little time."""
        if self.state == self.STATE_OPEN:
            super().sendCloseFrame(code, reasonUtf8, isReply)
            self._leave()
            self._read_again()
            self._close_call = self.factory.reactor.callLater(CLOSE_WITHIN, self.abort)

    def drain(self, after_ms: int, spread_ms: int) -> None:
        """End the connection because this server stops; see :meth:`Dialogue.drain`."""
        if self._dialogue is not None:
            self._dialogue.drain(after_ms, spread_ms)

    def waiting(self) -> int:
        """Bytes that wait in this process for the socket to take them."""
        transport = self.transport
        socket = transport if isinstance(transport, Connection) else transport.transport  # behind TLS
        return len(socket.dataBuffer) - socket.offset + socket._tempDataLen

    def abort(self, code: int | None = None) -> None:
        """Drop the connection without a word.

        :param code: the reason, for whoever counts how connections end.
        """
        if code is not None:
            self.closedByMe, self.localCloseCode = True, code
        self._leave()
        self.transport.abortConnection()

    @guarded
    def second_passed(self, now: float, pause: float) -> None:
        """Ping, and judge what is overdue.

        :param pause: seconds for which this process itself stood still.
        """
        self._pings = 0
        member = self.member
        if member is None:
            return
        self._look_at_token()
        waiting = self.waiting()
        if waiting or member.full:
            self._pinged_at = None
            accepted = self._kept - waiting
            if self._accepted_at is None or accepted > self._accepted:
                self._accepted = accepted
                self._accepted_at = now
            elif pause:
                self._accepted_at += pause
            elif now - self._accepted_at >= self.factory.hub.limits.stall:
                self._log.info(
                    "a watcher of {room!r} took nothing for too long", room=member.room, event_id="ws.stalled"
                )
                self.abort(4002)
            return
        if self._accepted_at is not None:
            self._accepted_at = None
        if self._pinged_at is not None:
            self._pinged_at += pause
            if now - self._pinged_at >= PONG_WITHIN:
                self.close(4003, "No pong came.")
        elif now >= self._ping_due:
            self._ping_due = now + PING_EVERY
            self._pinged_at = now
            self.sendPing(b"")

    # What the dialogues call

    def take_publish(self) -> None:
        """Count a publish; holds the publisher back by TCP where it is too fast.

        :raises Forbidden, RateLimited: it is not taken.
        """
        now = self.factory.reactor.seconds()
        if self.dues.publish(self.standing, now) and self._resume_call is None:
            self.transport.pauseProducing()
            self._wait_for_payment()

    def take_token(self, token: object) -> None:
        """Go on as whoever this token is for; into the room, if it was the token that was lacking.

        :raises NotAvailable, BadOp: there is no use for it.
        :raises BadToken, NotAllowed: it is not good, or not for this.
        """
        self.standing = self.standing.renewed(token)
        if self.member is None:
            self._enter()

    def take_control(self) -> None:
        """Count an operation.

        :raises RateLimited: it is not taken.
        """
        self.dues.ask(self.factory.reactor.seconds())

    # Own

    def _enter(self) -> None:
        factory, hub, admission = self.factory, self.factory.hub, self.admission
        if not self.standing.enter(can_say_token=bool(admission.encoding)):
            self._wait_for_token()
            return
        if self._token_call is not None:
            self._token_call.cancel()
            self._token_call = None
        room = hub.rooms.get(admission.room)
        if room is not None and room.members >= hub.limits.members:
            raise RoomCrowded("This room has all the members it may have.")
        member = Member(self, admission.room, factory.new_session(), factory.public_id(), admission.echo)
        room = hub.join(member)
        self.dues.room = room.publishing
        self.member = member
        spoken = JsonDialogue if admission.encoding else EchoDialogue if admission.room == ECHO else TutorialDialogue
        self._dialogue = spoken(self, hub, room, member)
        self._dialogue.opened()

    def _look_at_token(self) -> None:
        """:raises TokenExpired: it is good no more."""
        expires = self.standing.expires
        if expires is not None and self.factory.hub.wall() >= expires:
            raise TokenExpired("The token has expired: come back with a new one.")

    def _wait_for_token(self) -> None:
        """Only a token opens this room: the peer has a while to say it."""
        self._dialogue = Doorkeeper(self)
        self._dialogue.opened()
        self._token_call = self.factory.reactor.callLater(
            self.factory.hub.limits.token, self.close, NotAllowed.close_code, "No token came in time."
        )

    def _leave(self) -> None:
        """Take no part in the room any more; the factory knows the connection until it is gone."""
        self.clear = False
        self._dialogue = None
        member, self.member = self.member, None
        if member is not None:
            self.factory.hub.leave(member)

    def _prepare_transport(self) -> None:
        self.clear = False
        transport = self.transport
        transport.registerProducer(self, True)
        transport.setTcpNoDelay(True)
        if isinstance(transport, Connection) and not transport.TLS:
            self._plain = True
            self._send = transport.socket.send
            transport.socket.setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER)

    def _wait_for_payment(self) -> None:
        """Read on once the publisher's debt is gone, however it has grown meanwhile."""
        self._resume_call = None
        now = self.factory.reactor.seconds()
        debt = self.dues.debt(now)
        if debt > 0:
            self._resume_call = self.factory.reactor.callLater(debt, self._wait_for_payment)
        else:
            self._read_again()

    def _read_again(self) -> None:
        if self._resume_call is None and not self._reply_waits and self.transport.connected:
            self.transport.resumeProducing()
