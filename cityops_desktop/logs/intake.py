"""The process that takes lines in: keeps them, tells the station of rules that came or went, and of what it cannot do.

It touches no wire of the room and no record of the station: a flood of lines slows nothing but itself. What it cannot keep it counts and
says in a line of its own. It ends when its standard input does; until then it takes lines of the station itself from there.
"""

import asyncio
import contextlib
import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cityops_desktop.logs.keeping import Keeping
from cityops_desktop.logs.listening import Listening, words_of
from cityops_desktop.logs.rates import OTHERS, Rates
from cityops_desktop.logs.rules import Hit, RuleBook
from cityops_desktop.logs.syslog import LONGEST, parse, seen
from cityops_desktop.model.loglines import Channel, LogClass, LogCollection, LogLine, LogListen, LogRule, Severity
from cityops_desktop.model.points import Level

log = logging.getLogger(__name__)

WHOLE = 10_000.0
"""Lines a second from all sources together: twice what must be borne. Datagrams and connections have it each: who forges the senders of
datagrams takes no room from those who had to connect."""
BEAT_SECONDS = 1.0
STOP_SECONDS = 9.0
SAY_SECONDS = 60.0
"""What was too much is said at once, and then as seldom as this: a flood must not become a flood of lines about it."""
SAID_OF = 5
"""Sources that are named there; the others are one number."""
LOCAL0, SYSLOGD = 16, 5
TrapReader = Callable[[bytes], str | None]


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """What an intake does. `allow`: networks whose lines are taken; none = all. Rates are lines a second."""

    data: Path
    listen: tuple[LogListen, ...]
    rules: tuple[LogRule, ...] = ()
    allow: tuple[str, ...] = ()
    lines: float = 500.0
    burst: float = 5000.0
    whole: float = WHOLE
    certificate: str = ""
    key: str = ""


