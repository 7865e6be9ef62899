"""Asks the station for all of one device, once a second while somebody looks. Keeps the newest answer; paints nothing."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cityops_desktop.link.messages import DeviceDetail, PointDetail
from ui.models.forecasts import Forecasts
from ui.models.room import RoomModel

if TYPE_CHECKING:
    from ui.link import Link


class DeviceWatch(QObject):
    """One question at a time: the next beat asks again when the answer to the last has come. `lost` = that answer never came."""

    changed = Signal()
    """An answer came, failed to come or is late, or another device is meant: while somebody looks, at each beat at least."""

    def __init__(self, model: RoomModel, link: "Link", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._link = model, link
        self._asking = False
        self._looking = False
        self.device = ""
        self.detail: DeviceDetail | None = None
        self.lost = False
        self.forecasts = Forecasts(model, link, self)
        model.beat.connect(self._ask)
        model.replaced.connect(self._ask)
        model.connectedChanged.connect(self._ask)
        link.sessionChanged.connect(self._person_changed)

    @property
    def old(self) -> bool:
        """Is what the newest answer says not the state of the world now?"""
        return self.lost or not self._model.connected

    @property
    def guarded(self) -> bool:
        """Is it marked sensitive, and nobody logged in? Then nothing is asked."""
        device = self._model.devices.get(self.device)
        return device is not None and device.sensitive and self._link.person is None

    def look_at(self, device: str) -> None:
        """Another device; "" = none."""
        if device != self.device:
            self.device, self.detail, self.lost = device, None, False
            self.changed.emit()
        self._ask()

    def set_looking(self, looking: bool) -> None:
        """Does anybody see it? Nothing is asked while nobody does."""
        self._looking = looking
        self.forecasts.set_looking(looking)
        self._ask()

    def point(self, key: str) -> PointDetail | None:
        """What the newest answer says of a point."""
        return next((one for one in self.detail.points if one.point.key == key), None) if self.detail else None

    def _ask(self) -> None:
        if not self._looking or not self.device:
            return
        if self._asking or not self._model.connected or self.guarded:
            self.changed.emit()
            return
        asked = self.device
        self._asking = True
        self._link.device(asked, lambda detail: self._answered(asked, detail))

    def _person_changed(self) -> None:
        """Somebody came or went: what only that person may see is forgotten."""
        device = self._model.devices.get(self.device)
        if device is not None and device.sensitive:
            self.detail, self.lost = None, False
            self._ask()

    def _answered(self, asked: str, detail: DeviceDetail | None) -> None:
        self._asking = False
        if asked != self.device or self.guarded:
            self._ask()
            return
        self.lost = detail is None
        self.detail = detail or self.detail
        self.changed.emit()
