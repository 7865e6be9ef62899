"""pysnmp's engine on a socket of ours: asked and answered on the thread of the bus, without an event loop. Builds no SET.

pysnmp codes, signs and encrypts, and finds the question that an answer belongs to. Time, bytes and what counts as silence are ours.
Importing this module imports pysnmp.
"""

import select
import socket
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from pyasn1.codec.ber import encoder
from pysnmp.carrier.asyncio.dgram.udp import UdpTransportAddress
from pysnmp.carrier.base import AbstractTransport, AbstractTransportDispatcher
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdgen, ntfrcv
from pysnmp.proto.rfc1902 import Null, ObjectIdentifier, OctetString
from pysnmp.proto.rfc1905 import EndOfMibView, NoSuchInstance, NoSuchObject

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Counters, WireError
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.traffic import Record
from drivers.exchange import NoAnswer
from drivers.snmp import message
from drivers.snmp.options import Access, Auth, Priv, SnmpBus, TrapBus, read_keys

_AUTH = {
    Auth.MD5: config.USM_AUTH_HMAC96_MD5,
    Auth.SHA1: config.USM_AUTH_HMAC96_SHA,
    Auth.SHA224: config.USM_AUTH_HMAC128_SHA224,
    Auth.SHA256: config.USM_AUTH_HMAC192_SHA256,
    Auth.SHA384: config.USM_AUTH_HMAC256_SHA384,
    Auth.SHA512: config.USM_AUTH_HMAC384_SHA512,
}
_PRIV = {
    Priv.NONE: config.USM_PRIV_NONE,
    Priv.AES128: config.USM_PRIV_CFB128_AES,
    Priv.AES192: config.USM_PRIV_CFB192_AES,
    Priv.AES256: config.USM_PRIV_CFB256_AES,
}
ROOM = "room"
NOWHERE = ("127.0.0.1", 161)
"""The address that pysnmp believes to talk to; the socket knows the true one."""
_LARGEST = 65535
_TICK = 0.1
"""Seconds of a tick of pysnmp's timers."""
_AT_ONCE = 1000
"""Datagrams that are read before whoever asked gets his turn: a flood must not hold up the bus for ever."""
_ABSENT = {NoSuchObject: "noSuchObject", NoSuchInstance: "noSuchInstance", EndOfMibView: "endOfMibView"}
_SILENT = frozenset({"RequestTimedOut"})
_DENIED = frozenset(
    {"WrongDigest", "UnknownUserName", "UnknownSecurityName", "UnsupportedSecurityLevel", "DecryptionError", "AuthenticationFailure"}
)

Answer = tuple[int, int, list[tuple[str, Any]]]
"""Error status, error index, and the objects by name."""


class _Socket(AbstractTransport):  # type: ignore[misc]
    """A transport of pysnmp that sends through a function."""

    ADDRESS_TYPE = UdpTransportAddress

    def __init__(self, send: Callable[[bytes, Any], None]) -> None:
        self._send = send

    def send_message(self, outgoingMessage: Any, transportAddress: Any) -> None:  # noqa: N803  pysnmp's names
        self._send(bytes(outgoingMessage), transportAddress)

    def arrived(self, data: bytes, address: tuple[str, int]) -> None:
        """Hand a datagram to pysnmp."""
        assert self._callback_function is not None
        self._callback_function(self, UdpTransportAddress(address), data)


def _engine(options: Access, transport: _Socket) -> tuple[Any, Any]:
    """An engine that knows who we are, and its dispatcher. WireError when the keys cannot be had."""
    engine: Any = SnmpEngine()
    dispatcher: Any = AbstractTransportDispatcher()
    dispatcher.register_transport(config.SNMP_UDP_DOMAIN, transport)
    engine.register_transport_dispatcher(dispatcher)
    if options.version == 3:
        _add_user(engine, options, None)
    else:
        assert options.community is not None
        config.add_v1_system(engine, ROOM, options.community.get_secret_value())
    return engine, dispatcher


def _add_user(engine: Any, options: Access, signer: str | None) -> None:
    """Make the user known, for messages that the engine of this name signs (None = whichever is found by asking)."""
    keys = read_keys(options)
    config.add_v3_user(
        engine,
        options.user,
        _AUTH[options.auth],
        keys.auth,
        _PRIV[options.priv],
        None if options.priv is Priv.NONE else keys.priv,
        securityEngineId=None if signer is None else OctetString(hexValue=signer.removeprefix("0x")),
    )


def _unread(record: Record, options: Access) -> Record:
    """A record that shows stars where the community stands: whoever may see the wire need not know it."""
    word = options.community.get_secret_value().encode() if options.community is not None else b""
    whole, stars = bytes([4, len(word)]) + word, b"*" * len(word)

    def told(sent: bool, data: bytes) -> None:
        found = data.find(whole)
        if found >= 0:
            record(sent, data[: found + 2] + stars + data[found + len(whole) :])
        else:  # SNMP 3, or a message that was spoiled
            record(sent, data.replace(word, stars))

    return told if word else record


