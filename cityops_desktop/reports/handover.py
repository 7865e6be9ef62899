"""A handover sheet in words: page one (not normal now, changed in this turn, due in the next hours), the annex, the whole as a report.

Page one is one page: what does not fit on it is counted there and stands in the annex. Decides nothing.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from cityops_desktop.link.duty.handover import FrozenSheet, HandoverDetail, PaperInfo, Signature
from cityops_desktop.link.duty.sheet import SheetRow, SheetSection
from cityops_desktop.reports.blocks import Block, Facts, Report, Table, Text
from cityops_desktop.reports.sheets import NONE, moment, sentence, table
from cityops_desktop.texts import N_, tr

FRONTS = {
    "abnormal": N_("Not normal now"),
    "changed": N_("Changed in this turn"),
    "due": N_("Due in the next 12 hours"),
}
MOST = {"abnormal": 9, "changed": 8, "due": 7}
"""Rows of each part of page one: with them it is one page of A4 in any language."""
LONGEST = 100
"""Signs of a row on the printed page one; all of it stands in the annex."""
FIRST = ("alarms", "hidden", "incidents", "tags", "tickets", "items", "stock", "log", "orders")
"""Areas that come first on page one, in this order."""
WAYS = {"password": N_("password"), "badge": N_("badge and PIN")}


class FrontRow(NamedTuple):
    """A row of page one: its part, its area's title, the row. `more` rows are in the annex instead of this one (0 = it is a row)."""

    front: str
    title: str
    row: SheetRow
    more: int = 0


def page_one(sections: Sequence[SheetSection]) -> list[FrontRow]:
    """All rows of page one, part by part."""
    found: list[FrontRow] = []
    ordered = sorted(sections, key=lambda one: FIRST.index(one.id) if one.id in FIRST else len(FIRST))
    for front, most in MOST.items():
        rows = [FrontRow(front, one.title, row) for one in ordered for row in one.rows if row.front == front]
        if front == "due":
            rows.sort(key=lambda one: one.row.time or 0)
        if len(rows) > most:
            left = len(rows) - most + 1
            rest = FrontRow(front, "", SheetRow(words=N_("and {n} more: see the annex"), params={"n": left}), left)
            rows = [*rows[: most - 1], rest]
        found += rows
    return found


def told(one: FrontRow, zone: tzinfo) -> str:
    """A row of page one in words."""
    return sentence(one.row, zone)


def turn_text(name: str, begin: int, end: int, zone: tzinfo) -> str:
    """Such as "Day 11-23 08:00 to 16:00"."""
    first, last = (datetime.fromtimestamp(ms / 1000, zone) for ms in (begin, end))
    ends = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%m-%d %H:%M}"
    return tr("{name} {begin} to {end}", name=name, begin=f"{first:%Y-%m-%d %H:%M}", end=ends).strip()


def front_report(detail: HandoverDetail, demo: str, zone: tzinfo) -> Report:
    """Page one."""
    sheet, rows = detail.sheet, page_one(detail.sheet.sections)
    blocks: list[Block] = [Facts(tr("Handover {number}", number=sheet.number), _head(detail, zone))]
    for front, title in FRONTS.items():
        lines = tuple((moment(one.row.time, zone), _short(told(one, zone))) for one in rows if one.front == front)
        blocks.append(Table(tr(title), (tr("Time"), tr("What it says")), lines or (("", tr("nothing")),), (1.0, 4.6)))
    return Report(tr("Handover {number}", number=sheet.number), demo, tuple(blocks))


def annex_report(detail: HandoverDetail, demo: str, zone: tzinfo) -> Report:
    """Everything else, and who signed."""
    sheet, signed = detail.sheet, detail.signed
    blocks: list[Block] = [Text(tr("Remarks of the outgoing"), sheet.remark or NONE)]
    people = [(tr("Handing on"), _crew(sheet, outgoing=True)), (tr("Taking over"), _crew(sheet, outgoing=False))]
    blocks.append(Facts(tr("People"), tuple(people)))
    blocks += [table(one, zone) for one in sheet.sections]
    if signed is not None:
        during = SheetSection(id="during", title=N_("During the handover (belongs to the outgoing)"), rows=signed.during)
        blocks.append(table(during, zone))
        if signed.asked:
            front = page_one(sheet.sections)
            asked = [(str(n), told(front[n - 1], zone)) for n in signed.asked if n <= len(front)]
            blocks.append(Table(tr("Asked about before signing"), (tr("Row"), tr("What it says")), tuple(asked), (0.4, 5.0)))
    blocks.append(Facts(tr("Signatures"), _signatures(detail, zone)))
    blocks.append(Facts(tr("Proof"), _proof(detail)))
    return Report(tr("Handover {number}", number=sheet.number), demo, tuple(blocks))


def _head(detail: HandoverDetail, zone: tzinfo) -> tuple[tuple[str, str], ...]:
    sheet, signed = detail.sheet, detail.signed
    rows = [
        (tr("Turn"), turn_text(sheet.turn, sheet.begin, sheet.end, zone)),
        (tr("Frozen"), tr("{time}, freeze {n}", time=_second(sheet.frozen, zone), n=sheet.round)),
        (tr("Handing on"), f"{sheet.outgoing.name} · {_crew(sheet, outgoing=True)}"),
        (tr("Taking over"), signed.incoming.name if signed else _crew(sheet, outgoing=False)),
        (tr("Handed over"), _second(signed.accepted, zone) if signed else tr("not signed by both yet")),
        (tr("Remarks of the outgoing"), _short(" ".join(sheet.remark.split())) or NONE),
    ]
    return tuple(rows)


def _crew(sheet: FrozenSheet, *, outgoing: bool) -> str:
    return tr(", ").join(one.name for one in (sheet.crew if outgoing else sheet.next)) or NONE


def _signatures(detail: HandoverDetail, zone: tzinfo) -> tuple[tuple[str, str], ...]:
    """Both names and times, and lines for ink."""
    signed = detail.signed
    ink = f"{tr('in ink:')} {'_' * 30}"
    if signed is None:
        return tuple((name, ink) for name in (tr("Handing on"), tr("Taking over"), tr("Date and time")))
    return (
        (tr("Handing on"), f"{_signature(signed.outgoing, zone)}\n\n{ink}"),
        (tr("Taking over"), f"{_signature(signed.incoming, zone)}\n\n{ink}"),
    )


def _signature(one: Signature, zone: tzinfo) -> str:
    words = tr("{name}, {time}, by {way}", name=one.name, time=_second(one.time, zone), way=tr(WAYS[one.way]))
    return f"{words} {tr('(not on the roster of this turn)')}" if one.planned is False else words


def _proof(detail: HandoverDetail) -> tuple[tuple[str, str], ...]:
    sheet, signed = detail.sheet, detail.signed
    rows = [
        (tr("SHA-256 of the sheet"), detail.handover.hash),
        (tr("Change log at the freeze"), f"{sheet.log.seq}:{sheet.log.hash}"),
    ]
    if signed is not None:
        rows.append((tr("Head of the change log"), f"{signed.log.seq}:{signed.log.hash}"))
    newest: PaperInfo | None = detail.papers[-1] if detail.papers else None
    if newest is not None:
        rows += [(tr("Key of the station"), newest.public), (tr("Signature of the station"), newest.signature)]
    return tuple(rows)


def _second(ms: int, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M:%S}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
