"""The newest still picture of a camera, with its age; where there is none, since when. Asks only when the station has a newer one."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRect, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QColor, QFont, QImage, QImageReader, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cityops_desktop.link.messages import DeviceDetail
from cityops_desktop.model.readings import Quality
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.devicewatch import DeviceWatch
from ui.models.room import RoomModel
from ui.models.shown import span_text, time_text
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

if TYPE_CHECKING:
    from ui.link import Link

WIDE = 300
ROW = 20


class _Decoded(QObject):
    """Tells the GUI's thread what a worker has made of the bytes."""

    done = Signal(object, QImage)


class _Decoding(QRunnable):
    """Bytes to a picture no larger than it is shown, away from the GUI's thread."""

    def __init__(self, key: tuple[str, int], data: bytes, most: QSize, told: _Decoded) -> None:
        super().__init__()
        self._key, self._data, self._most, self._told = key, data, most, told

    def run(self) -> None:
        buffer = QBuffer()
        buffer.setData(QByteArray(self._data))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        reader = QImageReader(buffer)
        size = reader.size()
        if size.isValid():
            reader.setScaledSize(size.scaled(self._most, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1)))
            image = reader.read()
        else:
            image = QImage()
        self._told.done.emit(self._key, image)


class DevicePicture(QWidget):
    """Beside the facts of a camera's point; not there at all for other devices. One size, whatever it shows."""

    def __init__(self, model: RoomModel, watch: DeviceWatch, link: "Link") -> None:
        super().__init__()
        self._model, self._watch, self._link = model, watch, link
        self._image = QImage()
        self._shown: tuple[str, int] | None = None
        self._asked: tuple[str, int] | None = None
        self._texts: list[Lettering] = []
        self._old = False
        self._decoded = _Decoded()
        self._decoded.done.connect(self._take)
        self.setFixedWidth(WIDE)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.hide()
        theme.changes.themeChanged.connect(self.update)

    def refresh(self, *, line: bool) -> None:
        """As it is now; `line`: a whole line is shown, and no device."""
        device = "" if line else self._watch.device
        detail = self._watch.detail if self._watch.detail and self._watch.detail.device.id == device else None
        if self._shown is not None and self._shown[0] != device:
            self._image, self._shown, self._texts = QImage(), None, []
        self.setVisible(detail.pictures if detail else bool(device) and not self.isHidden())
        if detail is None or not detail.pictures:
            return
        if detail.picture is not None and not self._watch.old:
            self._ask((device, detail.picture))
        self._write(detail)

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    def _ask(self, wanted: tuple[str, int]) -> None:
        if wanted in (self._shown, self._asked):
            return
        self._asked = wanted
        self._link.picture(wanted[0], lambda data: self._came(wanted, data))

    def _came(self, wanted: tuple[str, int], data: bytes | None) -> None:
        if self._asked != wanted:
            return
        if data is None:
            self._asked = None  # the next beat asks again
            return
        most = self._frame().size() * self.devicePixelRatioF()
        QThreadPool.globalInstance().start(_Decoding(wanted, data, most, self._decoded))

    def _take(self, wanted: tuple[str, int], image: QImage) -> None:
        if self._asked != wanted:
            return
        self._asked, self._shown, self._image = None, wanted, image
        detail = self._watch.detail
        if detail is not None and detail.device.id == wanted[0]:
            self._write(detail)
        self.update()

    def _write(self, detail: DeviceDetail) -> None:
        """The line below the picture."""
        good = any(one.source.type == "picture" and one.live.quality is Quality.GOOD for one in detail.points)
        taken = self._shown[1] if self._shown is not None else detail.picture
        old = self._watch.old or not good
        if taken is None:
            words = tr("no picture yet")
        elif old:
            words = tr("no picture since {time}", time=time_text(taken, self._model.zone))
        else:
            words = tr("picture {age} ago", age=span_text(max(0.0, (self._model.now() - taken) / 1000)))
        if self._shown is not None and self._image.isNull():
            words = tr("this picture cannot be shown")
        texts = [fitted(QRect(0, self.height() - ROW, WIDE, ROW), words, bold=old)]
        if (texts, old) != (self._texts, self._old):
            self._texts, self._old = texts, old
            self.update()
        whole = f"{pick(detail.device.names)}: {words}"
        if whole != self.toolTip():
            self.setToolTip(whole)
            self.setAccessibleName(whole)

    def _frame(self) -> QRect:
        return QRect(0, 0, WIDE, max(1, min(self.height() - ROW - 2, WIDE * 3 // 4)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        now, frame = theme.current(), self._frame()
        painter.fillRect(frame, QColor(now.panel))
        if not self._image.isNull():
            size = self._image.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect((frame.width() - size.width()) // 2, (frame.height() - size.height()) // 2, size.width(), size.height())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, self._image)
        if self._old:
            theme.paint_stale(painter, frame)
        theme.paint_edge(painter, frame, QColor(now.line))
        lettering.paint(painter, self._texts)
        painter.end()
