"""A button that takes a device or a line out of service, and back. It asks; the station decides."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

from cityops_desktop.link.messages import HidingInfo
from cityops_desktop.texts import tr
from ui.actions import alarms
from ui.dialogs.service import can_serve, offer_service
from ui.models.hidden import end_text, of_target, place_text
from ui.models.room import RoomModel
from ui.widgets import lettering
from ui.widgets.elided import ElidedLine

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

MARGIN = 34


class ServiceButton(QPushButton):
    """As wide as the longer of its two texts, so that nothing moves when it changes. `about`: a device's id or "bus:<id>", "" = neither.
    `words` is for whoever lays it out: until when it is out of service, and nothing while it is not."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__()
        self._model, self._link, self._acts = model, link, acts
        self.about = ""
        self.words = ElidedLine(bold=True, right=True)
        self.clicked.connect(self._pressed)
        model.stationChanged.connect(self.refresh)
        self.refresh()

    def show_subject(self, about: str) -> None:
        """This one."""
        self.about = about
        self.refresh()

    def refresh(self) -> None:
        """As it is now."""
        begin, end = tr("Out of service…"), tr("In service again")
        one = self._service()
        mine = one is not None and one.id == self._target()
        self.setText(end if mine else begin)
        self.setMinimumWidth(max(lettering.width(begin), lettering.width(end)) + MARGIN)
        self.setEnabled(can_serve(self._model, self.about))
        words = "" if one is None else self._told(one)
        self.setToolTip(words or tr("While somebody works on it: all its alarms are quiet, for a time, and recorded"))
        self.setAccessibleDescription(words)
        until = tr("Out of service until {until}", until=end_text(self._model, one.until)) if one is not None and one.until else ""
        self.words.set_text(until)
        self.words.setMinimumWidth(lettering.width(until, bold=True) + 2 if until else 0)

    def _target(self) -> str:
        return self.about if self.about.startswith("bus:") else f"device:{self.about}"

    def _service(self) -> HidingInfo | None:
        """The time out of service that covers it: its own, or that of its rack or its line."""
        station = self._model.station
        if station is None or not self.about:
            return None
        return min(
            (one for one in station.services if of_target(self._model, one.id)(self.about)),
            key=lambda one: one.id != self._target(),
            default=None,
        )

    def _told(self, one: HidingInfo) -> str:
        until = end_text(self._model, one.until) if one.until is not None else ""
        return tr(
            "{what} is out of service until {until}: {why} ({who})",
            what=place_text(self._model, one.id),
            until=until,
            why=one.why,
            who=one.actor_name,
        )

    def _pressed(self) -> None:
        one = self._service()
        if one is not None and one.id == self._target():
            self._acts.carry_out(tr("In service again"), "service.end", partial(alarms.end_service, target=one.id))
        else:
            offer_service(self._link, self._acts, self._model, self.about)
