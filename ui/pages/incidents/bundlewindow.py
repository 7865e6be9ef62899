"""An incident bundle, opened to be read: is it as it was sealed, its report, alarms, time line, samples. Asks no station, changes nothing.

The file is read and compared in a thread: a large one must not hold up the window.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QTabWidget, QTextBrowser, QVBoxLayout, QWidget

from cityops_desktop.incidents.bundle import Bundle, Checked, NoBundle
from cityops_desktop.incidents.words import FINDINGS
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.sentences import ALARM_STATES, level_name
from cityops_desktop.texts import language, pick, tr
from ui import theme
from ui.models.background import in_background
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.incidents.bundlechart import BundleChart, Samples
from ui.widgets.sheet import Cell, Row, Sheet

MOST_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Read:
    """What stands in the file."""

    checked: Checked
    alarms: list[AlarmInfo]
    report: str


class _Worker(QObject):
    """Reads in a thread; what comes is an answer to the newest question only."""

    read = Signal(object)
    sampled = Signal(str, object)

    def begin(self, path: Path) -> None:
        """All but the samples."""
        self._run(lambda: self.read.emit(_read(path)))

    def sample(self, path: Path, key: str, name: str) -> None:
        """Those of one point."""
        self._run(lambda: self.sampled.emit(key, _samples(path, name)))

    def _run(self, task: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                task()
            except RuntimeError:  # the window was closed: nobody waits for it
                return

        in_background(guarded)


class BundleWindow(QDialog):
    """Above it always says that this is a file, and whether it can be believed."""

    def __init__(self, path: str, model: RoomModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path, self._model = Path(path), model
        self._read: Read | None = None
        self.setWindowTitle(f"{self._path.name} · {tr('bundle, not live')}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.resize(1100, 640)
        self.state = QLabel(tr("reading…"))
        self.state.setFont(theme.font(theme.TITLE, bold=True))
        self.facts = QLabel()
        for label in (self.state, self.facts):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self.report = QTextBrowser()
        self.report.setOpenLinks(False)
        self.report.setAccessibleName(tr("Incident report"))
        self.alarms, self.points = Sheet("bundle alarms"), Sheet("bundle points")
        self.chart = BundleChart(model.zone)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self._lay_out()
        self._worker = _Worker()
        self._worker.read.connect(self._came, Qt.ConnectionType.QueuedConnection)
        self._worker.sampled.connect(self._sampled, Qt.ConnectionType.QueuedConnection)
        self.points.chosen.connect(self._ask_samples)
        self._worker.begin(self._path)

    def _lay_out(self) -> None:
        trends = QWidget()
        row = QHBoxLayout(trends)
        row.setContentsMargins(0, 6, 0, 0)
        self.points.setFixedWidth(360)
        row.addWidget(self.points)
        row.addWidget(self.chart, 1)
        for widget, title in ((self.report, tr("Incident report")), (self.alarms, tr("Alarms")), (trends, tr("Samples"))):
            self.tabs.addTab(widget, title)
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName(tr("What is in the bundle"))
        column = QVBoxLayout(self)
        column.addWidget(self.state)
        column.addWidget(self.facts)
        column.addWidget(self.tabs, 1)

    def closeEvent(self, event: QCloseEvent) -> None:
        """What is still being read is not waited for."""
        self._worker.read.disconnect()
        self._worker.sampled.disconnect()
        super().closeEvent(event)

    def _came(self, told: Read | str) -> None:
        if isinstance(told, str):
            self.state.setText(tr("This is no incident bundle: {error}", error=told))
            self.tabs.hide()
            return
        self._read = told
        checked = told.checked
        self.state.setText(tr("The bundle is as it was sealed") if checked.sound else tr("The bundle is NOT as it was sealed"))
        wrong = [tr(FINDINGS[code], file=name) for code, name in checked.findings]
        about = checked.about
        span = f"{self._time(about['start'])} – {self._time(about['end'])}"
        lines = [
            *wrong[:8],
            tr("incident {number}: {title}", number=about["incident"]["number"], title=about["incident"]["title"]),
            f"{pick(about['room']) if about.get('room') else ''} · {span}",
            tr("signed with the key {key}", key=checked.key[:32] or "-") + "  " + tr("hash: {hash}", hash=checked.hash[:32]),
        ]
        self.facts.setText("\n".join(lines))
        self.report.setHtml(told.report)
        self._show_alarms(told.alarms)
        self._show_points(about["points"])

    def _time(self, ms: int) -> str:
        return f"{moment(ms, self._model.zone):%Y-%m-%d %H:%M:%S}"

    def _show_alarms(self, alarms: list[AlarmInfo]) -> None:
        rows = []
        for one in sorted(alarms, key=lambda one: -one.raised)[:MOST_ROWS]:
            text = self._model.alarm_text(one)
            acked = f"{self._time(one.acknowledged)} {one.actor_name or ''}" if one.acknowledged else ""
            returned = self._time(one.returned) if one.returned else ""
            cells = (self._time(one.raised), level_name(one.level), f"{text.place}: {text.sentence}", tr(ALARM_STATES[one.state]))
            rows.append(Row(one.id, tuple(Cell(word) for word in (*cells, returned, acked))))
        titles = [tr("Raised"), tr("Level"), tr("Alarm"), tr("State then"), tr("Gone"), tr("Acknowledged")]
        self.alarms.tell(titles, rows, wide=2)
        self.alarms.describe(tr("Alarms"))

    def _show_points(self, points: list[Mapping[str, Any]]) -> None:
        rows = []
        for one in points:
            name = pick(one) if "zh" in one else one["key"]
            rows.append(Row(one["key"], (Cell(str(name), tip=one["key"]), Cell(one["key"]), Cell(str(one["samples"])))))
        self.points.tell([tr("Point"), tr("Key"), tr("Samples")], rows, wide=0, most=150)
        self.points.describe(tr("Point"))

    def _ask_samples(self) -> None:
        key = self.points.chosen_id()
        if self._read is None or not key:
            return
        one = next(one for one in self._read.checked.about["points"] if one["key"] == key)
        about = self._read.checked.about
        name = f"{pick(one)} ({key})" if "zh" in one else key
        self.chart.begin(key, name, str(one.get("unit", "")), about["start"], about["end"])
        self._worker.sample(self._path, key, one["file"])

    def _sampled(self, key: str, samples: Samples) -> None:
        self.chart.tell(key, samples)


def _read(path: Path) -> Read | str:
    try:
        bundle = Bundle(path)
    except NoBundle as error:
        return str(error)
    try:
        checked = bundle.check()
        alarms = _alarms(bundle)
        report = _text(bundle, f"report.{language()}.html")
    except (KeyError, TypeError, ValueError) as error:  # a manifest of somebody else's making
        return str(error)
    finally:
        bundle.close()
    return Read(checked, alarms, report)


def _alarms(bundle: Bundle) -> list[AlarmInfo]:
    """Those that can be read; what is damaged stands among the findings."""
    try:
        return [AlarmInfo.model_validate(one) for one in json.loads(_text(bundle, "alarms.json") or "[]")]
    except ValueError:
        return []


def _text(bundle: Bundle, name: str) -> str:
    try:
        return bundle.read(name).decode("utf-8", "replace")
    except (NoBundle, KeyError):
        return ""


def _samples(path: Path, name: str) -> Samples:
    """Times (UTC ms) and values of a point's file; a value that is none is a gap."""
    times: list[int] = []
    values: list[float] = []
    try:
        bundle = Bundle(path)
        try:
            rows = csv.DictReader(io.StringIO(bundle.read(name).decode("utf-8", "replace")))
            for row in rows:
                usable = row["quality"] == "good" and row["value"]
                times.append(round(datetime.fromisoformat(row["time"]).timestamp() * 1000))
                values.append(float(row["value"]) if usable else float("nan"))
        finally:
            bundle.close()
    except (NoBundle, KeyError, ValueError, csv.Error):
        return Samples([], [])
    return Samples(times, values)
