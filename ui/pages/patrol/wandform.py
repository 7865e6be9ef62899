"""The lines of a patrol wand from a file: how they are to be read, how many can be, then they are given to the station."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cityops_desktop.duty import wand
from cityops_desktop.duty.wand import Column
from cityops_desktop.link.duty.patrol import MOST_SCANS, Scan, TakeScans
from cityops_desktop.texts import N_, tr
from ui.actions.patrol import give
from ui.widgets.form import ActDialog, Line, Told, Wrong

if TYPE_CHECKING:
    from ui.acts import Action, Acts

LARGEST = 8_000_000
COLUMNS = {
    Column.CODE: N_("Code of the tag"),
    Column.TIME: N_("Time"),
    Column.DAY: N_("Day, where it stands alone"),
    Column.READER: N_("Wand"),
    Column.PERSON: N_("Person"),
}
DELIMITERS = {",": N_("comma"), ";": N_("semicolon"), "\t": N_("tab"), "|": N_("vertical bar")}


def show_wand_form(acts: "Acts", path: Path) -> str:
    """Ask how this file is to be read; why it cannot be, in words, "" when the question stands on the screen."""
    try:
        raw = path.read_bytes() if path.stat().st_size <= LARGEST else b"\0"
    except OSError as error:
        return tr("{file} cannot be read: {why}", file=path.name, why=error.strerror or str(error))
    text = wand.decoded(raw)
    if not text:
        return tr("{file} holds no lines of a wand", file=path.name)
    room = acts.model.room
    zone = ZoneInfo(room.timezone if room is not None else "UTC")
    found = wand.guessed(text, zone)
    form = found if isinstance(found, wand.Form) else wand.Form({}, zone, ",", "", 0)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = form.delimiter if isinstance(found, wand.Form) else max(wand.DELIMITERS, key=first.count)
    form = form._replace(delimiter=delimiter)

    def lines_of(told: Told) -> list[wand.Line]:
        return _read(text, _form(told, zone))[0]

    def warn(told: Told) -> str:
        lines, findings = _read(text, _form(told, zone))
        words = tr("{n} lines can be read, {m} cannot.", n=len(lines), m=len(findings))
        if findings:
            params = {name: value for name, value in findings[0].params.items()}
            what, do = (tr(part).format(**params) for part in (findings[0].what, findings[0].do))
            words += " " + tr("Line {n}: {what}; {do}.", n=findings[0].line, what=what, do=do)
        return words

    def make(told: Told) -> "Action":
        lines = lines_of(told)
        if not lines:
            raise Wrong(tr("No line can be read so."))
        if len(lines) > MOST_SCANS:
            raise Wrong(tr("These are more than {n} lines: cut the file in parts.", n=MOST_SCANS))
        scans = [Scan(code=one.code, time=one.time, reader=one.reader, person=one.person) for one in lines if one.time is not None]
        if not scans:
            raise Wrong(tr("The lines have no time."))
        return partial(give, act=TakeScans(source=path.name[:200], scans=scans))

    words = tr("The same line again is one. Each line proves the stop whose tag it names, in the round that was walked then.")
    title = tr("Lines of a wand: {file}", file=path.name)
    acts.show(ActDialog(acts, "patrol.scans", title, words, _lines(form, first), make, zone=zone, warn=warn))
    return ""


def _lines(form: wand.Form, first: str) -> Sequence[Line]:
    cells = [cell.strip().strip('"') for cell in first.split(form.delimiter)]
    columns = [(str(n), f"{n}: {cell[:24]}") for n, cell in enumerate(cells, 1)]
    lines = [Line("delimiter", tr("Separator"), "choice", form.delimiter, [(sign, tr(words)) for sign, words in DELIMITERS.items()])]
    for column, words in COLUMNS.items():
        choices = columns if column is Column.CODE else [("0", tr("none")), *columns]
        lines.append(Line(column.value, tr(words), "choice", str(form.columns.get(column, 0)), choices))
    lines.append(Line("head", tr("the first line holds titles"), "check", form.head > 0))
    return lines


def _form(told: Told, zone: ZoneInfo) -> wand.Form:
    columns = {column: int(told.text(column.value) or 0) for column in COLUMNS}
    return wand.Form({column: n for column, n in columns.items() if n}, zone, told.text("delimiter"), "", 1 if told.checked("head") else 0)


def _read(text: str, form: wand.Form) -> tuple[list[wand.Line], list[wand.Finding]]:
    return wand.read(text, form)
