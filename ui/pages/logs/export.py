"""Collected lines as a table for a file. Asks the station nothing."""

from collections.abc import Sequence

from cityops_desktop.link.logs import LogLineInfo
from cityops_desktop.model.loglines import LogClass, Severity
from cityops_desktop.texts import pick, tr
from ui.models.document import Document, Part, Value
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.logs.words import CLASSES, SEVERITIES


def document(rows: Sequence[LogLineInfo], said: str, model: RoomModel) -> Document:
    """`said`: which lines these are."""
    room = model.room
    facts = (
        (tr("Room"), pick(room.names) if room else ""),
        (tr("Time zone"), room.timezone if room else ""),
        (tr("Made"), _time(model.now(), model)),
    )
    head = (tr("Came"), tr("Written"), tr("Severity"), tr("Class"), tr("Source"), tr("Host"), tr("Program"), tr("Way"), tr("Text"))
    return Document(tr("Logs"), facts, (Part(tr("Logs"), said, head, tuple(_row(one, model) for one in rows)),))


def _row(line: LogLineInfo, model: RoomModel) -> tuple[Value, ...]:
    return (
        _time(line.time, model),
        "" if line.told is None else _time(line.told, model),
        tr(SEVERITIES[Severity(line.severity)]),
        tr(CLASSES[LogClass(line.group)]),
        line.source,
        line.host,
        line.app,
        line.channel,
        line.text,
    )


def _time(ms: int, model: RoomModel) -> str:
    return moment(ms, model.zone).isoformat(" ", "milliseconds")
