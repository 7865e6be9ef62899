"""A 4G modem on a serial port: SMS in PDU mode with status reports, replies, calls that ring, signal. The one owner of its port.

Every answer is waited for with a limit, and what the modem says by itself (+CMTI, +CDS, RING) is taken wherever it comes. After
anything that cannot be understood the port is opened anew. A call says nothing: whoever answers sees which number rang, and looks.
"""

import logging
import re
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import serial

from cityops_desktop.alarms.outputs import pdu
from cityops_desktop.alarms.outputs.output import Secret
from cityops_desktop.clock import Clock
from cityops_desktop.model.notify import LOOK, By, Delivery, DeliveryState, Message, Signal, failed
from cityops_desktop.room.ways import ModemPart

if sys.platform == "win32":
    _TERMINAL_ERROR = serial.SerialException
else:
    import termios

    _TERMINAL_ERROR = termios.error

log = logging.getLogger(__name__)

ANSWER, SENDING = 5.0, 45.0
"""Seconds for an ordinary answer, and for the network to take a message."""
HELD = 6.0
"""Seconds that an answered call is held."""
AGAIN = 20.0
"""Seconds after a failure until the port is opened again without a message to send."""
MOST_PIECES = 50
"""Parts of long messages that wait for the others."""
_FINAL = re.compile(r"OK$|ERROR$|\+CM[ES] ERROR:|NO CARRIER$|BUSY$|NO ANSWER$|NO DIALTONE$|COMMAND NOT SUPPORT$")


class Trouble(Exception):
    """The modem did not do it; the text is a code and what it said."""


class _PortGone(Trouble):
    """Nothing can be said to it any more."""


class Told(NamedTuple):
    """Whom a modem tells (from its thread) what came: a message (number, text), a report (reference, delivered), its signal."""

    received: Callable[[str, str], None]
    report: Callable[[int, bool], None]
    signal: Callable[[Signal], None]


