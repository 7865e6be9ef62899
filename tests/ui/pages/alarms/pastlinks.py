"""A link that answers questions to all alarms from a made list, as the station does: filtered, newest first, a page at a time."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog

from cityops_desktop.link.acts import CommandResult, DeleteAlarmView, SaveAlarmView, ShareAlarmView
from cityops_desktop.link.alarmquery import AlarmsPage, AlarmViewInfo, AlarmViewsPage
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.link.people import SessionInfo
from cityops_desktop.model.alarms import AlarmState, Cause, Hidden
from cityops_desktop.model.people import Outcome
from tests.ui.rooms import NOW
from ui.models.room import RoomModel

COUNTED = 300


def past_alarms(model: RoomModel, count: int) -> list[AlarmInfo]:
    """Newest first, one every half hour; the first five have not ended, one of them is shelved."""
    points = [point for point in model.points.values() if point.limits and point.unit]
    found = []
    for n in range(count):
        point, raised = points[n * 7 % len(points)], NOW - n * 1_800_000 - 60_000
        limit = point.limits[n % len(point.limits)]
        state = (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED)[n % 3] if n < 5 else AlarmState.NORMAL
        seen = state in (AlarmState.ACKNOWLEDGED, AlarmState.NORMAL)
        found.append(
            AlarmInfo(
                id=f"past{n:05}",
                key=f"{point.key}#{limit.id}",
                subject=point.key,
                cause=Cause.HIGH if limit.kind.value == "high" else Cause.LOW,
                level=n % 4 + 1,
                state=state,
                raised=raised,
                value=limit.value,
                limit=limit.value,
                acknowledged=raised + 45_000 if seen else None,
                actor=f"p{n % 3}" if seen else None,
                actor_name=("张工", "Wang Li", "欧阳建国")[n % 3] if seen else None,
                returned=None if n < 5 and state is not AlarmState.RETURNED else raised + (n % 9 + 1) * 400_000,
                hidden=Hidden.SHELVED if n == 4 else None,
            )
        )
    return found


class PastLink(QObject):
    """`asked`: every question; `held` = answers wait for `tell`."""

    sessionChanged = Signal()

    def __init__(self, model: RoomModel, count: int = 250) -> None:
        super().__init__()
        self.model = model
        self.session: SessionInfo | None = None
        self.alarms = past_alarms(model, count)
        self.views: list[AlarmViewInfo] = []
        self.asked: list[dict[str, Any]] = []
        self.sent: list[BaseModel] = []
        self.waiting: list[Callable[[], None]] = []
        self.held = False
        self.refused = ""

    def ask(self, path: str, kind: type, callback: Callable[[Any], None], query: dict[str, Any] | None = None, *, wait_ms: int = 0) -> None:
        if path.endswith("/views"):
            callback(AlarmViewsPage(views=self.views))
            return
        told = {name: value for name, value in (query or {}).items() if value not in (None, "", [])}
        self.asked.append(told)
        self.waiting.append(lambda: callback(self.answer(told)))
        if not self.held:
            self.tell()

    def tell(self) -> None:
        """Answer the oldest question."""
        self.waiting.pop(0)()

    def answer(self, query: dict[str, Any]) -> AlarmsPage | CommandResult:
        if self.refused:
            return CommandResult(id="", outcome=Outcome.REFUSED, code=self.refused)
        rows = [alarm for alarm in self.alarms if self._fits(alarm, query)]
        first = int(query["after"].split(".")[1]) if "after" in query else 0
        shown = rows[first : first + query["limit"]]
        end = first + len(shown)
        return AlarmsPage(
            now=NOW,
            alarms=shown,
            next=f"{shown[-1].raised}.{end}" if end < len(rows) else None,
            count=min(len(rows), COUNTED) if first == 0 else None,
            more=len(rows) > COUNTED,
        )

    def _fits(self, alarm: AlarmInfo, query: dict[str, Any]) -> bool:
        words = f"{alarm.subject} {self.model.alarm_text(alarm).place} {self.model.alarm_text(alarm).point}".casefold()
        lasted = ((alarm.returned or NOW) - alarm.raised) / 1000
        return (
            alarm.raised >= query.get("from", 0)
            and alarm.raised < query.get("to", NOW * 2)
            and ("level" not in query or str(alarm.level) in query["level"])
            and ("state" not in query or alarm.state.value in query["state"])
            and ("hidden" not in query or alarm.hidden is not None)
            and ("point" not in query or alarm.subject in query["point"])
            and ("device" not in query or alarm.subject.rpartition(".")[0] in query["device"])
            and query.get("person", "") in (alarm.actor_name or "")
            and all(word in words for word in query.get("text", "").casefold().split())
            and query.get("least", 0) <= lasted <= query.get("most", 10**9)
        )

    def command(self, act: BaseModel, on_result: Callable[[CommandResult], None], wait_ms: int = 0) -> None:
        self.sent.append(act)
        if isinstance(act, SaveAlarmView):
            self.views = [view for view in self.views if view.name != act.name]
            self.views.append(AlarmViewInfo(id=f"v{len(self.sent)}", name=act.name, content=act.content, roles=[], own=True, owner="张工"))
        elif isinstance(act, DeleteAlarmView):
            self.views = [view for view in self.views if view.id != act.view]
        elif isinstance(act, ShareAlarmView):
            self.views = [view.model_copy(update={"roles": act.roles}) if view.id == act.view else view for view in self.views]
        on_result(CommandResult(id="", outcome=Outcome.DONE, data={"view": f"v{len(self.sent)}"}))


class PastActs(QObject):
    """Carries out whatever is wished."""

    carried = Signal()

    def __init__(self, link: PastLink) -> None:
        super().__init__()
        self._link = link
        self.shown: QDialog | None = None

    def why_not(self, kind: str) -> str:
        return ""

    def carry_out(self, name: str, kind: str, action: Any, then: Callable[[CommandResult], None] | None = None, **_more: object) -> None:
        action(self._link, on_result=then or (lambda result: None))
        self.carried.emit()
