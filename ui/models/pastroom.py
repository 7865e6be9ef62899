"""The room as the pages that can go to the past show it: live, or at another time. One model to them; only the window says which.

Live, it is the other model's own tables and signals, passed on. In the past it holds what was in force then, and its clock stands
there. Never acts, and nothing of the past ever reaches the live model, the alarm bar, the sound or a wall.
"""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from cityops_desktop.model.points import Kind
from cityops_desktop.texts import tr
from ui.models.alarmindex import AlarmIndex
from ui.models.pastshots import PastShots, PastSource, Shot, live_at
from ui.models.room import RoomModel
from ui.models.shown import Shown


class PastRoom(RoomModel):
    """`travel` goes to a time and back; `past` is the time that is shown, `waiting` = its answers, or those of another one, are on
    their way."""

    arrived = Signal()
    """What is shown, or waited for, is another time."""

    def __init__(self, source: RoomModel, link: PastSource, parent: QObject | None = None) -> None:
        super().__init__(parent=parent)
        self._source = source
        self._shots = PastShots(link, self)
        self._shot: Shot | None = None
        self._wanted: int | None = None
        self._shots.ready.connect(self._arrive)
        source.replaced.connect(self._replaced)
        source.changed.connect(self._source_changed)
        source.alarmsChanged.connect(self._source_alarms)
        source.connectedChanged.connect(self._source_connected)
        source.stationChanged.connect(self._source_station)
        source.beat.connect(self._source_beat)
        self._take_over()

    # which time

    @property
    def waiting(self) -> bool:
        """Is another time wanted than the one that is shown?"""
        return self._wanted is not None and (self._shot is None or self._shot.time != self._wanted)

    @property
    def shot(self) -> Shot | None:
        """What came for the time that is shown; None = live, or nothing yet."""
        return self._shot

    def travel(self, time: int | None, following: int | None = None) -> None:
        """Show this time (UTC ms), or the room of now; `following` is asked for beforehand.

        From live to the past nothing is shown as known until the answers are there; from one past time to another the one before stays,
        with its own time, until then.
        """
        if time is None:
            self._back()
            return
        entering = self.past is None
        self._wanted = time
        if entering:
            self.past, self._shot = time, None
            self._show_past()
        self._shots.set_points(key for key, point in self.points.items() if point.kind is not Kind.TEXT)
        self._shots.want(time, following)
        self.arrived.emit()

    def _back(self) -> None:
        if self.past is None:
            return
        self._shots.stop()
        self.past = self._shot = self._wanted = None
        self._take_over()
        self._tell_all()
        self.arrived.emit()

    def _arrive(self, shot: Shot) -> None:
        if self.past is None or shot.time != self._wanted:
            return
        self.past, self._shot = shot.time, shot
        self._show_past()
        self.arrived.emit()

    # what the views read

    def now(self) -> int:
        """The station's clock, or the time that is shown."""
        return self._source.now() if self.past is None else self.past

    def silence(self) -> float:
        """Seconds since the station was last heard."""
        return self._source.silence()

    def newest_age(self) -> float:
        """Seconds since the newest good reading of the whole room."""
        return self._source.newest_age()

    def effect_left(self) -> float:
        """As the live room."""
        return self._source.effect_left()

    def shown(self, key: str) -> Shown:
        """What may be painted of a point; of one that nothing is known of, why."""
        told = super().shown(key)
        return replace(told, reason=self._why(key)) if self.past is not None and key not in self.live else told

    def _why(self, key: str) -> str:
        point = self.points.get(key)
        if point is not None and point.kind is Kind.TEXT:
            return tr("texts are not recorded")
        if self._shot is None:
            return tr("loading…")
        return tr("the station did not answer") if key in self._shot.silent else tr("nothing recorded then")

    # what the live room says

    def _take_over(self) -> None:
        """The tables of the live room: the same ones, so that they stay as new as it is."""
        source = self._source
        self.room, self.points, self.devices, self.buses = source.room, source.points, source.devices, source.buses
        self.zone = source.zone
        if self.past is None:
            self.live, self.index, self.alarms, self.station = source.live, source.index, source.alarms, source.station
            self.connected, self.newest, self.lost_since = source.connected, source.newest, source.lost_since

    def _show_past(self) -> None:
        assert self.past is not None
        shot = self._shot or Shot(self.past)
        known = [(key, row) for key, row in shot.rows.items() if key in self.points]
        self.live = {key: live_at(self.points[key], row, shot.time) for key, row in known}
        self.index = AlarmIndex()
        self.index.replace(shot.alarms, self.points)
        self.alarms = self.index.alarms
        self.connected = True
        self._tell_all()

    def _tell_all(self) -> None:
        self.changed.emit(frozenset(self.points))
        self.alarmsChanged.emit(frozenset(self.alarms))
        self.beat.emit()

    def _replaced(self) -> None:
        self._take_over()
        self.replaced.emit()
        self.stationChanged.emit()
        if self.past is not None:
            wanted, self._shot = self._wanted or self.past, None
            self._show_past()
            self.travel(wanted)

    def _source_changed(self, keys: frozenset[str]) -> None:
        if self.past is None:
            self.changed.emit(keys)

    def _source_alarms(self, ids: frozenset[str]) -> None:
        if self.past is None:
            self.alarmsChanged.emit(ids)

    def _source_connected(self, connected: bool) -> None:
        if self.past is None:
            self._take_over()
            self.connectedChanged.emit(connected)

    def _source_station(self) -> None:
        if self.past is None:
            self.station = self._source.station
            self.stationChanged.emit()

    def _source_beat(self) -> None:
        if self.past is None:
            self.beat.emit()
