"""A device's head: who it is, how it does, where it hangs, and what was counted on it and on its line. Asks nothing."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cityops_desktop.link.messages import BusDetail, CountersInfo, DeviceDetail, DeviceInfo
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.devicewatch import DeviceWatch
from ui.models.devicewords import COUNTERS, address_text, bus_word, device_word, milli_text, settings_text
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, span_text, time_text
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

ROW = 18
LABEL = 62
CELL = 64


class DeviceHead(QWidget):
    """Seven lines of fixed places: nothing jumps when a figure grows."""

    def __init__(self, model: RoomModel, watch: DeviceWatch) -> None:
        super().__init__()
        self._model, self._watch = model, watch
        self.bus = ""
        self._texts: list[Lettering] = []
        self._grid = QRect()
        self._old = False
        self._level: tuple[int, bool] | None = None
        self.setFixedHeight(26 + 2 * ROW + 6 + 3 * ROW + 4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes.themeChanged.connect(self.update)

    def show_bus(self, bus: str) -> None:
        """A line alone; "" = the device that is watched."""
        self.bus = bus
        self.refresh()

    def refresh(self) -> None:
        """As it is now."""
        device = self._model.devices.get(self._watch.device)
        alarm = self._model.worst([f"bus:{self.bus}"] if self.bus else [device.id]) if device else None
        level = (alarm.level, alarm.unseen) if alarm else None
        texts = self._write(device, 24 if level else 0) if device and self._model.buses.get(device.bus) else []
        old = self._watch.old
        if (texts, level, old) != (self._texts, self._level, self._old):
            self._texts, self._level, self._old = texts, level, old
            self.update()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    # in words

    def _write(self, device: DeviceInfo, left: int) -> list[Lettering]:
        wide = self.width()
        detail = self._watch.detail if self._watch.detail and self._watch.detail.device.id == device.id else None
        keys = [point.key for point in self._model.points.values() if point.device == device.id]
        word, lost = (self._bus_word(), False) if self.bus else device_word(self._model, device, keys)
        name = pick((self._model.buses[self.bus] if self.bus else device).names)
        place, options = self._lines(device, detail)
        state = min(lettering.width(word, bold=lost) + 6, wide // 2)
        lines = [
            fitted(QRect(left, 0, wide - state - left - 10, 24), name, theme.TITLE, True),
            fitted(QRect(wide - state, 0, state, 24), word, bold=lost, right=True),
            fitted(QRect(0, 26, wide, ROW), place),
            fitted(QRect(0, 26 + ROW, wide, ROW), options, theme.SMALL, colour="text_dim"),
        ]
        whole = [name, word, place, options, *self._grid_tips(detail)]
        if "\n".join(whole) != self.toolTip():
            self.setToolTip("\n".join(whole))
            self.setAccessibleName("; ".join(whole))
        return lines + self._write_grid(detail)

    def _lines(self, device: DeviceInfo, detail: DeviceDetail | None) -> tuple[str, str]:
        bus = self._model.buses[device.bus]
        settings = settings_text(detail.bus.settings) if detail else ""
        if self.bus:
            devices = sum(one.bus == bus.id for one in self._model.devices.values())
            place = f"{bus.id} · {bus.driver} · {bus.resource} · {tr('{n} devices', n=devices)}"
            return place, settings
        stands = f"{tr('rack {rack}', rack=device.rack)}{f' U{device.u}' if device.u else ''}" if device.rack else ""
        parts = (device.id, device.profile, f"{pick(bus.names)} ({bus.resource})", address_text(device), stands)
        own = settings_text(detail.settings) if detail else ""
        return " · ".join(one for one in parts if one), " · ".join(one for one in (bus.driver, own or settings) if one)

    def _bus_word(self) -> str:
        station = self._model.station
        state = next((one for one in station.buses if one.id == self.bus), None) if station and self._model.connected else None
        return bus_word(state) if state else tr("no station")

    def _write_grid(self, detail: DeviceDetail | None) -> list[Lettering]:
        top = 26 + 2 * ROW + 6
        self._grid = QRect(0, top, self.width(), 3 * ROW + 2)
        x = LABEL + len(COUNTERS) * CELL
        texts = [
            fitted(QRect(LABEL + n * CELL, top, CELL - 6, ROW), tr(title), theme.SMALL, colour="text_dim", right=True)
            for n, title in enumerate(COUNTERS.values())
        ]
        rows: list[tuple[str, CountersInfo | None, str]] = (
            [] if self.bus else [(tr("Device"), detail.counters if detail else None, self._device_line(detail))]
        )
        rows.append((tr("Line"), detail.bus.counters if detail else None, self._bus_line(detail.bus if detail else None)))
        for number, (title, counters, line) in enumerate(rows, 1):
            y = top + number * ROW
            texts.append(fitted(QRect(8, y, LABEL - 10, ROW), title, theme.SMALL, colour="text_dim"))
            texts += [
                fitted(QRect(LABEL + n * CELL, y, CELL - 6, ROW), figure, theme.SMALL, right=True)
                for n, figure in enumerate(_counted(counters))
            ]
            texts.append(fitted(QRect(x + 8, y, self.width() - x - 14, ROW), line, theme.SMALL))
        return texts

    def _grid_tips(self, detail: DeviceDetail | None) -> list[str]:
        told = [self._device_line(detail), self._bus_line(detail.bus if detail else None)]
        if detail:
            titles = [tr(title) for title in COUNTERS.values()]
            told += [", ".join(f"{title} {n}" for title, n in zip(titles, _counted(detail.counters), strict=True))]
        return told

    def _device_line(self, detail: DeviceDetail | None) -> str:
        if not self._model.connected:
            return tr("no station: these figures are old")
        if self._watch.guarded:
            return tr("log in to see it")
        if self._watch.lost:
            since = f" ({tr('since {time}', time=time_text(detail.now, self._model.zone))})" if detail else ""
            return tr("the station does not answer this question") + since
        if detail is None:
            return tr("asking…")
        counters = detail.counters
        if counters.last_answer is None:
            return tr("never answered since the station started")
        age = span_text(max(0.0, (self._model.now() - counters.last_answer) / 1000))
        took = tr("took {last}, longest {longest}", last=milli_text(counters.last_seconds), longest=milli_text(counters.longest_seconds))
        return f"{tr('answered {age} ago', age=age)} · {took}"

    def _bus_line(self, bus: BusDetail | None) -> str:
        if bus is None:
            return NOTHING
        load = tr("load {n} %", n=round(100 * bus.load)) + (f" ({tr('too much')})" if bus.load > 1 else "")
        missed = tr("{n} polls skipped", n=bus.missed)
        silent = f" · {tr('{n} of {all} devices silent', n=len(bus.silent_devices), all=bus.devices)}" if bus.silent_devices else ""
        return f"{load} · {missed}{silent}"

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._texts:
            now = theme.current()
            painter.fillRect(self._grid, QColor(now.panel))
            if self._old:
                theme.paint_stale(painter, self._grid.adjusted(LABEL, ROW, 0, 0))
            theme.paint_edge(painter, self._grid, QColor(now.line))
            if self._level is not None:
                theme.paint_level(painter, QRect(0, 3, 18, 18), self._level[0], filled=self._level[1])
        lettering.paint(painter, self._texts)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refresh()


def _counted(counters: CountersInfo | None) -> list[str]:
    return [NOTHING if counters is None else str(getattr(counters, name)) for name in COUNTERS]
