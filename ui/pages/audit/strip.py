"""Whether the record can be believed, in two lines: sound or broken, up to where, and from where on nothing can be proved."""

from collections.abc import Mapping
from datetime import tzinfo

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from cityops_desktop.link.audit import AuditReport, Finding
from cityops_desktop.sentences import AUDIT_CURE, AUDIT_CURES, AUDIT_FINDINGS
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.models.shown import time_text
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Cell, Row, Sheet, Sign, paint_sign

FINDINGS_HIGH = 132
MEDIA = {"paper": N_("on paper"), "file": N_("in a file"), "upstream": N_("at the superior site")}


class _Mark(QWidget):
    """The shape beside the sentence: a tick, a ring (not known), or the sign of a critical alarm."""

    def __init__(self) -> None:
        super().__init__()
        self._state = "unknown"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As high as the title."""
        return QSize(26, 26)

    def show_state(self, state: str) -> None:
        """Sound, broken or unknown."""
        self._state = state
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The shape."""
        painter = QPainter(self)
        if self._state == "broken":
            theme.paint_level(painter, self.rect(), 1)
        else:
            paint_sign(painter, QRect(3, 3, 20, 20), Sign.TICK if self._state == "sound" else Sign.RING)
        painter.end()


class RecordStrip(QFrame):
    """Grey while the record holds; in the colours of a critical alarm with its findings when it does not."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("record")
        self._report: AuditReport | None = None
        self.mark = _Mark()
        self.title = ElidedLine(size=theme.TITLE, bold=True)
        self.proof, self.rest = ElidedLine(), ElidedLine()
        self.findings = Sheet("findings")
        self.findings.setFixedHeight(FINDINGS_HIGH)
        self.findings.hide()
        self.words = QVBoxLayout()
        self.words.setSpacing(2)
        self.words.addWidget(self.title)
        self.words.addWidget(self.proof)
        self.words.addWidget(self.rest)
        theme.changes.themeChanged.connect(self._colours)

    def tell(self, report: AuditReport | None, newest: int, now: int, zone: tzinfo, people: Mapping[str, str], *, verifying: bool) -> None:
        """The newest verification, and how many rows there are by now."""
        self._report = report
        state = report.state if report is not None else "unknown"
        self.mark.show_state(state)
        self.title.set_text(_title(report, now, zone, verifying=verifying))
        end = max(newest, report.rows) if report is not None else newest
        self.proof.set_text(_proof(report, end, now, zone, people))
        self.rest.set_text(_rest(report, end))
        self.rest.setVisible(bool(self.rest.text()))
        findings = report.findings if report is not None else []
        rows = [Row(f"{n}", (Cell(finding_text(one), bold=True), Cell(cure_text(one)))) for n, one in enumerate(findings)]
        self.findings.tell([tr("What was found"), tr("What to do")], rows, wide=1, most=620)
        self.findings.describe(tr("What was found"))
        self.findings.setVisible(bool(findings))
        self.setAccessibleName(self.title.text())
        self.setAccessibleDescription(f"{self.proof.text()} {self.rest.text()}".strip())
        self._colours()

    def _colours(self) -> None:
        now = theme.current()
        broken = self._report is not None and self._report.state == "broken"
        edge = f"border:2px solid {now.critical};border-left:12px solid {now.critical}" if broken else f"border:1px solid {now.line}"
        self.setStyleSheet(f"#record{{background:{now.panel};{edge}}}")


def finding_text(one: Finding) -> str:
    """What was found, in words."""
    words = AUDIT_FINDINGS.get(one.code)
    if words is None:
        return f"{one.code} {one.subject} {one.detail}".strip()
    return tr(words, seq=one.seq or 0, to=one.to or one.seq or 0, subject=one.subject, detail=one.detail)


def cure_text(one: Finding) -> str:
    """What to do about it."""
    return tr(AUDIT_CURES[AUDIT_CURE.get(one.code, "rows")])


def _title(report: AuditReport | None, now: int, zone: tzinfo, *, verifying: bool) -> str:
    if verifying:
        return tr("The record is being verified…")
    if report is None:
        return tr("The record has not been verified since the station started")
    when = time_text(report.time, zone, now)
    if report.state == "sound":
        return tr("Complete and unchanged up to row {n}, verified {when}", n=report.rows, when=when)
    if report.state == "broken":
        return tr("THE RECORD DOES NOT HOLD: {n} findings, verified {when}", n=len(report.findings), when=when)
    return tr("The verification of {when} could not be finished: it is not known whether the record holds", when=when)


def _proof(report: AuditReport | None, end: int, now: int, zone: tzinfo, people: Mapping[str, str]) -> str:
    """How far it can be proved to somebody else, and what not."""
    if report is None:
        return ""
    last = max((one for one in report.anchors if one.seq <= report.anchored), key=lambda one: one.seq, default=None)
    if not report.anchored:
        return tr(
            "No head is kept outside of this machine yet: whoever holds machine and key could rewrite rows 1 to {end} unnoticed.", end=end
        )
    held = tr("Anchored up to row {n}: nothing before it can change unnoticed.", n=report.anchored)
    if last is not None:
        held = tr(
            "Anchored up to row {n} ({medium}, {when}, {name}): nothing before it can change unnoticed.",
            n=report.anchored,
            medium=tr(MEDIA[last.medium]) if last.medium in MEDIA else last.medium,
            when=time_text(last.time, zone, now),
            name=people.get(last.actor_name, last.actor_name),
        )
    return held


def _rest(report: AuditReport | None, end: int) -> str:
    """What comes after the last anchor."""
    if report is None or not report.anchored or report.anchored >= end:
        return ""
    first = report.anchored + 1
    return tr("Rows {first} to {end} are not provable against someone who holds machine and key.", first=first, end=end)
