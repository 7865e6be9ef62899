"""`logs:` of a room file: where lines of other machines are taken in, from whom, for how long, and which of them are alarms."""

import ipaddress
import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from cityops_desktop.model.loglines import Channel, LogClass, LogCollection, LogListen, LogRule, Severity
from cityops_desktop.model.points import Level
from cityops_desktop.model.rooms import LEAST_DAYS
from cityops_desktop.room.findings import Findings, keys_of
from cityops_desktop.room.grammar import Id, Note, Part
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

_PLACE = re.compile(r"(udp|tcp|tls|trap) (\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+):(\d{1,5})\Z")
_ALL = ("0.0.0.0", "::")
SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug")


class LogRulePart(Part):
    """An entry of `rules:` of `logs:`."""

    id: Id
    level: Literal["critical", "major", "minor", "warning"]
    words: Annotated[str, Field(min_length=1, max_length=500)]
    severity: Literal["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"] = "debug"
    group: LogClass | None = None
    source: Note = ""
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    within: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    hold: Annotated[float, Field(gt=0, le=86_400)] = 300.0


class LogsPart(Part):
    """`logs:`."""

    listen: Annotated[list[str], Field(default_factory=list, max_length=8)]
    allow: Annotated[list[str], Field(default_factory=list, max_length=100)]
    lines_per_second: Annotated[float, Field(gt=0, le=10_000)] = 500.0
    days: Annotated[int, Field(ge=1, le=36_500)] = 400
    rules: Annotated[list[LogRulePart], Field(default_factory=list, max_length=200)]


def read_logs(node: Node | None, findings: Findings) -> LogCollection:
    """What it says; nothing is collected without it."""
    if node is None:
        return LogCollection()
    findings.known_keys(node, keys_of(LogsPart))
    for rule in node.at(("rules",)).items:
        findings.known_keys(rule, keys_of(LogRulePart))
    part = findings.check(node, LogsPart)
    if part is None:
        return LogCollection()
    places = _places(node.at(("listen",)).items, part.listen, findings)
    for item, text in zip(node.at(("allow",)).items, part.allow, strict=True):
        try:
            ipaddress.ip_network(text)
        except ValueError:
            findings.add(item, N_("“{text}” is no network"), N_("write an address or a network such as 192.168.10.0/24"), text=text)
    if part.days < LEAST_DAYS:
        what = N_("logs would be kept for {days} days: GB/T 36621, 8.2.3.2 d asks for half a year at least")
        findings.add(node.get("days") or node, what, N_("write {least} or more"), days=part.days, least=LEAST_DAYS)
    rules = [_rule(item, rule, findings) for item, rule in zip(node.at(("rules",)).items, part.rules, strict=True)]
    named: dict[str, Node] = {}
    for item, one in zip(node.at(("rules",)).items, part.rules, strict=True):
        if one.id in named:
            what, do = N_("there are two rules “{id}” (the other: {other})"), N_("give one another id")
            findings.add(item.get("id") or item, what, do, id=one.id, other=named[one.id].where)
        named[one.id] = item
    return LogCollection(places, tuple(part.allow), part.lines_per_second, part.days, tuple(rules))


def _places(nodes: Sequence[Node], texts: Sequence[str], findings: Findings) -> tuple[LogListen, ...]:
    found: list[LogListen] = []
    doors: dict[tuple[bool, int], Node] = {}
    for node, text in zip(nodes, texts, strict=True):
        place = _listen(node, text, findings)
        if place is None:
            continue
        door = _door(place)
        if door in doors and any(place.host in (one.host, *_ALL) or one.host in _ALL for one in found if _door(one) == door):
            what, do = N_("two places to listen at have port {port} (the other: {other})"), N_("give one another port")
            findings.add(node, what, do, port=place.port, other=doors[door].where)
        doors[door] = node
        found.append(place)
    return tuple(found)


def _door(place: LogListen) -> tuple[bool, int]:
    """Two with the same one are in each other's way: UDP and traps, or TCP and TLS."""
    return place.channel in (Channel.UDP, Channel.TRAP), place.port


def _listen(node: Node, text: str, findings: Findings) -> LogListen | None:
    found = _PLACE.match(text)
    if found is None or not 0 < int(found[3]) < 65536 or not _address(found[2].strip("[]")):
        do = N_("write udp, tcp, tls or trap, an address and a port: “udp 0.0.0.0:5514”")
        findings.add(node, N_("“{text}” is no place to listen at"), do, text=text)
        return None
    return LogListen(Channel(found[1]), found[2].strip("[]"), int(found[3]))


def _address(host: str) -> bool:
    """An address, or a name that is not only digits."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return ":" not in host and not host.replace(".", "").isdigit()
    return True


def _rule(node: Node, rule: LogRulePart, findings: Findings) -> LogRule:
    try:
        re.compile(rule.words, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        do = N_("correct the regular expression; a full stop or a bracket that is meant as such needs a \\ before it")
        findings.add(node.get("words") or node, N_("“{words}” cannot be read: {error}"), do, words=rule.words, error=str(error))
    severity = Severity(SEVERITIES.index(rule.severity))
    level = Level[rule.level.upper()]
    return LogRule(rule.id, level, rule.words, severity, rule.group, rule.source, rule.count, rule.within, rule.hold)
