"""All serial ports of patrol wands: as many as the room in force declares; what they tell is kept at once. Judges nothing."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import Connection

from cityops_desktop.duty.patrol import DAY_MS
from cityops_desktop.duty.wand import Line
from cityops_desktop.link.duty.patrol import WandInfo
from cityops_desktop.model.wands import Wand
from cityops_desktop.station.duty import patrolscans
from cityops_desktop.station.duty.part import DutyAround
from cityops_desktop.station.duty.wandport import WandPort
from cityops_desktop.store.trouble import StoreError

BY = "station"
"""The actor of what came by a port."""


class WandPorts:
    """Used from the station's loop; `take` from the ports' threads."""

    def __init__(self, around: DutyAround) -> None:
        self._around = around
        self._wands: tuple[Wand, ...] = ()
        self._open: list[WandPort] = []
        self._closing: asyncio.Task[None] | None = None

    def settle(self) -> None:
        """Open what the room declares, give back what it does not declare any more."""
        wands = self._around.room().wands
        if wands == self._wands or (self._closing is not None and not self._closing.done()):
            return
        self._wands = wands
        gone, self._open = self._open, []
        self._closing = asyncio.get_running_loop().create_task(self._exchange(gone))

    def told(self) -> list[WandInfo]:
        """How they do."""
        return [WandInfo(id=port.wand.id, port=port.wand.port, state=port.state, bad=port.bad) for port in self._open]

    async def close(self) -> None:
        """Give all of them back."""
        if self._closing is not None:
            await self._closing
        gone, self._open = self._open, []
        await asyncio.to_thread(_shut, gone)

    def take(self, id: str, lines: Sequence[Line]) -> bool:
        """Keep what a wand told; False while the store cannot. A line whose time lies far ahead, by a clock that is wrong, is worth what
        one without a time is."""
        now = self._around.clock.wall()
        timed, untimed = [], []
        for line in lines:
            if line.time is not None and line.time <= now + DAY_MS:
                timed.append((line.code, line.time, line.reader or id, line.person))
            else:
                untimed.append((line.code, now, line.reader or id, line.person))

        def whole(conn: Connection) -> None:
            for told, own in ((timed, True), (untimed, False)):
                if told:
                    patrolscans.take(conn, f"serial:{id}", told, BY, "", now, timed=own)

        try:
            self._around.store.write(whole).result()
        except StoreError:
            return False
        return True

    async def _exchange(self, gone: Sequence[WandPort]) -> None:
        await asyncio.to_thread(_shut, gone)
        self._open = [WandPort(wand, self._around.zone, self.take) for wand in self._wands]


def _shut(ports: Sequence[WandPort]) -> None:
    for port in ports:
        port.close()
