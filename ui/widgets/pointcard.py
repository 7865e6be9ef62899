"""A point in full: value, quality, raw bytes, register, limits, place, alarms. Shows what it is given; asks nothing."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from cityops_desktop.sentences import QUALITIES
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.devicewatch import DeviceWatch
from ui.models.pointfacts import Section, sections
from ui.models.room import RoomModel
from ui.models.shown import NOTHING
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

TITLES = 108
"""Px of the titles' column."""
SIGN = 20


class PointHead(QWidget):
    """The point's name, its value large, its quality and age. One height, whatever it says."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self._key = ""
        self._texts: list[Lettering] = []
        self._hatch = QRect()
        self._level: tuple[int, bool] | None = None
        self.setFixedHeight(62)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes.themeChanged.connect(self.update)

    def show_point(self, key: str) -> None:
        """This point as it is now."""
        self._key = key
        self._arrange()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    def _arrange(self) -> None:
        point = self._model.points.get(self._key)
        if point is None:
            self._texts, self._hatch, self._level = [], QRect(), None
            self.update()
            return
        shown = self._model.shown(self._key)
        device = self._model.devices.get(point.device)
        alarm = self._model.worst((self._key,))
        level = (alarm.level, alarm.unseen) if alarm else None
        place, name = pick(device.names) if device else point.device, pick(point.names)
        value = f"{shown.value} {shown.unit}".strip() if shown.value != NOTHING else NOTHING
        since = shown.since_text if shown.stale else shown.age_text
        state = f"{tr(QUALITIES[shown.quality])} · {since}" if since else tr(QUALITIES[shown.quality])
        left = SIGN + 6 if level else 0
        wide = min(lettering.width(value, theme.VALUE, True) + 4, self.width() * 6 // 10)
        figure = QRect(4, 26, wide, 32)
        texts = [
            fitted(QRect(left, 0, self.width() - left, 24), lettering.joined(place, name, self.width() - left), bold=True),
            fitted(figure, value, theme.VALUE, True, "text_dim" if shown.stale else "value"),
            fitted(QRect(wide + 16, 34, self.width() - wide - 16, 20), state, bold=shown.stale),
        ]
        hatch = figure.adjusted(-4, 0, 4, 0) if shown.stale else QRect()
        if (texts, hatch, level) != (self._texts, self._hatch, self._level):
            self._texts, self._hatch, self._level = texts, hatch, level
            self.update()
        whole = f"{place} · {name}\n{value} · {state}"
        if whole != self.toolTip():
            self.setToolTip(whole)
            self.setAccessibleName(whole.replace("\n", ", "))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if not self._hatch.isNull():
            theme.paint_stale(painter, self._hatch)
        if self._level is not None:
            theme.paint_level(painter, QRect(0, 2, SIGN, SIGN), self._level[0], filled=self._level[1])
        lettering.paint(painter, self._texts)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()


class FactSheet(QWidget):
    """Sections of titles and texts, in one column or two; texts can be marked and copied."""

    def __init__(self) -> None:
        super().__init__()
        self._columns = 1
        self._sections: list[Section] = []
        self._labels: list[tuple[QLabel, QLabel]] = []
        self._grids = QHBoxLayout(self)
        self._grids.setContentsMargins(0, 0, 6, 6)
        self._grids.setSpacing(24)
        self._halves: list[QWidget] = []
        theme.changes.themeChanged.connect(self._rebuild)

    def show_sections(self, told: list[Section], columns: int) -> None:
        """These; a text that is another one only is changed in its place."""
        shape = [[fact.title for fact in one.facts] + [one.title] for one in told]
        same = columns == self._columns and shape == [[fact.title for fact in one.facts] + [one.title] for one in self._sections]
        self._sections, self._columns = told, columns
        if not same:
            self._rebuild()
            return
        facts = [fact for one in told for fact in one.facts]
        for (title, text), fact in zip(self._labels, facts, strict=True):
            if text.text() != fact.text:
                text.setText(fact.text)
                text.setAccessibleName(f"{fact.title}: {fact.text}")
            text.setFont(theme.font(theme.BODY, fact.strong))
            title.setToolTip(fact.title)

    def fit(self, wide: int) -> None:
        """As wide as this, and as high as the texts then need: each label is given its height, for layouts learn of wrapping too late."""
        halves = max(1, len(self._halves))
        room = (wide - 6 - 24 * (halves - 1)) // halves - TITLES - 8
        for title, text in self._labels:
            for label, width in ((title, TITLES), (text, max(40, room))):
                label.setFixedSize(width, label.heightForWidth(width))
        for half in self._halves:
            layout = half.layout()
            if layout is not None:
                layout.activate()
        self._grids.activate()
        self.setFixedSize(wide, max(1, self._grids.sizeHint().height()))

    def texts(self) -> list[str]:
        """Every line as it stands there."""
        return [f"{title.text()}: {text.text()}" for title, text in self._labels]

    def _rebuild(self) -> None:
        for half in self._halves:
            self._grids.removeWidget(half)
            half.hide()
            half.deleteLater()
        self._halves, self._labels = [], []
        cut = 2 if self._columns == 2 else len(self._sections)
        for part in (self._sections[:cut], self._sections[cut:]):
            if part:
                half = self._half(part)
                self._halves.append(half)
                self._grids.addWidget(half, 1)
                half.show()  # at once: a layout leaves out what is not shown yet

    def _half(self, part: list[Section]) -> QWidget:
        half = QWidget()
        dim = half.palette()
        dim.setColor(dim.ColorRole.WindowText, QColor(theme.current().text_dim))
        grid = QGridLayout(half)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        grid.setColumnMinimumWidth(0, TITLES)
        grid.setColumnStretch(1, 1)
        row = 0
        for section in part:
            head = QLabel(section.title)
            head.setFont(theme.font(theme.BODY, bold=True))
            head.setContentsMargins(0, 8 if row else 0, 0, 0)
            grid.addWidget(head, row, 0, 1, 2)
            row += 1
            for fact in section.facts:
                title, text = QLabel(fact.title), QLabel(fact.text)
                title.setFont(theme.font(theme.SMALL))
                title.setPalette(dim)
                title.setWordWrap(True)
                text.setWordWrap(True)
                text.setTextFormat(Qt.TextFormat.PlainText)
                text.setFont(theme.font(theme.BODY, fact.strong))
                text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                text.setAccessibleName(f"{fact.title}: {fact.text}")
                grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
                text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                grid.addWidget(text, row, 1, Qt.AlignmentFlag.AlignTop)
                self._labels.append((title, text))
                row += 1
        grid.setRowStretch(row, 1)
        return half


class PointCard(QFrame):
    """`openTrend` and `openAlarms` tell the point's key and the id of its worst alarm ("" = none).

    `narrow`: the sections and buttons stand below one another; else the sections stand in two columns, the buttons beside the name.
    """

    openTrend = Signal(str)
    openAlarms = Signal(str)

    def __init__(self, model: RoomModel, watch: DeviceWatch, *, narrow: bool) -> None:
        super().__init__()
        self._model, self._watch, self._narrow = model, watch, narrow
        self.key = ""
        self.head = PointHead(model)
        self.sheet = FactSheet()
        self.trend, self.alarms = QPushButton(), QPushButton()
        self.area = QScrollArea()
        self.area.setWidget(self.sheet)
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # or the texts would wrap anew when it comes
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.buttons = QHBoxLayout()
        for button in (self.trend, self.alarms):
            self.buttons.addWidget(button)
        whole = self._whole = QVBoxLayout(self)
        whole.setContentsMargins(10, 6, 4, 4)
        whole.setSpacing(4)
        if narrow:
            whole.addWidget(self.head)
            whole.addLayout(self.buttons)
            self.buttons.setContentsMargins(0, 0, 6, 0)
        else:
            top = QHBoxLayout()
            top.addWidget(self.head, 1)
            top.addLayout(self.buttons)
            self.buttons.setContentsMargins(8, 0, 6, 0)
            whole.addLayout(top)
        whole.addWidget(self.area, 1)
        self.trend.clicked.connect(lambda: self.openTrend.emit(self.key))
        self.alarms.clicked.connect(self._open_alarms)
        self.area.viewport().setAutoFillBackground(False)
        self.sheet.setAutoFillBackground(False)

    def show_point(self, key: str) -> None:
        """This one; "" = none."""
        if key != self.key:
            self.area.verticalScrollBar().setValue(0)
        self.key = key
        self.refresh()

    def refresh(self) -> None:
        """As it is now."""
        known = self.key in self._model.points
        for button in (self.trend, self.alarms):
            button.setEnabled(known)
        self.head.show_point(self.key)
        forecasts = self._watch.forecasts
        heading = forecasts.text(self.key) if forecasts.known else None
        told = sections(self._model, self.key, self._watch.point(self.key), self._watch.old, heading) if known else []
        self.sheet.show_sections(told, 1 if self._narrow else 2)
        self.sheet.fit(self.area.viewport().width())

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.trend.setText(tr("Trend"))
        self.alarms.setText(tr("Alarms"))
        self.area.setAccessibleName(tr("Everything about this point"))
        self.refresh()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().panel))
        theme.paint_edge(painter, self.rect(), QColor(theme.current().line))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._whole.activate()
        self.sheet.fit(self.area.viewport().width())

    def _open_alarms(self) -> None:
        point = self._model.points.get(self.key)
        alarm = self._model.worst((self.key, point.device)) if point else None
        self.openAlarms.emit(alarm.id if alarm else "")
