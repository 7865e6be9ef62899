"""One point as a tile: name, value with unit, quality and age, normal band, little trend, alarm. Paints what RoomModel.shown says."""

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from cityops_desktop.link.messages import AlarmInfo, LiveInfo, PointInfo
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality
from cityops_desktop.sentences import ALARM_STATES, HIDDEN, QUALITIES, level_name
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, Shown, figure, moment, time_text, value_text
from ui.pages.overview import bar, sparkline
from ui.pages.overview.sparkline import Spark
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted
from ui.widgets.pressable import Pressable

TALL, LOW = 98, 46
PAD = 10
MARK = 18
BAR = 18
TREND = 28
"""The least width of a little trend that is worth drawing."""


def is_tall(point: PointInfo) -> bool:
    """Figures have a tall tile; states and texts a low one."""
    return point.kind in (Kind.ANALOG, Kind.COUNTER)


def new_spark(point: PointInfo) -> Spark:
    """A little trend for this point: noise of a few last digits, or of a tenth of the normal band, is drawn flat."""
    band = (point.normal[1] - point.normal[0]) / 5 if point.normal else 0.0
    return Spark(point.period, max(band, 10 * 10.0**-point.decimals))


class Tile(Pressable):
    """`activated` tells the key when somebody clicks it or presses Enter; it can be carried.

    Its size depends on the kind of the point alone.
    """

    activated = Signal(str)

    def __init__(self, model: RoomModel, point: PointInfo, spark: Spark | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.point = point
        self.key = point.key
        self.tall = is_tall(point)
        self._model = model
        self._spark = spark if point.kind is Kind.ANALOG else None
        self._scale = bar.scale_of(point)
        self._digits = self._widest()
        self._state: tuple[object, ...] = ()
        self._shown: Shown | None = None
        self._live: LiveInfo | None = None
        self._alarm: AlarmInfo | None = None
        self._body: list[Lettering] = []
        self._foot: Lettering | None = None
        self._trend = QRectF()
        self._lines: list[QPolygonF] = []
        self._drawn: tuple[object, ...] = ()
        self.setFixedHeight(TALL if self.tall else LOW)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.refresh()

    def refresh(self) -> None:
        """Look at the model again; nothing is painted when nothing that can be seen has changed."""
        shown = self._model.shown(self.key)
        alarm = self._model.mark((self.key,))
        live = self._model.live.get(self.key)
        mark = (alarm.level, alarm.state, alarm.hidden) if alarm else None
        state = (shown.value, shown.quality, shown.reason, shown.stale, mark, shown.since if shown.stale else 0)
        self._shown, self._alarm, self._live = shown, alarm, live
        if state != self._state:
            figure_only = self.tall and bool(self._state) and state[1:] == self._state[1:]
            self._state = state
            if figure_only:
                self._arrange_figure(shown)
                self.update(self._moving())
            else:
                self._arrange()
                self.update()
            return
        foot = self._foot_text()
        if self._foot is None or foot != self._foot:
            self._foot = foot
            self.update(foot.rect)
        if self._spark is not None and self._trend_state() != self._drawn:
            self.update(self._trend.toAlignedRect())

    def retranslate(self) -> None:
        """The language or the theme is another one."""
        self._digits = self._widest()
        self._state = ()
        self.refresh()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told([*self._body, self._foot] if self._foot else self._body)

    def _moving(self) -> QRect:
        """What a new figure changes: all but the names."""
        return self.rect().adjusted(6, 24 if self._scale else 42 if self.tall else 23, -6, -2)

    # what stands where

    def _arrange(self) -> None:
        shown = self._shown
        assert shown is not None
        right = self.width() - PAD
        name_right = right - (MARK + 4 if self._alarm else 0)
        device = self._model.devices.get(self.point.device)
        place, name = pick(device.names) if device else self.point.device, pick(self.point.names)
        if self.tall:
            self._body = [
                fitted(QRect(PAD, 6, name_right - PAD, 16), place, theme.SMALL, colour="text_dim"),
                fitted(QRect(PAD, 22, (right - BAR - 4 if self._scale else right) - PAD, 19), name),
            ]
            self._arrange_figure(shown)
        else:
            self._body = [fitted(QRect(PAD, 4, name_right - PAD, 18), lettering.joined(place, name, name_right - PAD))]
            self._arrange_word(shown, right)
            self._foot = self._foot_text()
        self._tell(place, name, shown)

    def _arrange_figure(self, shown: Shown) -> None:
        """All but the two lines of names."""
        del self._body[2:]
        self._trend = QRectF()
        self._arrange_value(shown, self.width() - PAD)
        self._foot = self._foot_text()

    def _arrange_value(self, shown: Shown, right: int) -> None:
        edge = right - BAR - 6 if self._scale else right
        lost = shown.quality is Quality.BAD
        colour = "text_dim" if shown.stale else "value"
        value = NOTHING if lost else shown.value
        wide = max(self._digits, lettering.width(value, theme.VALUE, bold=True)) if not lost else 26
        self._body.append(fitted(QRect(PAD, 42, min(wide, edge - PAD), 32), value, theme.VALUE, True, colour, right=not lost))
        x = PAD + wide + 4
        if lost:
            if shown.since is not None:
                last = f"{shown.value} {shown.unit}".strip()
                self._body.append(fitted(QRect(x, 44, edge - x, 15), tr("last {value}", value=last), theme.SMALL, colour="text_dim"))
                self._body.append(
                    fitted(QRect(x, 59, edge - x, 15), tr("at {time}", time=self._when(shown.since)), theme.SMALL, colour="text_dim")
                )
            return
        if shown.unit and x < edge:
            wide = min(lettering.width(shown.unit), edge - x)
            self._body.append(fitted(QRect(x, 48, wide, 24), shown.unit, colour="text_dim"))
            x += wide + 8
        if self._spark is not None and edge - x >= TREND:
            self._trend = QRectF(x, 46, edge - x, 26)

    def _arrange_word(self, shown: Shown, right: int) -> None:
        lost = shown.quality is Quality.BAD
        value = NOTHING if lost else shown.value
        wide = min(lettering.width(value, bold=True) + 2, (right - PAD) * 6 // 10)
        colour = "text_dim" if shown.stale else "value"
        self._body.append(fitted(QRect(PAD, 23, wide, 19), value, bold=True, colour=colour))

    def _foot_text(self) -> Lettering:
        """Quality and age, always; the first wording that fits."""
        shown = self._shown
        assert shown is not None
        quality = tr(QUALITIES[shown.quality])
        right = self.width() - PAD
        if self.tall:
            rect = QRect(PAD, 76, right - PAD, 16)
        else:
            left = self._body[-1].rect.right() + 8
            rect = QRect(left, 23, right - left, 19)
        if shown.quality is Quality.BAD:
            wordings = [f"{quality} · {shown.reason}" if shown.reason else quality]
            if not self.tall and shown.since is not None:
                when = self._when(shown.since)
                last = tr("{quality} · last {value} at {time}", quality=quality, value=shown.value, time=when)
                wordings = [last, f"{quality} · {tr('since {time}', time=when)}"]
        elif shown.stale:
            since = tr("since {time}", time=self._when(shown.since)) if shown.since is not None else ""
            wordings = [f"{quality} · {shown.since_text}", f"{quality} · {since}", since]
        else:
            wordings = [f"{quality} · {shown.age_text}"]
            if shown.reason:
                wordings.insert(0, f"{quality} · {shown.age_text} · {shown.reason}")
        fit = [text for text in wordings if lettering.width(text, theme.SMALL) <= rect.width()] or wordings[-1:]
        colour = "text_dim" if shown.quality is Quality.GOOD else "text"
        return fitted(rect, fit[0], theme.SMALL, colour=colour, right=not self.tall)

    def _tell(self, place: str, name: str, shown: Shown) -> None:
        """The whole of what may be elided, for the tool tip and for screen readers."""
        value = f"{shown.value} {shown.unit}".strip()
        lines = [f"{place} · {name}", f"{value} · {tr(QUALITIES[shown.quality])}"]
        if shown.stale and shown.since is not None:
            lines[1] = f"{value} · {tr(QUALITIES[shown.quality])} · {shown.since_text}"
        lines += [shown.reason] if shown.reason else []
        if self._alarm:
            sentence = self._model.alarm_text(self._alarm).sentence
            state = tr(ALARM_STATES[self._alarm.state]) if self._alarm.hidden is None else tr(HIDDEN[self._alarm.hidden])
            lines.append(f"{level_name(self._alarm.level)}: {sentence} · {state}")
        self.setToolTip("\n".join(lines))
        self.setAccessibleName(lines[0])
        self.setAccessibleDescription(", ".join(lines[1:]))

    def _when(self, since: int) -> str:
        now = self._model.now()
        zone = self._model.zone
        then = moment(since, zone)
        return time_text(since, zone) if then.date() == moment(now, zone).date() else f"{then:%m-%d %H:%M}"

    def _widest(self) -> int:
        """Pixels for the longest figure that this point is expected to show, so that the unit never moves."""
        point = self.point
        if not self.tall:
            return 0
        figures = [*(point.span or ()), *(point.normal or ()), *(limit.value for limit in point.limits)] or [99.0]
        texts = [figure(value, point.decimals) for value in figures]
        live = self._model.live.get(self.key)
        known = live.last_value if live and live.last_value is not None else live.value if live else None
        texts += [value_text(point, known)] if known is not None else []
        return max(lettering.width(text, theme.VALUE, bold=True) for text in texts)

    def _trend_state(self) -> tuple[object, ...]:
        assert self._spark is not None
        return self._spark.version, self._model.now() // sparkline.BUCKET_MS, self._trend.width()

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter = theme.current(), QPainter(self)
        foot, shown = self._foot, self._shown
        if foot is None or shown is None:
            return
        painter.fillRect(event.rect(), QColor(now.panel))
        if not foot.rect.contains(event.rect()):
            self._paint_body(painter, shown, event.rect())
        lettering.paint(painter, (foot,))

    def _paint_body(self, painter: QPainter, shown: Shown, where: QRect) -> None:
        now = theme.current()
        stands = self._alarm is not None and self._alarm.standing and self._alarm.hidden is None
        level = QColor(now.level(self._alarm.level)) if self._alarm and stands else None
        if shown.stale and shown.quality is not Quality.BAD:
            theme.paint_stale(
                painter,
                QRect(PAD - 4, 42, self.width() - 2 * PAD - BAR + 2, 32) if self.tall else self._body[-1].rect.adjusted(-4, 0, 4, 0),
            )
        lettering.paint(painter, [one for one in self._body if one.rect.intersects(where)])
        if shown.quality is Quality.UNCERTAIN:
            under = self._body[2 if self.tall else 1].rect
            painter.setPen(QPen(QColor(now.text), 0, Qt.PenStyle.DotLine))
            painter.drawLine(under.left(), under.bottom(), under.right(), under.bottom())
        if self._scale is not None:
            value = None if shown.quality is Quality.BAD else shown.number
            colour = now.text_dim if shown.stale else now.value
            bar.paint(painter, QRectF(self.width() - PAD - BAR, 28, BAR, 46), self._scale, value, colour)
        if self._spark is not None and not self._trend.isNull():
            self._paint_trend(painter, self._spark)
        if not self._moving().contains(where):
            self._paint_edge(painter, level)

    def _paint_trend(self, painter: QPainter, spark: Spark) -> None:
        state = self._trend_state()
        if state != self._drawn:
            self._drawn = state
            self._lines = spark.polygons(self._trend.adjusted(1, 2, -1, -2), self._model.now())
        sparkline.paint(painter, self._lines)

    def _paint_edge(self, painter: QPainter, level: QColor | None) -> None:
        now = theme.current()
        box = self.rect().adjusted(0, 0, -1, -1)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        theme.paint_edge(painter, self.rect(), level or QColor(now.line))
        if level is not None:
            painter.fillRect(QRect(0, 0, 5, self.height()), level)
        if self._alarm is not None:
            box = QRect(self.width() - PAD - MARK + 2, 4, MARK, MARK)
            if self._alarm.hidden is not None:
                theme.paint_quiet(painter, box, self._alarm.hidden)
            else:
                theme.paint_level(painter, box, self._alarm.level, filled=self._alarm.unseen)
        if self.hasFocus() or self.underMouse():
            painter.setPen(QPen(QColor(now.accent if self.hasFocus() else now.text_dim), 2 if self.hasFocus() else 1))
            painter.drawRect(box.adjusted(1, 1, -1, -1) if self.hasFocus() else box)

    # people

    def burden(self) -> list[str]:
        return [self.key]

    def clicked_at(self, place: QPoint) -> None:
        self.activated.emit(self.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.activated.emit(self.key)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
