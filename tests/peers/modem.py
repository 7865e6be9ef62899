"""A 4G modem on a pseudo-terminal, made from what AT manuals say: SMS in PDU mode, status reports, calls, signal; and how it fails."""

import os
import re
import select
import threading
import tty
from dataclasses import dataclass, field


@dataclass
class Taken:
    """A message that the network took: number, text of this part, its concatenation header (None = stands alone)."""

    number: str
    text: str
    part: tuple[int, int, int] | None
    reference: int
    report: bool


@dataclass
class SimModem:
    """`answers` takes the place of what a command (up to its = or ?) is answered; `calls` are the states that AT+CLCC goes through."""

    answers: dict[str, str] = field(default_factory=dict)
    calls: list[int | None] = field(default_factory=lambda: [2, 3, 0])
    """2 = dialling, 3 = rings, 0 = answered, None = over; the last one stays."""
    echo: bool = True
    pin: str = ""
    silent: bool = False
    noise: bytes = b""
    registered: int = 1
    strength: int = 20
    reports: bool = True

    def __post_init__(self) -> None:
        self.taken: list[Taken] = []
        self.stored: dict[int, str] = {}
        self.heard: list[str] = []
        self.dialled: list[str] = []
        self.hung_up = 0
        self.pins: list[str] = []
        self._reference = 41
        self._call: list[int | None] | None = None
        self._wants: int | None = None
        self._lock = threading.Lock()
        self._open()

    @property
    def path(self) -> str:
        return os.ttyname(self._slave)

    def say(self, text: str) -> None:
        """Something unasked."""
        with self._lock:
            self._write(f"\r\n{text}\r\n".encode())

    def bring(self, pdu: str, place: int = 3, *, tell: bool = True) -> None:
        """A message arrives."""
        self.stored[place] = pdu
        if tell:
            self.say(f'+CMTI: "ME",{place}')

    def report(self, reference: int, number: str, status: int = 0) -> None:
        """The network reports on a message."""
        digits = number.lstrip("+")
        padded = digits + "F" * (len(digits) % 2)
        swapped = "".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2))
        pdu = f"0006{reference:02X}{len(digits):02X}91{swapped}{'62901213141523' * 2}{status:02X}"
        self.say(f"+CDS: {len(pdu) // 2 - 1}\r\n{pdu}")

    def vanish(self) -> None:
        """Somebody pulls it out."""
        self._stop()
        os.close(self._master)
        os.close(self._slave)
        self._closed = True

    def close(self) -> None:
        if not self._closed:
            self.vanish()

    def _open(self) -> None:
        self._closed = False
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="sim modem", daemon=True)
        self._thread.start()

    def _stop(self) -> None:
        os.write(self._wake_write, b"x")
        self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _serve(self) -> None:
        rest = b""
        while True:
            ready, _, _ = select.select([self._master, self._wake_read], [], [])
            if self._wake_read in ready:
                return
            try:
                data = os.read(self._master, 4096)
            except OSError:
                continue  # nobody has it open
            if self.silent:
                continue
            rest = (rest + data).replace(b"\x1b", b"")
            while (end := re.search(rb"[\r\x1a]", rest)) is not None:
                word, rest = rest[: end.start()].decode("ascii", "replace").strip(), rest[end.end() :]
                with self._lock:
                    self._hear(word, pdu=end[0] == b"\x1a")

    def _hear(self, word: str, *, pdu: bool) -> None:
        if self.noise:
            self._write(self.noise)
        if pdu:
            self._submitted(word)
            return
        if not word:
            return
        self.heard.append(word)
        if self.echo:
            self._write(f"{word}\r".encode())
        if word == "ATE0":
            self.echo = False
        name = re.split(r"[=?]", word)[0]
        for known, answer in self.answers.items():
            if word == known or name == known:
                self._write(f"\r\n{answer}\r\n".encode())
                return
        self._write(self._answer(name, word).encode())

    def _answer(self, name: str, word: str) -> str:
        good = "\r\nOK\r\n"
        match name:
            case "AT+CPIN" if "=" in word:
                self.pins.append(word.partition("=")[2].strip('"'))
                if self.pins[-1] != self.pin:
                    return "\r\n+CME ERROR: 16\r\n"
                self.pin = ""
                return good
            case "AT+CPIN":
                return f"\r\n+CPIN: {'SIM PIN' if self.pin else 'READY'}\r\n{good}"
            case "AT+CSQ":
                return f"\r\n+CSQ: {self.strength},99\r\n{good}"
            case "AT+CREG" | "AT+CEREG":
                return f"\r\n+{name[3:]}: 0,{self.registered}\r\n{good}"
            case "AT+CMGS":
                self._wants = int(word.partition("=")[2])
                return "\r\n> "
            case "AT+CMGR":
                held = self.stored.get(int(word.partition("=")[2]))
                return "\r\n+CMS ERROR: 321\r\n" if held is None else f"\r\n+CMGR: 0,,{len(held) // 2}\r\n{held}\r\n{good}"
            case "AT+CMGL":
                listed = "".join(f"\r\n+CMGL: {place},1,,{len(held) // 2}\r\n{held}" for place, held in self.stored.items())
                return f"{listed}\r\n{good}"
            case "AT+CMGD":
                self.stored.pop(int(word.partition("=")[2]), None)
                return good
            case "AT+CLCC":
                return self._call_state() + good
            case "AT+CHUP" | "ATH":
                self.hung_up += 1
                self._call = None
                return good
        if name.startswith("ATD"):
            self.dialled.append(name.removeprefix("ATD").rstrip(";"))
            self._call = list(self.calls)
        return good

    def _call_state(self) -> str:
        if not self._call:
            return ""
        state = self._call[0]
        if len(self._call) > 1:
            self._call.pop(0)
        return "" if state is None else f'\r\n+CLCC: 1,0,{state},0,0,"{self.dialled[-1]}",145\r\n'

    def _submitted(self, text: str) -> None:
        data = bytes.fromhex(text)
        assert self._wants == len(data) - 1 - data[0]
        answer = self.answers.get("submit")
        if answer is not None:
            self._write(f"\r\n{answer}\r\n".encode())
            return
        self._reference = (self._reference + 1) % 256
        first, digits = data[1], data[3]
        packed = data[5 : 5 + (digits + 1) // 2]
        number = "".join(f"{byte & 15:X}{byte >> 4:X}" for byte in packed)[:digits]
        rest = data[5 + len(packed) :]
        assert rest[:3] == bytes([0, 8, 11])
        assert rest[3] == len(rest) - 4 <= 140
        body, part = rest[4:], None
        if first & 0x40:
            assert body[:3] == b"\x05\x00\x03"
            part, body = (body[3], body[4], body[5]), body[6:]
        plus = "+" if data[4] == 0x91 else ""
        self.taken.append(Taken(plus + number, body.decode("utf-16-be"), part, self._reference, bool(first & 0x20)))
        self._write(f"\r\n+CMGS: {self._reference}\r\n\r\nOK\r\n".encode())

    def _write(self, data: bytes) -> None:
        os.write(self._master, data)