def level(options: Access) -> str:
    """The security that every message must have."""
    return "noAuthNoPriv" if options.version != 3 else "authNoPriv" if options.priv is Priv.NONE else "authPriv"


def _datagrams(kind: socket.SocketKind, host: str, port: int) -> tuple[socket.socket, Any]:
    """A socket of the family of this host, and the host's address. WireError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=kind)[0]
        own = socket.socket(family, kind, protocol)
    except OSError as error:
        raise WireError(Reason.UNREACHABLE, f"{host}: {error}") from error
    own.setblocking(False)
    return own, address


class Agent:
    """One agent, asked one question at a time. The socket is connected: what comes from elsewhere never reaches us."""

    def __init__(self, options: SnmpBus, clock: Clock, counters: Counters, record: Record) -> None:
        """WireError when the host has no address, or the keys cannot be had."""
        self._options = options
        self._clock = clock
        self._counters = counters
        self._record = _unread(record, options)
        self._where = f"{options.host}:{options.port}"
        self._begin()
        self._asked: object = None
        self._answer: tuple[Any, Answer] | None = None
        self._noticed = False
        self._socket, address = _datagrams(socket.SOCK_DGRAM, options.host, options.port)
        try:
            self._socket.connect(address)
        except OSError as error:
            self._socket.close()
            raise WireError(Reason.UNREACHABLE, f"{self._where}: {error}") from error

    def get(self, names: Sequence[str], timeout: float) -> Answer:
        """GET these objects. NoAnswer when nothing that can be believed came in time; WireError when the agent's host refuses."""
        self._receive()
        self._asked, self._answer = object(), None
        deadline = self._clock.monotonic() + timeout
        pairs = [(ObjectIdentifier(name), Null("")) for name in names]
        self._generator.send_varbinds(self._engine, "agent", None, "", pairs, self._take, self._asked)
        while self._answer is None:
            left = deadline - self._clock.monotonic()
            if left <= 0:
                self._give_up()
            select.select((self._socket,), (), (), min(left, _TICK))
            self._receive()
            self._dispatcher.handle_timer_tick(self._clock.monotonic())
        trouble, answer = self._answer
        self._asked = None
        if trouble is not None:
            self._complain(type(trouble).__name__)
        if answer[0] == 0 and [name for name, _ in answer[2]] != list(names):
            self._counters.bad_replies += 1
            raise NoAnswer(Reason.BAD_REPLY, "other objects than asked")
        return answer

    def _begin(self) -> None:
        """An engine that knows nothing of the agent yet."""
        options = self._options
        self._transport = _Socket(self._send)
        self._engine, self._dispatcher = _engine(options, self._transport)
        user, model = (options.user or "", 3) if options.version == 3 else (ROOM, 1)
        config.add_target_parameters(self._engine, ROOM, user, level(options), model)
        # pysnmp's own time-out is the longest that a device may have, in 10 ms; ours ends the waiting
        config.add_target_address(self._engine, "agent", config.SNMP_UDP_DOMAIN, NOWHERE, ROOM, 6000, 0)
        self._generator = cmdgen.GetCommandGenerator()
        self._strange = False

    def close(self) -> None:
        """Give the socket back."""
        self._asked = None
        self._socket.close()
        self._engine.close_dispatcher()

    def _give_up(self) -> NoReturn:
        """A card that was replaced or reset signs under another name and refuses the one that we know: get to know it anew."""
        self._asked = None
        self._counters.timeouts += 1
        if self._strange and self._options.version == 3:
            self._engine.close_dispatcher()
            self._begin()
        raise NoAnswer(Reason.NO_ANSWER)

    def _complain(self, trouble: str) -> None:
        if trouble in _SILENT:
            self._counters.timeouts += 1
            raise NoAnswer(Reason.NO_ANSWER)
        if trouble in _DENIED:
            raise NoAnswer(Reason.NO_RIGHT, trouble)
        self._counters.bad_replies += 1
        raise NoAnswer(Reason.BAD_REPLY, trouble)

    def _take(self, engine: Any, handle: Any, trouble: Any, status: Any, index: Any, objects: Any, asked: object) -> None:
        """pysnmp's answer to a question of ours: to the one that waits, or to one that was given up."""
        self._noticed = True
        if asked is not self._asked:
            self._counters.late_replies += trouble is None
            return
        self._answer = trouble, (int(status), int(index), [(str(name), value) for name, value in objects])

    def _send(self, data: bytes, address: Any) -> None:
        self._noticed = True
        try:
            self._socket.send(data)
        except OSError as error:
            raise self._gone(error) from error
        self._record(True, data)

    def _receive(self) -> None:
        """Hand all that has come to pysnmp."""
        for _ in range(_AT_ONCE):
            try:
                data = self._socket.recv(_LARGEST)
            except BlockingIOError:
                return
            except OSError as error:
                raise self._gone(error) from error
            self._record(False, data)
            self._noticed = False
            if not _handed(self._transport, data, NOWHERE):
                self._counters.bad_replies += 1
            elif not self._noticed:
                self._strange = True
                known = message.parse(data)
                if known is not None and known.kind in ("", "response", "report"):
                    self._counters.late_replies += 1
                else:
                    self._counters.bad_replies += 1

    def _gone(self, error: OSError) -> WireError:
        refused = isinstance(error, ConnectionRefusedError | ConnectionResetError)  # the latter is Windows' word for it
        return WireError(Reason.CONNECTION_REFUSED if refused else Reason.UNREACHABLE, f"{self._where}: {error}")