class Modem:
    """See Output."""

    patience = 0.5

    def __init__(self, options: ModemPart, secret: Secret, clock: Clock, told: Told) -> None:
        self._options, self._secret, self._clock, self._told = options, secret, clock, told
        self._port: serial.Serial | None = None
        self._rest = b""
        self._next_look = 0.0
        self._reference = clock.wall() // 1000 & 0xFF
        self._pin_tried = self._is_set_up = False
        self._pieces: dict[tuple[str, int, int], dict[int, pdu.Received]] = {}
        self._incoming: list[tuple[str, int]] = []
        self._memory = ""

    def send(self, message: Message) -> Delivery:
        """See Output."""
        try:
            self._ready()
            return self._call(message.to) if message.by is By.CALL else self._sms(message)
        except Trouble as error:
            self._spoilt(error)
            return failed(str(error))

    def probe(self) -> Delivery:
        """It answers, its card is unlocked, its network has it."""
        try:
            self._ready()
            signal = self._look()
        except Trouble as error:
            self._spoilt(error)
            return failed(str(error))
        return Delivery(DeliveryState.SENT) if signal.registered else failed("not_registered")

    def idle(self) -> None:
        """Take what came, and look at the signal now and then."""
        now = self._clock.monotonic()
        if not self._is_set_up and now < self._next_look:
            return
        try:
            self._ready()
            self._hear(0.0)
            self._fetch()
            if now >= self._next_look:
                self._look()
                self._fetch_all()
        except Trouble as error:
            self._spoilt(error)

    def close(self) -> None:
        """See Output."""
        port, self._port = self._port, None
        self._rest, self._is_set_up, self._memory = b"", False, ""
        if port is not None:
            try:
                port.close()
            except (serial.SerialException, OSError, _TERMINAL_ERROR) as error:
                log.debug("closing %s: %s", self._options.port, error)

    # dialogue

    def _ready(self) -> None:
        """The port is open and the modem set up."""
        if self._is_set_up:
            return
        self.close()
        try:
            self._port = serial.serial_for_url(
                self._options.port, baudrate=self._options.baudrate, timeout=0.05, write_timeout=2, exclusive=True
            )
        except (serial.SerialException, OSError, ValueError, _TERMINAL_ERROR) as error:
            raise _PortGone(f"no_port {self._options.port}") from error
        self._write(b"\x1b\r")  # whatever an earlier run left half done
        self._hear(0.2)
        for _ in range(2):
            try:
                self._ask("AT", 2.0)
                break
            except Trouble as error:
                last = error
        else:
            raise last
        for command in ("ATE0", "AT+CMEE=1"):
            self._ask(command)
        self._unlock()
        self._ask("AT+CMGF=0")
        self._ask("AT+CNMI=2,1,0,1,0")
        self._is_set_up, self._next_look = True, 0.0

    def _unlock(self) -> None:
        said = " ".join(self._ask("AT+CPIN?"))
        if "READY" in said:
            return
        if "SIM PIN" not in said or self._pin_tried:
            raise Trouble(f"sim {said.partition(':')[2].strip()}")
        try:
            pin = self._secret().strip()
        except (OSError, ValueError) as error:
            raise Trouble("secret") from error
        if not re.fullmatch(r"[0-9]{4,8}", pin):
            raise Trouble("secret_missing")
        self._pin_tried = True  # once in a run: three wrong ones lock the card
        self._ask(f'AT+CPIN="{pin}"', 15.0)

    def _ask(self, command: str, seconds: float = ANSWER) -> list[str]:
        """What it answers before OK. Trouble when it says something else, or nothing."""
        self._write(command.encode() + b"\r")
        lines: list[str] = []
        end = self._clock.monotonic() + seconds
        while True:
            line = self._line(end)
            if line is None:
                raise _PortGone(f"modem_silent {command.partition('=')[0]}")
            if line == "OK":
                return lines
            if _FINAL.match(line):
                raise Trouble(f"modem_error {line}")
            if line != command and not self._unasked(line, end):
                lines.append(line)

    def _hear(self, seconds: float) -> None:
        """Take what it says by itself, until nothing has come for so long."""
        while (line := self._line(self._clock.monotonic() + seconds)) is not None:
            self._unasked(line, self._clock.monotonic() + 1.0)

    def _unasked(self, line: str, end: float) -> bool:
        """Was that said by itself?"""
        if line.startswith("+CMTI:"):
            told = re.match(r'\+CMTI:\s*"?(\w*)"?,\s*(\d+)', line)
            self._incoming.append((told[1], int(told[2])) if told else ("", -1))
            return True
        if line.startswith("+CDS:"):
            body = self._line(max(end, self._clock.monotonic() + 1.0))
            if body is not None:
                self._take(body)
            return True
        return line == "RING" or (line.startswith(("+CREG: 1", "+CEREG: 1")) and "," not in line) or line.startswith("^")

    def _line(self, end: float) -> str | None:
        """The next line that is not empty; None when the time is over."""
        while True:
            line, found, rest = self._rest.partition(b"\n")
            if found:
                self._rest = rest
                text = line.decode("ascii", "replace").strip()
                if text:
                    return text
                continue
            if len(self._rest) > 10_000:
                raise _PortGone("modem_nonsense")
            data = self._read()
            self._rest += data
            if not data and self._clock.monotonic() >= end:
                return None

    def _prompt(self, seconds: float) -> None:
        """Until it asks for the message."""
        end = self._clock.monotonic() + seconds
        while not self._rest.lstrip().startswith(b">"):
            line, found, rest = self._rest.partition(b"\n")
            if found:
                self._rest = rest
                text = line.decode("ascii", "replace").strip()
                if _FINAL.match(text):
                    raise Trouble(f"modem_error {text}")
                if text:
                    self._unasked(text, end)
                continue
            self._rest += self._read()
            if self._clock.monotonic() >= end:
                raise _PortGone("modem_silent AT+CMGS")
        self._rest = self._rest.lstrip()[1:]

    def _read(self) -> bytes:
        assert self._port is not None
        try:
            return bytes(self._port.read(self._port.in_waiting or 1))
        except (serial.SerialException, OSError, TypeError, _TERMINAL_ERROR) as error:
            raise _PortGone(f"no_port {self._options.port}") from error

    def _write(self, data: bytes) -> None:
        assert self._port is not None
        try:
            self._port.write(data)
        except (serial.SerialException, OSError, _TERMINAL_ERROR) as error:
            raise _PortGone(f"no_port {self._options.port}") from error

    def _spoilt(self, error: Trouble) -> None:
        """Whatever failed: begin anew with an open port, after a while."""
        log.info("modem %s: %s", self._options.id, error)
        if isinstance(error, _PortGone) or not self._is_set_up:
            self.close()
            self._next_look = self._clock.monotonic() + AGAIN
            self._told.signal(Signal(self._clock.wall(), why=str(error)))

    # messages

    def _sms(self, message: Message) -> Delivery:
        self._reference = (self._reference + 1) & 0xFF
        refs = []
        for data, length in pdu.submits(message.to, message.text, self._reference):
            self._write(f"AT+CMGS={length}\r".encode())
            self._prompt(ANSWER)
            self._write(data.encode() + b"\x1a")
            refs.append(self._taken())
        return Delivery(DeliveryState.SENT, refs=tuple(refs))

    def _taken(self) -> int:
        """The number that the network gave the message."""
        end = self._clock.monotonic() + SENDING
        number = -1
        while (line := self._line(end)) is not None:
            told = re.match(r"\+CMGS:\s*(\d+)", line)
            if told:
                number = int(told[1])
            elif line == "OK":
                return number
            elif _FINAL.match(line):
                raise Trouble(f"modem_error {line}")
            else:
                self._unasked(line, end)
        raise _PortGone("modem_silent AT+CMGS")

    def _fetch(self) -> None:
        """The messages that it told of."""
        while self._incoming:
            memory, place = self._incoming.pop(0)
            if place < 0:
                self._next_look = 0.0
                continue
            if memory and memory != self._memory:
                self._ask(f'AT+CPMS="{memory}"')
                self._memory = memory
            lines = self._ask(f"AT+CMGR={place}")
            for line in lines:
                self._take(line)
            self._ask(f"AT+CMGD={place}")

    def _fetch_all(self) -> None:
        """Those that it holds and nobody told of: read, and taken out, or its card fills up."""
        lines = self._ask("AT+CMGL=4", 20.0)
        for head, body in zip(lines[::2], lines[1::2], strict=False):
            place = re.match(r"\+CMGL:\s*(\d+)", head)
            self._take(body)
            if place:
                self._ask(f"AT+CMGD={place[1]}")

    def _take(self, line: str) -> None:
        if line.startswith("+"):
            return
        try:
            found = pdu.parse(line)
        except pdu.BadPdu:
            log.info("modem %s: a message that cannot be read", self._options.id)
            return
        if isinstance(found, pdu.Report):
            if found.delivered is not None:
                self._told.report(found.reference, found.delivered)
        elif found.parts == 1:
            self._told.received(found.number, found.text)
        else:
            self._piece(found)

    def _piece(self, part: pdu.Received) -> None:
        key = (part.number, part.reference, part.parts)
        pieces = self._pieces.setdefault(key, {})
        pieces[part.part] = part
        if len(pieces) == part.parts:
            del self._pieces[key]
            self._told.received(part.number, pdu.joined(list(pieces.values())))
        while len(self._pieces) > MOST_PIECES:
            del self._pieces[next(iter(self._pieces))]

    # calls and signal

    def _call(self, number: str) -> Delivery:
        self._ask(f"ATD{number};", 20.0)
        end = self._clock.monotonic() + self._options.ring
        answered = False
        try:
            while not answered and self._clock.monotonic() < end:
                state = self._call_state()
                if state is None:
                    return Delivery(DeliveryState.UNANSWERED)
                answered = state == 0
                if not answered:
                    time.sleep(0.5)  # the modem has no other way to be asked
            self._hold(HELD if answered else 0.0)
        finally:
            self._hang_up()
        return Delivery(DeliveryState.DELIVERED if answered else DeliveryState.UNANSWERED)

    def _hold(self, seconds: float) -> None:
        end = self._clock.monotonic() + seconds
        while self._clock.monotonic() < end and self._call_state() is not None:
            time.sleep(0.5)

    def _call_state(self) -> int | None:
        """0 = somebody answered, 2 and 3 = it rings, None = the call is over."""
        try:
            lines = self._ask("AT+CLCC")
        except Trouble as error:
            if isinstance(error, _PortGone):
                raise
            return None
        for line in lines:
            told = re.match(r"\+CLCC:\s*\d+,0,(\d)", line)
            if told:
                return int(told[1])
        return None

    def _hang_up(self) -> None:
        if self._port is None:
            return
        try:
            self._ask("AT+CHUP")
        except _PortGone:
            raise
        except Trouble:
            self._ask("ATH")

    def _look(self) -> Signal:
        self._next_look = self._clock.monotonic() + LOOK
        told = re.search(r"\+CSQ:\s*(\d+)", " ".join(self._ask("AT+CSQ")))
        strength = int(told[1]) if told else 99
        dbm = -113.0 + 2 * strength if strength <= 31 else None
        signal = Signal(self._clock.wall(), dbm, self._is_registered("CEREG") or self._is_registered("CREG"))
        self._told.signal(signal)
        return signal

    def _is_registered(self, what: str) -> bool:
        try:
            said = " ".join(self._ask(f"AT+{what}?"))
        except _PortGone:
            raise
        except Trouble:
            return False
        told = re.search(rf"\+{what}:\s*\d,(\d+)", said)
        return told is not None and int(told[1]) in (1, 5)
