"""A span of time that a person marks on the chart: Ctrl and a drag, or Ctrl and the arrow keys. It says that the span is there.

A clear pane over the plot, and a small bar under the span: a note on it, a closer look, away with it.
"""

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from cityops_desktop.texts import tr
from ui import theme
from ui.models.shown import span_text, time_text
from ui.pages.trends.still import LEFT, RIGHT, StillPlot
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

LEAST = 4
"""Pixels that a span is wide at least to be one."""
STEP, FAR_STEP = 4, 40
"""Pixels that a key moves its end."""
VEIL = 60


class SpanSelect(QWidget):
    """`changed` when another span (or none) is marked, `noteWanted` and `closerWanted` by the bar or the keys N and Enter."""

    changed = Signal()
    noteWanted = Signal()
    closerWanted = Signal()

    def __init__(self, plot: StillPlot) -> None:
        super().__init__(plot.marks)
        self._plot = plot
        self.span: tuple[int, int] | None = None
        """UTC ms; None = nothing is marked."""
        self._anchor: int | None = None
        self._held = False
        self._texts: list[Lettering] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.bar = QWidget(plot)
        self.bar.setAutoFillBackground(True)
        self.note, self.closer, self.away = QPushButton(), QPushButton(), QPushButton()
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        for button, act in ((self.note, self.noteWanted), (self.closer, self.closerWanted)):
            button.clicked.connect(act)
        self.away.clicked.connect(self.clear)
        for button in (self.note, self.closer, self.away):
            button.setFont(theme.font(theme.SMALL))
            button.setStyleSheet("padding:1px 8px")
            row.addWidget(button)
        self.bar.hide()
        self.hide()
        plot.installEventFilter(self)
        plot.redrawn.connect(self.refresh)
        theme.changes.themeChanged.connect(self.retranslate)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.note.setText(tr("Note…"))
        self.note.setToolTip(tr("Write down what was seen here (N)"))
        self.closer.setText(tr("Look closer"))
        self.closer.setToolTip(tr("Show this span alone (Enter)"))
        self.away.setText("×")
        self.away.setToolTip(tr("Nothing is marked any more (Esc)"))
        self.away.setAccessibleName(tr("Nothing is marked any more (Esc)"))
        self.refresh()

    def clear(self) -> None:
        """Nothing is marked any more."""
        if any(one.hasFocus() for one in (self.note, self.closer, self.away)):
            self._plot.setFocus()
        self._set(None)

    def select(self, start: int, end: int) -> None:
        """Mark this time, UTC ms."""
        low, high = sorted((max(self._plot.start, start), min(self._plot.end, end)))
        self._set((low, high) if high > low else None)

    def _set(self, span: tuple[int, int] | None) -> None:
        if span is None:
            self._anchor, self._held = None, False
        if span != self.span:
            self.span = span
            self.refresh()
            self.changed.emit()

    def refresh(self) -> None:
        """Look at the plot again."""
        plot = self._plot
        shown = self.span is not None and bool(plot.lanes) and self.span[1] > plot.start and self.span[0] < plot.end
        self.setVisible(shown)
        self.bar.setVisible(shown and not self._held)
        self._texts = []
        if not shown:
            return
        self.setGeometry(plot.marks.rect())
        self.raise_()
        area = self.area()
        name = self.words()
        wide = lettering.width(name, theme.SMALL, bold=True)
        x = round(min(max(LEFT, area.center().x() - wide / 2), plot.width() - RIGHT - wide))
        self._texts.append(fitted(QRect(x, round(area.top()) + 4, wide + 1, 16), name, theme.SMALL, True))
        if not self._held:
            size = self.bar.sizeHint()
            least = LEFT + lettering.width(plot.span_text(), theme.SMALL) + 12
            left = round(max(least, min(area.center().x() - size.width() / 2, plot.width() - RIGHT - size.width())))
            self.bar.setGeometry(left, plot.height() - size.height(), size.width(), size.height())
            self.bar.raise_()
        self.update()

    def area(self) -> QRectF:
        """Where the span is on the chart, through all lanes."""
        assert self.span is not None
        plot = self._plot
        left = min(max(float(LEFT), plot.x_of(self.span[0])), float(plot.width() - RIGHT))
        right = min(max(float(LEFT), plot.x_of(self.span[1])), float(plot.width() - RIGHT))
        top, bottom = plot.lanes[0].box.top(), plot.lanes[-1].box.bottom()
        return QRectF(left, top, max(1.0, right - left), bottom - top)

    def words(self) -> str:
        """From when to when, and how long."""
        assert self.span is not None
        zone, (start, end) = self._plot.zone, self.span
        whole = span_text((end - start) / 1000)
        return f"{time_text(start, zone, self._plot.end)} – {time_text(end, zone, start)} · {whole}"

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts) if self.isVisible() else []

    # hands on the plot

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes what is done with Ctrl held, and the keys of a marked span, before the plot pans and zooms."""
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        kind, control = event.type(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        where = event.position()
        if kind is QEvent.Type.MouseButtonPress and event.button() is Qt.MouseButton.LeftButton and control and self._inside(where):
            self._set(None)
            self._anchor, self._held = self._time(where), True
            return True
        if not self._held or self._anchor is None:
            return False
        if kind is QEvent.Type.MouseMove:
            self.select(self._anchor, self._time(where))
            return True
        if kind is QEvent.Type.MouseButtonRelease and event.button() is Qt.MouseButton.LeftButton:
            self._held = False
            if self.span is not None and self.area().width() < LEAST:
                self._set(None)
            self.refresh()
            return True
        return False

    def _inside(self, where: QPointF) -> bool:
        plot = self._plot
        return bool(plot.lanes) and LEFT <= where.x() <= plot.width() - RIGHT and where.y() <= plot.lanes[-1].box.bottom()

    def _time(self, where: QPointF) -> int:
        return self._plot.time_at(min(max(where.x(), LEFT), self._plot.width() - RIGHT))

    def _key(self, event: QKeyEvent) -> bool:
        key, control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key))
        if not self._plot.lanes:
            return False
        if step is not None and control:
            self._move(step * (FAR_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP))
        elif key == Qt.Key.Key_N and not control:
            self.noteWanted.emit()
        elif self.span is not None and key == Qt.Key.Key_Escape:
            self._set(None)
        elif self.span is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.closerWanted.emit()
        else:
            return False
        return True

    def _move(self, pixels: int) -> None:
        """The span goes from the cross-hair (else the end of the chart) to where the keys have moved its other end."""
        plot = self._plot
        if self.span is None or self._anchor is None:
            self._anchor = plot.crosshair if plot.crosshair is not None else plot.end
            other = self._anchor
        else:
            other = self.span[0] if self.span[1] == self._anchor else self.span[1]
        other += round(pixels * (plot.end - plot.start) / plot.pixels())
        other = min(max(plot.start, other), plot.end)
        plot.set_cursor(other)
        anchor = self._anchor
        self.select(anchor, other)
        self._anchor = anchor

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.span is None or not self._plot.lanes:
            return
        now, painter = theme.current(), QPainter(self)
        area = self.area()
        veil = QColor(now.accent)
        veil.setAlpha(VEIL)
        painter.fillRect(area, veil)
        painter.setPen(QPen(QColor(now.accent), 0))
        painter.drawLine(area.topLeft(), area.bottomLeft())
        painter.drawLine(area.topRight(), area.bottomRight())
        for text in self._texts:
            ground = QColor(now.panel)
            ground.setAlpha(220)
            painter.fillRect(text.rect.adjusted(-4, 0, 4, 0), ground)
        lettering.paint(painter, self._texts)
