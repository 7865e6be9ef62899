"""What is done about alarms besides acknowledging them: latched ones are reset, what is kept quiet is taken back. The station decides."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.texts import tr
from ui.actions import alarms as actions
from ui.models.hidden import Entry, Way

if TYPE_CHECKING:
    from ui.acts import Acts


def can_reset(alarms: Iterable[AlarmInfo]) -> list[str]:
    """Ids of those that are latched and acknowledged: somebody has looked, they may be let go."""
    return [alarm.id for alarm in alarms if alarm.state is AlarmState.LATCHED_ACKNOWLEDGED]


def reset_latched(acts: "Acts", ids: Sequence[str]) -> None:
    """Let these latched alarms go."""
    if ids:
        acts.carry_out(tr("Reset"), "alarm.reset", partial(actions.reset, alarms=list(ids)))


def take_back(acts: "Acts", entries: Sequence[Entry]) -> None:
    """What is shelved or out of service is heard again."""
    keys = [one.id for one in entries if one.way is Way.SHELF]
    if keys:
        acts.carry_out(tr("Take back"), "alarm.unshelve", partial(actions.unshelve, keys=keys))
    for one in entries:
        if one.way is Way.SERVICE:
            acts.carry_out(tr("In service again"), "service.end", partial(actions.end_service, target=one.id))
