"""Take a device, a rack or a line out of service while somebody works on it: which, how long, why. It asks; the station decides."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox

from cityops_desktop.link.acts import BeginServiceCritical
from cityops_desktop.model.hidings import LONGEST_SERVICE_MS
from cityops_desktop.texts import tr
from ui.actions import alarms
from ui.dialogs.approval import approve
from ui.dialogs.quiet import QuietDialog
from ui.models.hidden import reach, targets_of
from ui.models.room import RoomModel

if TYPE_CHECKING:
    from ui.acts import Action, Acts
    from ui.link import Link

KIND, KIND_TWO = "service.begin", "service.begin_critical"
LENGTHS = (30, 60, 120, 240, 480, 720, 1440)
"""Minutes that are offered."""


def can_serve(model: RoomModel, about: str) -> bool:
    """Is there something round this subject or target that can be taken out of service?"""
    return bool(targets_of(model, about))


def offer_service(link: "Link", acts: "Acts", model: RoomModel, about: str) -> None:
    """The dialog, for whoever may take things out of service; who is not logged in is asked to first. `about`: the subject of an alarm
    (a point's key, a device's id, "bus:<id>"), or a target ("device:<id>", "bus:<id>", "rack:<id>")."""
    if can_serve(model, about):
        acts.prepare(tr("Out of service"), KIND, lambda: acts.show(ServiceDialog(link, acts, model, about)))


class ServiceDialog(QuietDialog):
    """Offers the device, its rack and its line, and says what will be quiet with it."""

    def __init__(self, link: "Link", acts: "Acts", model: RoomModel, about: str) -> None:
        targets = targets_of(model, about)
        super().__init__(
            acts,
            model,
            tr("Out of service"),
            tr("All alarms of what is worked on are quiet until it is back."),
            lengths=LENGTHS,
            most=LONGEST_SERVICE_MS,
            bound=False,
            two=False,
        )
        self._link = link
        self.target = QComboBox()
        self.target.setAccessibleName(tr("Equipment"))
        for target, words in targets:
            self.target.addItem(words, target)
        self.fields.insertRow(0, tr("Equipment"), self.target)
        self.target.currentIndexChanged.connect(self._look)
        self._look()
        self._offer()
        self.why.setFocus()

    def chosen(self) -> str:
        """The target."""
        return str(self.target.currentData())

    def _look(self, *_: object) -> None:
        """What hangs on it decides whether one person is enough."""
        self._reach = reach(self._model, self.chosen())
        self._two = self._reach.highest > 0
        self.fields.setRowVisible(self.why, not self._two)
        self.send.setText(tr("Two persons…") if self._two else self._title)
        self._tell()

    def _words(self) -> Sequence[str]:
        points, limits, highest = self._reach
        return [
            tr("On it hang {points} points with {limits} limits, {n} of the highest level.", points=points, limits=limits, n=highest),
            tr("What stands when it is back or the time is over sounds. Your name and the reason stand in the change log."),
        ]

    def _kind(self) -> str:
        return KIND_TWO if self._two else KIND

    def _action(self, why: str) -> "Action":
        return partial(alarms.begin_service, target=self.chosen(), until=self.until(), why=why)

    def _begin_with_two(self) -> None:
        target, until = self.chosen(), self.until()
        make = lambda why: BeginServiceCritical(target=target, until=until, why=why)  # noqa: E731
        approve(self._link, self._acts, KIND_TWO, make, {"target": target, "until": until})
