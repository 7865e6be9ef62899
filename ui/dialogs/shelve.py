"""Shelve alarms: which, how long, why. The highest level goes the way of two persons by itself. It asks; the station decides."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from cityops_desktop.link.acts import ShelveCritical
from cityops_desktop.model.hidings import LONGEST_MS
from cityops_desktop.model.points import Level
from cityops_desktop.sentences import level_name
from cityops_desktop.texts import tr
from ui.actions import alarms
from ui.dialogs.approval import approve
from ui.dialogs.quiet import QuietDialog
from ui.models.hidden import condition_text, levels_of
from ui.models.room import RoomModel

if TYPE_CHECKING:
    from ui.acts import Action, Acts
    from ui.link import Link

KIND, KIND_TWO = "alarm.shelve", "alarm.shelve_critical"
LENGTHS = (15, 30, 60, 120, 240, 480, 720)
"""Minutes that are offered, as far as the level allows them."""
NAMED = 4
"""So many alarms are named in the dialog, the others counted."""
MOST, MOST_TWO = 100, 20
"""So many keys one act takes."""


def can_shelve(keys: Sequence[str]) -> bool:
    """Could these be shelved together? Not the station's own troubles, nor equipment that waits for its admission."""
    parts = [key.rpartition("#") for key in keys]
    return 0 < len(parts) <= MOST and all(subject != "station" and id not in ("new", "changed") for subject, _, id in parts)


def offer_shelve(link: "Link", acts: "Acts", model: RoomModel, keys: Sequence[str]) -> None:
    """The dialog, for whoever may shelve; who is not logged in is asked to first. `keys`: of alarms."""
    wanted = list(dict.fromkeys(keys))
    if not can_shelve(wanted):
        return
    two = Level.CRITICAL in levels_of(model, wanted)
    if two and len(wanted) > MOST_TWO:
        acts.said.emit(tr("Shelve: with one of the highest level among them {n} at a time is the most", n=MOST_TWO), False)
    else:
        acts.prepare(tr("Shelve"), KIND_TWO if two else KIND, lambda: acts.show(ShelveDialog(link, acts, model, wanted)))


class ShelveDialog(QuietDialog):
    """Names what is shelved, with its level; offers what the worst level allows."""

    def __init__(self, link: "Link", acts: "Acts", model: RoomModel, keys: Sequence[str]) -> None:
        levels = levels_of(model, keys)
        worst = min(levels)
        lines = [f"{level_name(level)}: {condition_text(model, key)}" for key, level in zip(keys[:NAMED], levels, strict=False)]
        if len(keys) > NAMED:
            lines.append(tr("and {n} more", n=len(keys) - NAMED))
        two = worst is Level.CRITICAL
        super().__init__(acts, model, tr("Shelve"), "\n".join(lines), lengths=LENGTHS, most=LONGEST_MS[worst], bound=True, two=two)
        self._link, self.keys = link, list(keys)
        self._offer()
        (self.length if two else self.why).setFocus()

    def _words(self) -> Sequence[str]:
        return [
            tr("Until then it makes no sound and stands in the list of what is kept quiet. It is recorded all the same."),
            tr("If it still stands then, it sounds again. Your name and the reason stand in the change log."),
        ]

    def _kind(self) -> str:
        return KIND_TWO if self._two else KIND

    def _action(self, why: str) -> "Action":
        return partial(alarms.shelve, keys=self.keys, until=self.until(), why=why)

    def _begin_with_two(self) -> None:
        keys, until = self.keys, self.until()
        make = lambda why: ShelveCritical(keys=keys, until=until, why=why)  # noqa: E731
        approve(self._link, self._acts, KIND_TWO, make, {"keys": "\n".join(keys), "until": until})
