"""Questions about the alarms of a past time. Whoever sees the room of now may see them; the store is read in a worker thread."""

import asyncio

from cityops_desktop.link.pastalarms import AlarmsThen
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.info import alarm_info
from cityops_desktop.store.pastalarms import stood_at
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreCode, StoreError

MOST_SECONDS = 2.0


class StationPastAlarms:
    """Implements cityops_desktop.link.pastalarms_api.PastAlarmsDesk."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def alarms_at(self, time: int) -> AlarmsThen:
        """The alarms that stood at this time (UTC ms). Refused while the store cannot answer."""
        try:
            stood = await asyncio.to_thread(self._store.read, lambda conn: stood_at(conn, time), MOST_SECONDS)
        except StoreError as error:
            raise Refused("search_too_slow" if error.code is StoreCode.TOO_SLOW else "busy") from error
        return AlarmsThen(time=time, alarms=[alarm_info(alarm) for alarm in stood.alarms], more=stood.more)
