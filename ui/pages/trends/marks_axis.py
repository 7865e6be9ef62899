"""Marks on the time axis: alarms raised and returned, notes, the station's own times. Where they would meet they fold into one with
their number. Says what is wanted (an alarm, a note, a closer look) and does none of it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QLabel, QMenu, QToolTip, QWidget

from cityops_desktop.link.trends import MarksPage
from cityops_desktop.model.alarms import Hidden
from cityops_desktop.sentences import CHANGE_KINDS, HIDDEN, level_name
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.pages.trends.absence import why_absent
from ui.pages.trends.still import AXIS_TOP, LEFT, MARKS_HIGH, RIGHT, StillPlot
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

SIGN = 15
HIGH = MARKS_HIGH - AXIS_TOP
DIGIT = 8
"""Pixels of a digit of a crowd's number."""
APART = 2
EDGE = 3
"""A sign stands so far from the ends of the strip (px)."""
MOST_LINES = 8
"""Lines of the card that tells what a mark is."""
MOST_CHOICES = 24
CARD_WIDE, CARD_EDGE = 620, 12


class Sort(Enum):
    """What a mark is about."""

    RAISED = "raised"
    RETURNED = "returned"
    NOTE = "note"
    STATION = "station"
    CONFIG = "config"
    CLOCK = "clock"
    CROWD = "crowd"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark, or `count` that the station tells as one crowd. `time` to `end` UTC ms; `level` of an alarm (0 = none); `id` of the
    alarm or the note."""

    sort: Sort
    time: int
    end: int
    text: str
    level: int = 0
    id: str = ""
    count: int = 1
    quiet: Hidden | None = None


@dataclass(frozen=True, slots=True)
class Fold:
    """Marks that stand as one sign: its left edge and width in pixels."""

    left: float
    wide: float
    marks: tuple[Mark, ...]

    @property
    def count(self) -> int:
        """How many it stands for."""
        return sum(mark.count for mark in self.marks)

    @property
    def level(self) -> int:
        """The worst level among them, 0 = no alarm."""
        return min((mark.level for mark in self.marks if mark.level), default=0)


def marks_of(page: MarksPage, model: RoomModel) -> list[Mark]:
    """The answer of the station as marks in the order of time, each with its words."""
    zone, now = model.zone, model.now()
    found: list[Mark] = []
    for alarm in page.alarms:
        told = model.alarm_text(alarm)
        what = told.sentence if told.place in told.sentence else f"{told.place}: {told.sentence}"
        what += f" · {tr(HIDDEN[alarm.hidden])}" if alarm.hidden is not None else ""
        level = level_name(alarm.level)
        said = time_text(alarm.raised, zone, now)
        found.append(
            Mark(
                Sort.RAISED,
                alarm.raised,
                alarm.raised,
                tr("{time} {level} raised · {what}", time=said, level=level, what=what),
                alarm.level,
                alarm.id,
                quiet=alarm.hidden,
            )
        )
        if alarm.returned is not None:
            said = time_text(alarm.returned, zone, now)
            words = tr("{time} {level} returned · {what}", time=said, level=level, what=what)
            found.append(Mark(Sort.RETURNED, alarm.returned, alarm.returned, words, alarm.level, alarm.id))
    for note in page.notes:
        words = tr("{time} note of {name} · {text}", time=time_text(note.begins, zone, now), name=note.actor_name, text=note.text)
        found.append(Mark(Sort.NOTE, note.begins, note.ends, words, id=note.id))
    for event in page.events:
        sort = Sort.CLOCK if event.kind.startswith("clock.") else Sort.CONFIG if event.kind.startswith("config.") else Sort.STATION
        words = f"{time_text(event.time, zone, now)} {tr(CHANGE_KINDS.get(event.kind, event.kind))}"
        if event.until is not None:
            words = tr("{what}: to {time}", what=words, time=time_text(event.until, zone, now))
        found.append(Mark(sort, event.time, event.time, words))
    for crowd in page.crowds:
        start, end = time_text(crowd.start, zone, now), time_text(crowd.end, zone, crowd.start)
        words = {
            "alarm": tr("{n} alarms", n=crowd.count),
            "note": tr("{n} notes", n=crowd.count),
            "event": tr("{n} times of the station", n=crowd.count),
        }[crowd.sort]
        text = tr("{what}, {start} to {end}", what=words, start=start, end=end)
        found.append(Mark(Sort.CROWD, crowd.start, crowd.end, text, crowd.level, count=crowd.count))
    return sorted(found, key=lambda mark: (mark.time, mark.sort.value, mark.id))


def folded(marks: Iterable[Mark], x_of: Callable[[int], float], left: float, right: float) -> list[Fold]:
    """Marks within two edges (px), in the order of time; those whose signs would meet are one, which stands in their middle."""
    folds: list[tuple[list[float], list[Mark]]] = []
    for mark in sorted(marks, key=lambda one: one.time):
        xs, several = [x_of(mark.time)], [mark]
        while folds and _place(*folds[-1], left, right)[1] + APART > _place(xs, several, left, right)[0]:
            before, others = folds.pop()
            xs, several = before + xs, others + several
        folds.append((xs, several))
    found = []
    for xs, several in folds:
        first, last = _place(xs, several, left, right)
        found.append(Fold(first, last - first, tuple(several)))
    return found


def _place(xs: Sequence[float], marks: Sequence[Mark], left: float, right: float) -> tuple[float, float]:
    """Left and right edge of a sign."""
    count = sum(mark.count for mark in marks)
    wide = SIGN if count == 1 else SIGN + 2 + DIGIT * len(str(count))
    first = sum(xs) / len(xs) - (SIGN / 2 if count == 1 else wide / 2)
    first = max(left, min(first, right - wide))
    return first, first + wide


class MarksAxis(QWidget):
    """A strip under the lowest lane. Left and right go from mark to mark, Enter opens; the cross-hair goes along.

    `alarmWanted` and `noteWanted` name an id, `zoomWanted` a time (UTC ms), `told` what the mark at hand is ("" = none).
    """

    alarmWanted = Signal(str)
    noteWanted = Signal(str)
    zoomWanted = Signal(object, object)
    told = Signal(str)

    def __init__(self, plot: StillPlot, model: RoomModel) -> None:
        super().__init__(plot)
        self._plot, self._model = plot, model
        self._page: MarksPage | None = None
        self._marks: list[Mark] = []
        self.folds: list[Fold] = []
        self._texts: list[Lettering] = []
        self._current: Mark | None = None
        self.menu: QMenu | None = None
        """The choice among the marks of a fold that was opened last."""
        self.card = QLabel(plot.marks)
        self.card.setTextFormat(Qt.TextFormat.PlainText)
        self.card.setWordWrap(True)
        self.card.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.card.hide()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        plot.redrawn.connect(self.refresh)
        theme.changes.themeChanged.connect(self.retranslate)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language, the colours in the theme in force."""
        now = theme.current()
        self.card.setStyleSheet(f"background:{now.panel};color:{now.text};border:1px solid {now.text_dim};padding:4px")
        self.setAccessibleName(tr("Marks on the time axis"))
        self.setAccessibleDescription(tr("Left and right go from mark to mark, Enter opens: an alarm, a note, or what is folded together"))
        self.show_page(self._page)

    def show_page(self, page: MarksPage | None) -> None:
        """What the station tells of this time."""
        self._page = page
        self._marks = marks_of(page, self._model) if page is not None else []
        self.refresh()

    def refresh(self) -> None:
        """Look at the plot again."""
        plot = self._plot
        self.setVisible(bool(plot.lanes))
        if not plot.lanes:
            self._hide_card()
            return
        self.setGeometry(0, int(plot.lanes[-1].box.bottom()) + AXIS_TOP, plot.width(), HIGH)
        inside = [mark for mark in self._marks if plot.start <= mark.time <= plot.end]
        self.folds = folded(inside, plot.x_of, LEFT + EDGE, plot.width() - RIGHT - EDGE)
        current = self.current()
        if current is not None and not self.card.isHidden():
            self._show_card(current)
        elif self._current is not None and current is None:
            self._point_at(None)
        self._write()
        self.update()

    def current(self) -> Fold | None:
        """The fold that the keys, or the mouse, are at."""
        return self._fold_of(self._current) if self._current is not None else None

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    def _fold_of(self, mark: Mark) -> Fold | None:
        return next((fold for fold in self.folds if mark in fold.marks), None)

    def _fold_at(self, where: QPointF) -> Fold | None:
        return next((fold for fold in self.folds if fold.left - 1 <= where.x() <= fold.left + fold.wide + 1), None)

    def _write(self) -> None:
        self._texts = []
        name = tr("Marks")
        if lettering.width(name, theme.SMALL) < LEFT - 12:
            self._texts.append(fitted(QRect(4, 1, LEFT - 12, 16), name, theme.SMALL, colour="text_dim", right=True))
        for fold in self.folds:
            if fold.count > 1:
                box = QRect(round(fold.left) + SIGN + 2, 1, DIGIT * len(str(fold.count)) + 1, 16)
                self._texts.append(fitted(box, str(fold.count), theme.SMALL, True))

    # telling and opening

    def _point_at(self, fold: Fold | None, *, hair: bool = True) -> None:
        before = self._current
        self._current = fold.marks[0] if fold is not None else None
        if fold is None:
            self._hide_card()
            if before is not None:
                self.told.emit("")
        else:
            if hair:
                self._plot.set_cursor(fold.marks[0].time)
            self._show_card(fold)
            self.told.emit(fold.marks[0].text if len(fold.marks) == 1 else tr("{n} marks: Enter shows them", n=fold.count))
        self.update()

    def _show_card(self, fold: Fold) -> None:
        lines = [mark.text for mark in fold.marks[:MOST_LINES]]
        if len(fold.marks) > MOST_LINES:
            lines.append(tr("and {n} more", n=sum(mark.count for mark in fold.marks[MOST_LINES:])))
        self.card.setText("\n".join(lines))
        wide = min(CARD_WIDE, self._plot.width() - 20, max(lettering.width(line) for line in lines) + CARD_EDGE + 4)
        room = QRect(0, 0, wide - CARD_EDGE, 2000)
        high = lettering.metrics().boundingRect(room, Qt.TextFlag.TextWordWrap, self.card.text()).height() + CARD_EDGE
        x = round(min(max(4, fold.left + fold.wide / 2 - wide / 2), self._plot.width() - wide - 4))
        self.card.setGeometry(x, max(2, self.y() - high - 4), wide, high)
        self.card.raise_()
        self.card.show()

    def _hide_card(self) -> None:
        self.card.hide()

    def _open(self, fold: Fold) -> None:
        if len(fold.marks) == 1:
            self._open_mark(fold.marks[0])
            return
        menu = self.menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        first, last = fold.marks[0].time, max(mark.end for mark in fold.marks)
        menu.addAction(tr("Look closer")).triggered.connect(lambda: self._closer(first, last))
        menu.addSeparator()
        for mark in fold.marks[:MOST_CHOICES]:
            menu.addAction(mark.text.replace("&", "&&")).triggered.connect(lambda _=False, m=mark: self._open_mark(m))
        menu.popup(self.mapToGlobal(QPoint(round(fold.left), self.height())))

    def _open_mark(self, mark: Mark) -> None:
        if mark.sort in (Sort.RAISED, Sort.RETURNED):
            self.alarmWanted.emit(mark.id)
        elif mark.sort is Sort.NOTE:
            self.noteWanted.emit(mark.id)
        else:
            self._closer(mark.time, mark.end)

    def _closer(self, first: int, last: int) -> None:
        """Half of the time at either side, so that what stands at the edges is seen."""
        margin = max((last - first) // 2, 5_000) if last > first else 60_000
        self.zoomWanted.emit(first - margin, last + margin)

    # hands

    def keyPressEvent(self, event: QKeyEvent) -> None:
        fold = self.current()
        at = self.folds.index(fold) if fold is not None else None
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self.folds and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            last = len(self.folds) - 1
            to = (last if step < 0 else 0) if at is None else min(max(at + step, 0), last)
            self._point_at(self.folds[to])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and fold is not None:
            self._open(fold)
        elif event.key() == Qt.Key.Key_Escape and fold is not None:
            self._point_at(None)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        fold = self._fold_at(event.position())
        if event.buttons() == Qt.MouseButton.NoButton and (fold is not None or not self.hasFocus()) and fold != self.current():
            self._point_at(fold, hair=False)
        event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        fold = self._fold_at(event.position())
        if fold is not None and event.button() is Qt.MouseButton.LeftButton:
            self._point_at(fold)
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        fold = self._fold_at(event.position())
        if fold is not None:
            self._open(fold)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Where there is no mark: why nothing was recorded then."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            time = self._plot.time_at(event.pos().x())
            on_mark = self._fold_at(QPointF(event.pos())) is not None
            told = "" if on_mark else why_absent(self._page, "", time, time + 1, self._model.zone)
            QToolTip.showText(event.globalPos(), told, self)
            return True
        return super().event(event)

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self._point_at(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._point_at(None)
        self.update()

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter = theme.current(), QPainter(self)
        plot = self._plot
        right = plot.width() - RIGHT
        painter.fillRect(QRect(LEFT, 0, right - LEFT, self.height()), QColor(now.panel))
        for pause in self._page.pauses if self._page is not None else ():
            first = max(float(LEFT), plot.x_of(pause.start))
            last = min(float(right), plot.x_of(pause.end) if pause.end is not None else float(right))
            if last > first:
                theme.paint_stale(painter, QRectF(first, 1, max(2.0, last - first), self.height() - 2))
        for mark in self._marks:
            if mark.sort is Sort.NOTE and mark.end >= plot.start and mark.time <= plot.end:
                first, last = max(float(LEFT), plot.x_of(mark.time)), min(float(right), plot.x_of(mark.end))
                painter.fillRect(QRectF(first, self.height() - 2, max(1.0, last - first), 2), QColor(now.text_dim))
        theme.paint_edge(painter, QRect(LEFT, 0, right - LEFT, self.height()), QColor(now.accent if self.hasFocus() else now.line))
        current = self.current()
        for fold in self.folds:
            if fold is current:
                painter.fillRect(QRectF(fold.left - 2, 1, fold.wide + 4, self.height() - 2), QColor(now.selection))
            paint_sign(painter, QRectF(fold.left, 1.5, SIGN, SIGN), fold)
        lettering.paint(painter, self._texts)


def paint_sign(painter: QPainter, box: QRectF, fold: Fold) -> None:
    """The sign of a mark; of several that of the worst alarm, without its number, or that of the first."""
    quiet = fold.marks[0].quiet if fold.count == 1 else None
    if quiet is not None:
        theme.paint_quiet(painter, box, quiet)
        return
    if fold.level:
        raised = any(mark.sort in (Sort.RAISED, Sort.CROWD) for mark in fold.marks if mark.level == fold.level)
        theme.paint_level(painter, box, fold.level, filled=raised, digit=fold.count == 1)
        return
    sort = next((mark.sort for mark in fold.marks if mark.sort is Sort.NOTE), fold.marks[0].sort)
    now = theme.current()
    inner = box.adjusted(2, 1, -2, -1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(now.text), 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if sort is Sort.NOTE:
        _paint_sheet(painter, inner)
    elif sort is Sort.CLOCK:
        side = min(inner.width(), inner.height())
        round_box = QRectF(0, 0, side, side)
        round_box.moveCenter(inner.center())
        painter.drawEllipse(round_box)
        painter.drawPolyline([inner.center() + QPointF(0, -side * 0.36), inner.center(), inner.center() + QPointF(side * 0.28, 0)])
    elif sort is Sort.CONFIG:
        for place, knob in ((0.2, 0.7), (0.5, 0.3), (0.8, 0.6)):
            y = inner.top() + inner.height() * place
            painter.drawLine(QPointF(inner.left(), y), QPointF(inner.right(), y))
            painter.fillRect(QRectF(inner.left() + inner.width() * knob - 1.5, y - 2, 3.5, 4), QColor(now.text))
    else:
        corners = [inner.topLeft() + QPointF(0, 2), inner.topRight() + QPointF(0, 2), QPointF(inner.center().x(), inner.bottom())]
        painter.drawPolygon(QPolygonF(corners))
    painter.restore()


def _paint_sheet(painter: QPainter, box: QRectF) -> None:
    """A written sheet with a folded corner."""
    fold = box.width() * 0.38
    corner = QPointF(box.right(), box.top() + fold)
    outline = [box.topLeft(), QPointF(box.right() - fold, box.top()), corner, box.bottomRight(), box.bottomLeft()]
    painter.setBrush(QColor(theme.current().panel))
    painter.drawPolygon(QPolygonF(outline))
    painter.drawPolyline([QPointF(box.right() - fold, box.top()), QPointF(box.right() - fold, corner.y()), corner])
    for part in (0.55, 0.78):
        y = box.top() + box.height() * part
        painter.drawLine(QPointF(box.left() + 2.5, y), QPointF(box.right() - 2.5, y))
