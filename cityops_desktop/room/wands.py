"""`wands:` of a room file: cradles of patrol wands and memory scanners on serial ports. Opens none."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from cityops_desktop.model.wands import Wand
from cityops_desktop.room.devices import BusEntry, first_use
from cityops_desktop.room.findings import Findings, keys_of
from cityops_desktop.room.grammar import Id, Part
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

Place = Annotated[int, Field(ge=1, le=50)]


class ColumnsPart(Part):
    """Which column says what."""

    code: Place = 1
    time: Place | None = None
    day: Place | None = None
    reader: Place | None = None
    person: Place | None = None


class WandPart(Part):
    """An entry of `wands:`."""

    id: Id
    port: Annotated[str, Field(min_length=1, max_length=200)]
    baudrate: Annotated[int, Field(ge=300, le=921_600)] = 9600
    separator: Literal[",", ";", "\t", "|"] = ","
    columns: ColumnsPart = ColumnsPart()
    form: Annotated[str, Field(max_length=40)] = ""


def read_wands(root: Node, buses: Mapping[str, BusEntry], findings: Findings) -> tuple[Wand, ...]:
    """All sound ones. Each has a port of its own, which no bus uses."""
    seen: dict[str, Node] = {}
    ports = {port: entry.node for entry in buses.values() if (port := entry.node.text("port")) is not None}
    found = []
    for node in findings.section(root, "wands"):
        findings.known_keys(node, keys_of(WandPart))
        first_use(seen, node, N_("two wands have the id “{id}” (the other: {other})"), findings)
        part = findings.check(node, WandPart)
        if part is None:
            continue
        if part.port in ports:
            what, do = N_("the port {port} is used twice (the other: {other})"), N_("give the wand a port of its own")
            findings.add(node.mapping["port"], what, do, port=part.port, other=ports[part.port].where)
        ports.setdefault(part.port, node)
        if part.form and not _is_form(part.form):
            what, do = N_("“{form}” is no form of a time"), N_('write it as in "%Y-%m-%d %H:%M:%S"')
            findings.add(node.mapping["form"], what, do, form=part.form)
        columns = tuple((name, place) for name, place in part.columns.model_dump().items() if place is not None)
        found.append(Wand(part.id, part.port, part.baudrate, part.separator, columns, part.form))
    return tuple(found)


def _is_form(form: str) -> bool:
    """Does it hold a whole day and a time of it?"""
    moment = datetime(2001, 2, 3, 14, 5)  # noqa: DTZ001
    try:
        return datetime.strptime(moment.strftime(form), form) == moment  # noqa: DTZ007
    except ValueError:
        return False