class Intake:
    """One for a process. `say` tells the station an event; `traps` makes text of an SNMP message."""

    def __init__(self, settings: IntakeSettings, say: Callable[[dict[str, object]], bool], traps: TrapReader) -> None:
        self._say, self._traps = say, traps
        self._datagrams = Rates(settings.lines, settings.burst, settings.whole)
        self._connections = Rates(settings.lines, settings.burst, settings.whole)
        self._rules = RuleBook(settings.rules)
        self._keeping = Keeping(settings.data)
        self._listening = Listening(settings.listen, settings.allow, settings.certificate, settings.key, self.take)
        self._say_next = 0.0

    async def run(self, stopped: asyncio.Event) -> None:
        """Until `stopped`, or until nobody listens to what it says."""
        self._keeping.start()
        try:
            await self._listening.start()
            self._say({"event": "ready"})
            while not stopped.is_set() and self._beat():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopped.wait(), BEAT_SECONDS)
        finally:
            await self._listening.stop()
            self._say_lost(time.monotonic())
            await asyncio.to_thread(self._keeping.stop, STOP_SECONDS)

    def take(self, data: bytes, source: str, channel: Channel) -> bool:
        """A line, or a trap, from this address. False: it was too much."""
        mono = time.monotonic()
        rates = self._datagrams if channel in (Channel.UDP, Channel.TRAP) else self._connections
        if not rates.take(source, mono):
            return False
        wall = time.time_ns() // 1_000_000
        self._keep(self._trap(data, wall, source) if channel is Channel.TRAP else parse(data, wall, source, channel), mono)
        return True

    def own(self, told: dict[str, Any]) -> None:
        """A line of the station itself: {"severity", "app", "text"}."""
        text = seen(str(told["text"]))[:LONGEST]
        line = LogLine(time.time_ns() // 1_000_000, "", Channel.OWN, SYSLOGD, Severity(told["severity"]), "", str(told["app"]), text)
        self._keeping.put(line)

    def _trap(self, data: bytes, wall: int, source: str) -> LogLine:
        told = self._traps(data)
        text = f"unreadable: {data[:200].hex()}" if told is None else seen(told)[:LONGEST]
        return LogLine(wall, source, Channel.TRAP, LOCAL0, Severity.NOTICE, "", "snmp-trap", text)

    def _keep(self, line: LogLine, mono: float) -> None:
        for hit in self._rules.take(line, mono):
            self._tell(hit)
        self._keeping.put(line)

    def _tell(self, hit: Hit) -> None:
        self._say({"event": "rule", "rule": hit.rule, "source": hit.source, "present": hit.present, "text": hit.text})

    def _beat(self) -> bool:
        mono = time.monotonic()
        for hit in self._rules.tick(mono):
            self._tell(hit)
        for name in self._keeping.moved():
            self._note(f"a damaged file of collected lines was moved aside: {name}")
        for rule in self._rules.slow():
            self._note(f"rule {rule} needs too long for some lines and was not asked about them")
        if mono >= self._say_next and self._say_lost(mono):
            self._say_next = mono + SAY_SECONDS
        dropped = self._datagrams.dropped + self._connections.dropped
        counts = {"kept": self._keeping.kept, "dropped": dropped, "waiting": self._keeping.waiting(), "refused": self._listening.refused}
        return self._say({"event": "beat", **counts, "trouble": self._trouble(mono)})

    def _trouble(self, mono: float) -> str:
        """All that stands in the way of collecting; "" = nothing."""
        found = [self._keeping.trouble] if self._keeping.trouble else []
        found += [f"{words_of(place)}: {why}" for place, why in self._listening.troubles.items()]
        found += [f"rule {rule}: too slow" for rule in self._rules.resting(mono)]
        return "; ".join(found)[:500]

    def _say_lost(self, mono: float) -> bool:
        """Lines about what was not kept; was there any?"""
        found = [*self._datagrams.lost(SAID_OF), *self._connections.lost(SAID_OF)]
        for source, count in found:
            whose = "other sources" if source == OTHERS else source
            self._keep(_about(source, f"{count} lines of {whose} were too much and are not kept"), mono)
        overflow = self._keeping.overflow()
        if overflow:
            self._note(f"{overflow} lines found no room and are not kept")
        return bool(found or overflow)

    def _note(self, text: str) -> None:
        self._keeping.put(_about("", text))


def _about(source: str, text: str) -> LogLine:
    """A line of the intake itself."""
    return LogLine(time.time_ns() // 1_000_000, source, Channel.OWN, SYSLOGD, Severity.WARNING, "", "cityops-logs", text)


def settings_of(told: dict[str, Any]) -> IntakeSettings:
    """From the line of JSON that the station writes first (`told_of`). KeyError, ValueError."""
    return IntakeSettings(
        Path(told["data"]),
        tuple(LogListen(Channel(one["channel"]), one["host"], one["port"]) for one in told["listen"]),
        tuple(_rule(rule) for rule in told["rules"]),
        tuple(told["allow"]),
        lines=float(told["lines"]),
        burst=float(told["burst"]),
        whole=float(told["whole"]),
        certificate=str(told["certificate"]),
        key=str(told["key"]),
    )


def _rule(told: dict[str, Any]) -> LogRule:
    group = LogClass(told["cls"]) if told["cls"] else None
    return LogRule(**{**told, "level": Level(told["level"]), "severity": Severity(told["severity"]), "cls": group})


def told_of(data: Path, wanted: LogCollection, certificate: Path, key: Path) -> dict[str, object]:
    """What an intake of this room is told first."""
    return {
        "data": str(data),
        "listen": [asdict(listen) for listen in wanted.listen],
        "rules": [asdict(rule) for rule in wanted.rules],
        "allow": list(wanted.allow),
        "lines": wanted.lines,
        "burst": 10 * wanted.lines,
        "whole": WHOLE,
        "certificate": str(certificate),
        "key": str(key),
    }


async def serve(traps: TrapReader) -> int:
    """Run an intake whose settings are the first line of standard input; ends with it. Each other line there is one of the station."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    settings = settings_of(json.loads(await asyncio.to_thread(sys.stdin.buffer.readline)))
    intake = Intake(settings, _say, traps)

    def read_to_the_end() -> None:
        for line in sys.stdin.buffer:
            loop.call_soon_threadsafe(intake.own, json.loads(line))
        loop.call_soon_threadsafe(stopped.set)

    threading.Thread(target=read_to_the_end, daemon=True, name="log-stdin").start()
    await intake.run(stopped)
    return 0


def _say(event: dict[str, object]) -> bool:
    try:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        return False
    return True
