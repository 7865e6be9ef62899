"""Questions about the alarms of a past time. Who may see which is one rule (people/sight.py); the store is read in a worker thread."""

from collections.abc import Callable

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.messages import RoomInfo
from cityops_desktop.link.pastalarms import AlarmsThen
from cityops_desktop.station.access import Access
from cityops_desktop.station.alarmquery import LOOKED_AT, sight_of
from cityops_desktop.station.asking import look_up
from cityops_desktop.station.info import alarm_info
from cityops_desktop.store.pastalarms import stood_at
from cityops_desktop.store.store import Store

MOST_SECONDS = 2.0


class StationPastAlarms:
    """Implements cityops_desktop.link.pastalarms_api.PastAlarmsDesk."""

    def __init__(self, room: Callable[[], RoomInfo], store: Store, access: Access) -> None:
        self._room = room
        self._store = store
        self._access = access

    async def alarms_at(self, time: int, credentials: Credentials) -> AlarmsThen:
        """The alarms that stood at this time (UTC ms) and that this person may see. Refused while the store cannot answer."""
        stood = await look_up(self._store, lambda conn: stood_at(conn, time), MOST_SECONDS)
        sight = sight_of(self._room())
        guarded = {sight.device(alarm.subject) for alarm in stood.alarms if sight.guarded(alarm.subject)}
        withheld = await self._access.withheld(guarded, LOOKED_AT, credentials)
        shown = [alarm for alarm in stood.alarms if sight.device(alarm.subject) not in withheld]
        return AlarmsThen(time=time, alarms=[alarm_info(alarm) for alarm in shown], more=stood.more)
