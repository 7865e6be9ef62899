"""Analysis: what the trends say, the most urgent first, and behind each figure its chart and how it was reckoned. Reckons nothing."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.analysis import AnalysisInfo, ChartInfo, FindingInfo
from cityops_desktop.model.analysis import Method
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.actions.outcome import result_text
from ui.models.room import RoomModel
from ui.models.shown import moment, time_text
from ui.models.spreadsheet import no_formula
from ui.pages.analysis import words
from ui.pages.analysis.chart import AnalysisChart
from ui.pages.page import Page
from ui.widgets.elided import ElidedLine
from ui.widgets.savedialog import save_dialog
from ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from ui.link import Link

PATH = "/api/v1/analysis"
WAIT_MS = 20_000
EVERY_BEATS, WHILE_RECKONING = 30, 3
STEPS_LINES = 5
ROW = 48
WHEN_WIDE = 286
MATTERS, ORDER, UNKNOWN, ALL = range(4)


class AnalysisPage(Page):
    """The list, and beside it the finding that is chosen."""

    def __init__(self, model: RoomModel, link: "Link", parent: QWidget | None = None) -> None:
        super().__init__(model, link, parent)
        self.info: AnalysisInfo | None = None
        self.chart_info: ChartInfo | None = None
        self._asking = self._chart_asking = self._chart_lost = False
        self._chart_old = False
        """The finding that is shown was reckoned anew since its chart was asked for."""
        self._beats = 0
        self._message = ""
        self._dialog: QFileDialog | None = None
        self.which, self.method = QComboBox(), QComboBox()
        self.said = ElidedLine(colour="text_dim")
        self.export_button = QPushButton()
        self.list = Sheet("analysis")
        self.list.verticalHeader().setDefaultSectionSize(ROW)
        self.hint = QLabel(self.list)
        self.hint.setWordWrap(True)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.what, self.figure, self.due = ElidedLine(size=theme.TITLE, bold=True), ElidedLine(bold=True), ElidedLine()
        self.rests = ElidedLine(colour="text_dim")
        self.chart = AnalysisChart()
        self.steps_title, self.steps = ElidedLine(bold=True), QLabel()
        self.trend_button = QPushButton()
        self._lay_out()
        self.setFocusProxy(self.list)
        self.list.chosen.connect(self._chosen)
        self.list.activated.connect(lambda _: self._open_trend())
        self.which.currentIndexChanged.connect(lambda _: self._show())
        self.method.currentIndexChanged.connect(lambda _: self._show())
        self.trend_button.clicked.connect(self._open_trend)
        self.export_button.clicked.connect(self.ask_file)
        model.beat.connect(self._beat)
        model.connectedChanged.connect(lambda _: self._look())
        model.replaced.connect(self._replaced)
        if hasattr(link, "sessionChanged"):
            link.sessionChanged.connect(self._look)
        theme.changes.themeChanged.connect(self.retranslate)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force, the colours of the theme in force."""
        for box, texts, name in (
            (self.which, [tr("What matters"), tr("In order"), tr("Not known"), tr("All findings")], tr("Which findings")),
            (self.method, [tr("Every method"), *(tr(words.METHODS[one]) for one in Method)], tr("Which method")),
        ):
            chosen = max(0, box.currentIndex())
            box.blockSignals(True)
            box.clear()
            box.addItems(texts)
            box.setCurrentIndex(chosen)
            box.blockSignals(False)
            box.setAccessibleName(name)
        self.export_button.setText(tr("Export (CSV)"))
        self.trend_button.setText(tr("Open in Trends"))
        self.steps_title.set_text(tr("How it is reckoned"))
        self.chart.setAccessibleName(tr("Chart of the finding"))
        self._show()

    def point(self) -> str:
        """The point of the chosen finding."""
        found = self._finding()
        return found.point if found is not None else ""

    # the look

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        for part in (self.which, self.method):
            head.addWidget(part)
        head.addWidget(self.said, 1)
        head.addWidget(self.export_button)
        self.steps.setWordWrap(True)
        self.steps.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.steps.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.steps.setFixedHeight(self.steps.fontMetrics().lineSpacing() * STEPS_LINES + 4)
        self.steps.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        right = QVBoxLayout()
        right.setSpacing(4)
        for line in (self.what, self.figure, self.due, self.rests):
            right.addWidget(line)
        right.addWidget(self.chart, 1)
        right.addWidget(self.steps_title)
        right.addWidget(self.steps)
        foot = QHBoxLayout()
        foot.addWidget(self.trend_button)
        foot.addStretch(1)
        right.addLayout(foot)
        body = QHBoxLayout()
        body.setSpacing(theme.GAP + 4)
        body.addWidget(self.list, 11)
        body.addLayout(right, 9)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        column.setSpacing(theme.GAP)
        column.addLayout(head)
        column.addLayout(body, 1)

    # what is asked

    def _beat(self) -> None:
        self._beats += 1
        if self._beats % (WHILE_RECKONING if self._unfinished() else EVERY_BEATS) == 0:
            self._look()

    def _unfinished(self) -> bool:
        return self.info is None or self.info.reckoned is None

    def _look(self) -> None:
        if self.isVisible() and self._model.connected and self._model.room is not None and not self._asking:
            self._asking = True
            self._link.ask(PATH, AnalysisInfo, self._came, wait_ms=WAIT_MS)
        self._tell()

    def _came(self, answer: AnalysisInfo | CommandResult) -> None:
        self._asking = False
        if isinstance(answer, AnalysisInfo):
            before = self._finding()
            self.info, self._message = answer, ""
            self._chart_old = self._chart_old or before != self._finding()
        else:
            self._message = result_text(answer)
        self._show()

    def _ask_chart(self) -> None:
        found = self._finding()
        if found is None or self._chart_asking or not self.isVisible() or not self._model.connected:
            return
        self._chart_asking, self._chart_old = True, False
        asked = found.id
        self._link.ask(f"{PATH}/chart", ChartInfo, lambda answer: self._chart_came(asked, answer), {"id": asked}, wait_ms=WAIT_MS)

    def _chart_came(self, asked: str, answer: ChartInfo | CommandResult) -> None:
        self._chart_asking = False
        if asked != self.list.chosen_id():
            self._ask_chart()
            return
        self.chart_info = answer if isinstance(answer, ChartInfo) else None
        self._chart_lost = self.chart_info is None
        self._show_finding()

    def _replaced(self) -> None:
        """Another room, perhaps."""
        if self.info is not None and not all(one.point in self._model.points for one in self.info.findings):
            self.info, self.chart_info = None, None
        self._show()
        self._look()

    # what is shown

    def _finding(self) -> FindingInfo | None:
        chosen = self.list.chosen_id()
        return next((one for one in self.info.findings if one.id == chosen), None) if self.info is not None else None

    def shown(self) -> list[FindingInfo]:
        """The findings of the list."""
        which, number = self.which.currentIndex(), self.method.currentIndex()
        method = list(Method)[number - 1] if number > 0 else None
        ranks = {MATTERS: (0, 1, 2), ORDER: (3,), UNKNOWN: (4,)}.get(which, range(5))
        found = self.info.findings if self.info is not None else []
        known = [one for one in found if one.point in self._model.points]
        return [one for one in known if one.rank in ranks and method in (None, one.method)]

    def _show(self) -> None:
        found = self.shown()
        self.list.tell(words.titles(), [words.row(self._model, one) for one in found], wide=0, most=WHEN_WIDE)
        self.list.describe(tr("Findings"))
        if found and not self.list.chosen_id():
            self.list.choose(found[0].id)
        self._chosen()
        self._tell()

    def _chosen(self) -> None:
        found = self._finding()
        if self.chart_info is not None and (found is None or self.chart_info.id != found.id):
            self.chart_info, self._chart_lost = None, False
        self._show_finding()
        if self._chart_old or (self.chart_info is None and not self._chart_lost):
            self._ask_chart()

    def _show_finding(self) -> None:
        found = self._finding()
        told = words.told(self._model, found) if found is not None else None
        self.what.set_text(told.where if told else "")
        self.figure.set_text(told.headline if told else "")
        self.due.set_text(told.second if told else "")
        self.rests.set_text(tr("rests on {what}", what=told.rests) if told and told.rests else "")
        self.steps_title.setVisible(told is not None)
        self.steps.setText(told.steps if told else "")
        self.steps.setToolTip(told.steps if told else "")
        self.trend_button.setEnabled(found is not None)
        due = found.due.value if found is not None and found.due is not None else None
        self.chart.show_chart(self.chart_info, self._model.zone, self._chart_hint(found), due)

    def _chart_hint(self, found: FindingInfo | None) -> str:
        if found is None:
            return tr("Choose a finding")
        if self._chart_lost:
            return tr("the station does not answer this question")
        return tr("asking…") if self.chart_info is None else tr("no values to show")

    def _tell(self) -> None:
        """What stands above the list, and in it when it is empty."""
        info = self.info
        self.export_button.setEnabled(info is not None)
        if not self._model.connected:
            text = tr("No station: nothing can be reckoned")
        elif self._message:
            text = self._message
        elif info is None:
            text = tr("Reckoning…")
        else:
            text = self._counts(info)
        self.said.set_text(text)
        empty = ""
        if not self.shown():
            empty = text if info is None else tr("Nothing here. {counts}", counts=self._counts(info))
        self.hint.setVisible(bool(empty))
        self.hint.setText(empty)
        self.hint.setFixedWidth(max(100, self.list.width() - 30))
        self.hint.adjustSize()
        self.hint.move(12, self.list.horizontalHeader().sizeHint().height() + 10)

    def _counts(self, info: AnalysisInfo) -> str:
        count = [sum(one.rank in ranks for one in info.findings) for ranks in ((0, 1, 2), (3,), (4,))]
        parts = [tr("{n} to look at, {order} in order, {unknown} not known", n=count[0], order=count[1], unknown=count[2])]
        if info.reckoned is None:
            parts.append(tr("still reckoning: {n} of {total}", n=len(info.findings), total=max(info.total, len(info.findings))))
        else:
            parts.append(tr("reckoned at {time}", time=time_text(info.reckoned, self._model.zone, self._model.now())))
        if info.origin == "demo":
            parts.insert(0, tr("DEMO"))
        return " · ".join(parts)

    # where it leads

    def _open_trend(self) -> None:
        found = self._finding()
        if found is None:
            return
        if found.start and found.end > found.start:
            self.openTrendSpan.emit(
                found.point, found.start, max(found.end, self._model.now()) if found.method is Method.LIMIT else found.end
            )
        else:
            self.openTrend.emit(found.point)

    def ask_file(self) -> None:
        """Ask where the table goes."""
        room = self._model.room
        if self.info is None or room is None:
            return
        day = f"{moment(self._model.now(), self._model.zone):%Y%m%d}"
        self._dialog = save_dialog(self, tr("Export"), f"{pick(room.names)} {tr('Analysis')} {day}.csv", self.save)
        self._dialog.open()

    def save(self, path: Path) -> None:
        """Write what the list shows, with all figures as they came."""
        try:
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows(self._table())
        except OSError as error:
            why = error.strerror or str(error)
            self._message = tr("{file} could not be written ({error}): choose another folder", file=path.name, error=why)
        else:
            self._message = tr("{file} was written", file=path.name)
        self._tell()

    def _table(self) -> list[list[str]]:
        room, info = self._model.room, self.info
        rows = [[tr("Room"), no_formula(pick(room.names)) if room is not None else ""]]
        if info is not None and info.origin == "demo":
            rows.insert(0, [tr("DEMO"), tr("simulated data, not of a real room")])
        heads = [
            tr("Method"),
            tr("Where"),
            tr("Finding"),
            tr("When"),
            tr("figure"),
            tr("low"),
            tr("high"),
            tr("limit"),
            tr("due"),
            tr("from"),
            tr("to"),
            tr("values"),
        ]
        rows += [[], [*heads, tr("state"), tr("How it is reckoned")]]
        for one in self.shown():
            told = words.told(self._model, one)
            figures = [one.figure.value, one.figure.low, one.figure.high] if one.figure is not None else [None] * 3
            due = self._time(one.due.value if one.due is not None else None)
            numbers = ["" if value is None else f"{value:.6g}" for value in (*figures, one.limit)]
            span = [self._time(one.start or None), self._time(one.end or None)]
            texts = [told.what, told.where, told.result, told.when]
            rows.append([*map(no_formula, texts), *numbers, due, *span, str(one.samples), tr(words.RANKS[one.rank]), told.steps])
        return rows

    def _time(self, ms: float | None) -> str:
        return "" if ms is None else moment(round(ms), self._model.zone).isoformat(" ", "seconds")

    # the window

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden page asks nothing more."""
        super().hideEvent(event)
        self._beats = 0
