"""Sounds while somebody is needed: unacknowledged alarms that nobody silenced, and a station that was lost; after the tone what it is, in
words. Decides no alarm.

Says in words when it cannot be heard; a console without sound must never look like a quiet room.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QObject, Qt, QTemporaryDir, QTimer, Signal

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.points import Level
from cityops_desktop.sentences import level_name
from cityops_desktop.texts import language, tr
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.player import PLAYERS, Player, Remark
from ui.speech import Speaker
from ui.tones import PATTERNS, RATE, tone, tone_samples, wav

log = logging.getLogger(__name__)

INTERVAL_MS = {1: 2000, 2: 4000, 3: 8000, 4: 16000}
RETRY_MS = 30_000
MUTE_SECONDS = 120
"""So long the sound of a lost station can be silenced at a console: as long as any other silence."""
SETTLE_SECONDS = 1.0
LONGEST_SETTLE_SECONDS = 3.0
"""A sentence waits until no new alarm has come for the first time, but no longer than for the second: a burst becomes one sentence."""
FLOOD = 5
FLOOD_SECONDS = 10.0
"""More new alarms than this in that time are told as one sentence, the next of which comes after the same time."""
MOST_ALWAYS = 3
"""So many critical alarms of a flood are still told one by one."""
AGAIN_SECONDS = 30.0
"""What sounds is said again so much later."""
TONE_SECONDS = 1.0
"""A new alarm does not begin the tone anew within this time of the last."""
GAP_MS = 300
"""Between two sentences."""
LATE_MS = 20
"""A timer that ends a moment too early would find nothing settled yet."""
VOLUMES: Mapping[str, float] = MappingProxyType({"low": 0.25, "middle": 0.6, "high": 1.0})
"""There is no volume 0: a console that is connected and cannot be heard would be one that nobody notices."""
VOICES = ("clips", "system", "off")


class Sound(QObject):
    """Plays the tone of the worst audible alarm again and again through a player of the system, and says what it is."""

    wordsChanged = Signal(str)

    def __init__(
        self,
        model: RoomModel,
        players: Sequence[Sequence[str]] = PLAYERS,
        speaker: Speaker | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._monotonic = model, monotonic
        self.speaker = speaker
        self.voice = "clips"
        """One of VOICES: who says the words."""
        self.volume = "middle"
        """One of VOLUMES."""
        self._player = Player(players, self)
        self._folder = QTemporaryDir()
        self._audible: dict[str, AlarmInfo] = {}
        self._heard_now: Mapping[str, AlarmInfo] = self._audible
        self._level = self._played_level = 0
        self._tone_at = float("-inf")
        self._silenced_until: int | None = None
        self._silenced: set[str] = set()
        self._silenced_level = 0
        self._lost = False
        self._mute_ends: float | None = None
        self._was_connected = model.connected
        self._words = ""
        self._news = _News(monotonic)
        self._saying = ""
        self._said_at = float("-inf")
        self._again = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._again.timeout.connect(self._play)
        self._player.ended.connect(self._played)
        self.set_volume(self.volume)
        model.replaced.connect(self._recount)
        model.alarmsChanged.connect(self._changed)
        for signal in (model.stationChanged, model.beat):
            signal.connect(self._look)
        model.connectedChanged.connect(self._connected)
        self._recount()

    # what people may ask of it

    def set_volume(self, volume: str) -> None:
        """One of VOLUMES, for tones and words."""
        self.volume = volume
        for level in PATTERNS:
            self._file(level).write_bytes(tone(level, VOLUMES[volume]))

    def try_out(self) -> None:
        """How it sounds: a tone and a word; not while something is the matter."""
        if not self._level and not self._player.playing:
            self._speak(4, self.speaker.test(self._model) if self.speaker else [], tr("Test"))

    def mute_lost(self) -> bool:
        """Silence this console for two minutes while there is no station; False when that is not why it sounds."""
        if not self._lost or self._muted:
            return False
        self._mute_ends = self._monotonic() + MUTE_SECONDS
        self._look()
        return True

    @property
    def level(self) -> int:
        """The level that sounds now; 0 = quiet."""
        return self._level

    @property
    def available(self) -> bool:
        """Is there a player that has not failed?"""
        return self._player.available

    def stop(self) -> None:
        """Quiet, for ever."""
        self._again.stop()
        self._level = 0
        self._player.stop()

    # what is heard

    @property
    def _muted(self) -> bool:
        return self._lost and self._mute_ends is not None and self._monotonic() < self._mute_ends

    def _connected(self, connected: bool) -> None:
        self._lost = not connected and self._was_connected
        self._was_connected |= connected
        self._mute_ends = None
        self._look()

    def _recount(self) -> None:
        self._audible = {alarm.id: alarm for alarm in self._model.index.audible()}
        self._look()

    def _changed(self, ids: frozenset[str]) -> None:
        for id in ids:
            alarm = self._model.alarms.get(id)
            if alarm is not None and alarm.audible:
                self._audible[id] = alarm
            else:
                self._audible.pop(id, None)
        self._look()

    def _look(self) -> None:
        until = self._model.station.silenced_until if self._model.station else None
        if until != self._silenced_until:
            self._begin_silence(until)
        silent = until is not None and until > self._model.now()
        heard = self._heard_now = {} if self._muted else self._heard(silent)
        fresh = self._news.look(heard, self._audible, self._silenced if silent else set())
        if not heard:
            self._saying = ""
        lost = self._lost and not self._muted and not self._model.effect_left()
        self._set_level(min([alarm.level for alarm in heard.values()] + [1] * lost, default=0), fresh)
        self._tell(silent and bool(self._audible), until)

    def _begin_silence(self, until: int | None) -> None:
        """Who is silenced: all that the room has at this moment, even what waits to be told to the pages."""
        self._silenced_until = until
        audible = {alarm.id: alarm.level for alarm in self._model.index.audible()} if until else {}
        self._silenced, self._silenced_level = set(audible), min(audible.values(), default=4)

    def _heard(self, silent: bool) -> dict[str, AlarmInfo]:
        if not silent:
            return self._audible
        return {id: one for id, one in self._audible.items() if id not in self._silenced and one.level <= self._silenced_level}

    def _set_level(self, level: int, fresh: int) -> None:
        """`fresh` is the level of the worst new alarm; 0 = there is none."""
        self._level = level
        playing = self._player.playing
        if not level:
            self._again.stop()
            if self._played_level:
                self._player.stop()
            self._played_level = 0
        elif playing:
            if level < (self._played_level or 9):
                self._news.put_back(self._saying, self._played_level)
                self._play()
        elif not self._played_level or level < self._played_level or (fresh and self._monotonic() - self._tone_at >= TONE_SECONDS):
            self._play()
        elif fresh and self._again.remainingTime() > SETTLE_SECONDS * 1000:
            self._again.start(round(SETTLE_SECONDS * 1000))
        if level and not playing:
            self._played_level = max(self._played_level, level)

    def _tell(self, silent: bool, until: int | None) -> None:
        if not self.available:
            words = tr("No sound output: watch the screen")
        elif self._muted and self._mute_ends is not None:
            left = round((self._mute_ends - self._monotonic()) * 1000)
            words = tr("Silenced until {time}", time=time_text(self._model.now() + left, self._model.zone))
        elif silent and not self._level and until is not None:
            words = tr("Silenced until {time}", time=time_text(until, self._model.zone, self._model.now()))
        else:
            words = ""
        if words != self._words:
            self._words = words
            self.wordsChanged.emit(words)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self._words = "\0"
        self._look()

    # what is played

    def _file(self, level: int) -> Path:
        return Path(self._folder.path()) / f"level{level}.wav"

    def _play(self) -> None:
        if not self._level:
            return
        self._played_level, self._tone_at, self._saying = self._level, self._monotonic(), ""
        words, text = self._sentence()
        if words or text:
            self._said_at = self._tone_at
        self._speak(self._level, words, text)

    def _speak(self, level: int, words: Sequence[str], text: str) -> None:
        volume = VOLUMES[self.volume]
        file, samples = self._file(level), tone_samples(level, volume)
        if self.voice == "clips" and words and self.speaker is not None:
            try:
                samples += self.speaker.samples(["", *words], volume)
                file = file.with_name("spoken.wav")
                file.write_bytes(wav(samples))
            except OSError as error:
                log.warning("a sentence cannot be spoken: %s", error)
                file = self._file(level)
        remark = Remark(text, language()) if self.voice == "system" and text and self.speaker is not None else None
        self._player.play(file, len(samples) / RATE, remark)

    def _sentence(self) -> tuple[list[str], str]:
        """What is said now, in words of the bank and as a text; nothing in most cases."""
        speaker, model = self.speaker, self._model
        if speaker is None or self.voice == "off":
            self._news.clear()
            return [], ""
        flood, id = self._news.next()
        if flood is not None:
            many, level = flood
            text = tr("{n} new alarms, the highest: {level}", n=many, level=level_name(level))
            return speaker.flood(many, level, model), text
        if id in self._heard_now:
            self._saying = id
            return self._one(speaker, self._heard_now[id], 0)
        if self._monotonic() - self._said_at < AGAIN_SECONDS or self._news.waiting:
            return [], ""
        worst = min(self._heard_now.values(), key=lambda one: (one.level, -one.raised), default=None)
        if self._lost:
            return speaker.lost(model), tr("No station")
        return self._one(speaker, worst, len(self._heard_now) - 1) if worst is not None else ([], "")

    def _one(self, speaker: Speaker, alarm: AlarmInfo, others: int) -> tuple[list[str], str]:
        text = self._model.alarm_text(alarm)
        level = level_name(alarm.level)
        whole = ", ".join(filter(None, (level, text.place if text.place not in text.sentence else "", text.sentence)))
        return speaker.alarm(alarm, self._model, others), whole

    def _played(self, well: bool) -> None:
        self._saying = ""
        if self._level:
            self._again.start(self._news.delay_ms(INTERVAL_MS[self._level]) if well else RETRY_MS)
        self._look()


class _News:
    """Alarms that have just come and were not told yet; knows when many are one flood."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._known: set[str] = set()
        self._fresh: dict[str, int] = {}
        self._singles: dict[str, int] = {}
        self._arrivals: deque[float] = deque()
        self._first = self._last = self._flood_at = float("-inf")

    @property
    def waiting(self) -> bool:
        """Is there something that was not told yet?"""
        return bool(self._fresh or self._singles)

    def look(self, heard: Mapping[str, AlarmInfo], audible: Collection[str], silenced: Collection[str]) -> int:
        """What is heard now: the level of the worst that is new, 0 = none. What nobody hears any more is not told."""
        now = self._monotonic()
        new = {id: one.level for id, one in heard.items() if id not in self._known}
        if new:
            if not self._fresh:
                self._first = now
            self._last = now
            self._fresh.update(new)
            self._arrivals.extend([now] * len(new))
        self._known = {id for id in audible if id in self._known or id in heard or id in silenced}
        self._fresh = {id: level for id, level in self._fresh.items() if id in heard}
        self._singles = {id: level for id, level in self._singles.items() if id in heard}
        while self._arrivals and self._arrivals[0] < now - FLOOD_SECONDS:
            self._arrivals.popleft()
        return min(new.values(), default=0)

    def clear(self) -> None:
        """All is told."""
        self._fresh.clear()
        self._singles.clear()

    def put_back(self, id: str, level: int) -> None:
        """This one was interrupted: it is told once more."""
        if id:
            self._singles[id] = level

    def next(self) -> tuple[tuple[int, int] | None, str]:
        """What is to be told now: a flood (how many, the worst level), or one alarm's id; neither while more may come at any moment."""
        if self._fresh:
            if self._monotonic() < self._settles():
                return None, ""
            if len(self._arrivals) <= FLOOD:
                self._singles.update(self._fresh)
                self._fresh.clear()
            elif self._monotonic() >= self._flood_at + FLOOD_SECONDS:
                return self._flood(), ""
        if not self._singles:
            return None, ""
        worst = min(self._singles, key=lambda id: self._singles[id])
        del self._singles[worst]
        return None, worst

    def delay_ms(self, usual: int) -> int:
        """When the next sound is due after one that has just ended."""
        now = self._monotonic()
        due = self._settles() if self._fresh else now
        if self._fresh and due <= now and len(self._arrivals) > FLOOD and not self._singles:
            due = max(now, self._flood_at + FLOOD_SECONDS)
        return min(max(GAP_MS, round((due - now) * 1000) + LATE_MS), usual) if self.waiting else usual

    def _settles(self) -> float:
        return min(self._last + SETTLE_SECONDS, self._first + LONGEST_SETTLE_SECONDS)

    def _flood(self) -> tuple[int, int]:
        told = len(self._fresh), min(self._fresh.values())
        critical = {id: level for id, level in self._fresh.items() if level == Level.CRITICAL}
        if len(critical) <= MOST_ALWAYS:
            self._singles.update(critical)
        self._fresh.clear()
        self._flood_at = self._monotonic()
        return told