def _handed(transport: _Socket, data: bytes, address: tuple[str, int]) -> bool:
    """Could pysnmp make anything of this datagram?"""
    try:
        transport.arrived(data, address)
    except (WireError, NoAnswer):
        raise
    except Exception:  # noqa: BLE001  named border: a datagram of anybody's must not end the bus, whatever pysnmp stumbles over
        return False
    return True


class Receiver:
    """A port at which traps and informs arrive. Informs are confirmed by pysnmp; nothing else is ever sent."""

    def __init__(self, options: TrapBus, counters: Counters, record: Record) -> None:
        """WireError when the port or the keys cannot be had."""
        self._options = options
        self._counters = counters
        self._record = _unread(record, options)
        self._models = (3,) if options.version == 3 else (1, 2)
        self._level = level(options)
        self._transport = _Socket(self._send)
        self._engine, self._dispatcher = _engine(options, self._transport)
        self._taken: list[str] = []
        ntfrcv.NotificationReceiver(self._engine, self._take)
        self._engine.observer.register_observer(self._look, "rfc3412.receiveMessage:request")
        self._sound = False
        self._sender: Any = None
        self._socket, address = _datagrams(socket.SOCK_DGRAM, options.host, options.port)
        where = f"UDP {options.host}:{options.port}"
        try:
            self._socket.bind(address)
        except PermissionError as error:
            self._socket.close()
            advice = "ports below 1024 need the right CAP_NET_BIND_SERVICE; or choose a higher port here and at the devices"
            raise WireError(Reason.NO_RIGHT, f"{where}: {advice}") from error
        except OSError as error:
            self._socket.close()
            raise WireError(Reason.PORT_IN_USE, f"{where}: {error.strerror}") from error

    def know(self, engine: str) -> None:
        """Believe the traps that the engine of this name signs."""
        if self._options.version == 3:
            _add_user(self._engine, self._options, engine)

    def arrived(self) -> list[tuple[str, str]]:
        """What has come since: (address of the sender, object identifier of the trap), in order."""
        found: list[tuple[str, str]] = []
        for _ in range(_AT_ONCE):
            try:
                data, sender = self._socket.recvfrom(_LARGEST)
            except BlockingIOError:
                break
            except ConnectionResetError:  # Windows tells here that a confirmation found nobody
                continue
            except OSError as error:
                raise WireError(Reason.CONNECTION_LOST, str(error)) from error
            self._record(False, data)
            self._taken.clear()
            self._sound = False
            self._sender = sender
            if _handed(self._transport, data, sender[:2]) and self._taken:
                found += [(str(sender[0]).removeprefix("::ffff:"), trap) for trap in self._taken]
            else:
                self._counters.bad_replies += 1
        return found

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
        self._engine.close_dispatcher()

    def _look(self, engine: Any, place: Any, told: Any, context: Any) -> None:
        """How safely did it come? pysnmp takes an unsigned message of a known user for his."""
        self._sound = int(told["securityModel"]) in self._models and self._name(told["securityLevel"]) == self._level

    @staticmethod
    def _name(number: Any) -> str:
        return {1: "noAuthNoPriv", 2: "authNoPriv", 3: "authPriv"}.get(int(number), "")

    def _take(self, engine: Any, reference: Any, context: Any, name: Any, objects: Any, nothing: Any) -> None:
        if self._sound:
            self._taken += [str(value) for key, value in objects if str(key) == "1.3.6.1.6.3.1.1.4.1.0"][:1]

    def _send(self, data: bytes, address: Any) -> None:
        try:
            self._socket.sendto(data, self._sender)
        except OSError:
            return  # an inform that is not confirmed comes again
        self._record(True, data)


def absent(value: Any) -> str:
    """The word for an object that is not there; "" when it is."""
    return next((word for kind, word in _ABSENT.items() if isinstance(value, kind)), "")


def encoded(value: Any) -> bytes:
    """A value as it stood in the message."""
    return bytes(encoder.encode(value))
