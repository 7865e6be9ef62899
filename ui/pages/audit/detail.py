"""All of one row of the change log: who, when, what, each field before and after, and its place in the chain. Shows only."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cityops_desktop.link.audit import AuditReport, ChangeInfo
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.audit.words import FieldChange, console_text, fields_of, grouped, kind_text, person_text, thing_text
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Cell, Row, Sheet, Sign

FACTS_LEAST, FACTS_HIGH = 106, 212
"""Four lines; all of them."""


class RowDetail(QWidget):
    """`thingWanted`: only the rows about this thing. Without a row it says what to do."""

    thingWanted = Signal(str)

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self._row: ChangeInfo | None = None
        self.title = ElidedLine(size=theme.BODY, bold=True)
        self.facts = Sheet("facts")
        self.facts.setMinimumHeight(FACTS_LEAST)
        self.facts.setMaximumHeight(FACTS_HIGH)
        self.fields_title = QLabel()
        self.fields_title.setFont(theme.font(theme.BODY, bold=True))
        self.fields = Sheet("fields")
        self.only = QPushButton()
        self.only.clicked.connect(self._want)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.only)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.facts, 3)
        column.addWidget(self.fields_title)
        column.addWidget(self.fields, 2)

    def tell(self, row: ChangeInfo | None, people: dict[str, str], report: AuditReport | None) -> None:
        """This row, as the record stands."""
        self._row = row
        self.only.setText(tr("Only this thing"))
        self.only.setEnabled(row is not None)
        self.facts.describe(tr("About this row"))
        self.fields.describe(tr("Before and after"))
        if row is None:
            self.title.set_text(tr("Choose a row at the left."))
            self.facts.tell(["", ""], [], wide=1)
            self.fields_title.setText("")
            self.fields.tell(["", "", ""], [], wide=2)
            return
        self.title.set_text(f"{kind_text(row.kind)}: {thing_text(row, people, self._model)}")
        self.facts.tell(["", ""], self._facts(row, people, report), wide=1, most=120)
        compared = row.before is not None and row.before != {}
        found = fields_of(row, people, self._model.zone)
        changed = sum(one.changed for one in found)
        self.fields_title.setText(_fields_title(row, changed))
        titles = [tr("Field"), tr("Before"), tr("After")] if compared else [tr("Field"), "", tr("Value")]
        self.fields.tell(titles, _field_rows(found, compared=compared), wide=2, most=140)

    def _facts(self, row: ChangeInfo, people: dict[str, str], report: AuditReport | None) -> list[Row]:
        when = moment(row.time, self._model.zone)
        facts = [
            (tr("Time"), f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1000:03d}"),
            (tr("Person"), person_text(row)),
            (tr("Where from"), console_text(row) or tr("the station itself")),
            (tr("Kind"), row.kind),
            (tr("Row"), tr("{seq}, revision {rev} of this thing", seq=row.seq, rev=row.rev)),
            (tr("Place"), _place(row, report)),
            (tr("Hash"), grouped(row.hash[:32])),
            ("", grouped(row.hash[32:])),
        ]
        return [Row(f"fact {n}", (Cell(label, dim=True), Cell(words))) for n, (label, words) in enumerate(facts)]

    def _want(self) -> None:
        if self._row is not None:
            self.thingWanted.emit(self._row.subject)


def _fields_title(row: ChangeInfo, changed: int) -> str:
    if row.before is None:
        return tr("The first row of this thing")
    return tr("Fields changed: {n}", n=changed) if row.before else tr("What was told")


def _field_rows(found: list[FieldChange], *, compared: bool) -> list[Row]:
    """Those that changed under a sign and a word of their own, before all others."""
    changed, others = [one for one in found if one.changed], [one for one in found if not one.changed]
    rows = []
    if changed:
        rows.append(Row("changed", (Cell(tr("changed"), Sign.TRIANGLE, bold=True), Cell(""), Cell(""))))
    for n, one in enumerate(changed):
        rows.append(Row(f"changed {n}", (Cell(one.name, bold=True), Cell(one.before or ""), Cell(one.after, bold=True))))
    if compared and others:
        rows.append(Row("unchanged", (Cell(tr("unchanged"), Sign.DASH, dim=True), Cell(""), Cell(""))))
    for n, one in enumerate(others):
        rows.append(Row(f"{n}", (Cell(one.name, dim=True), Cell(""), Cell(one.after))))
    return rows


def _place(row: ChangeInfo, report: AuditReport | None) -> str:
    """How well this very row is protected."""
    if report is None:
        return tr("not verified yet")
    if row.seq <= report.anchored:
        return tr("anchored: it cannot have changed unnoticed")
    if row.seq <= report.signed:
        return tr("signed by the station, not anchored outside")
    return tr("verified in the chain, not signed yet") if row.seq <= report.rows else tr("newer than the last verification")
