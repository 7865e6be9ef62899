"""The wall display: the state of the whole room, readable across it, on one monitor and without anybody's hand.

Shows the worst state, the age of the newest data, what nobody has acknowledged and what is heading for a limit; grey while all is
well, filled with one word when there is no station. Opens no dialog, asks nobody who he is, acknowledges nothing, makes no sound.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QFont, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from cityops_desktop.link.messages import WarningInfo
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.forecasts import Forecasts
from ui.models.groups import GroupState, group_states
from ui.models.needs import Need, needs, usable
from ui.models.room import RoomModel, looks_of
from ui.models.shown import NOTHING, moment, span_text, time_text, with_unit
from ui.models.warnings import heading, in_force
from ui.wall.awake import Awake
from ui.wall.groups import frame, group_letterings, paint_groups
from ui.wall.letters import block, character, largest, one_of
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted
from ui.widgets.warningsign import paint_sign, token

REPAINT_MS = 1000
GRACE_SECONDS = 5.0
"""A wall that has just been opened looks for its station in peace for so long."""
LEAVE_SECONDS = 5.0
OLD_SECONDS = 15.0
TOKENS = ("critical", "major", "minor", "warning")


class Wall(QWidget):
    """One monitor. `paints` counts real paint events: the repaint heartbeat is made of it. Ctrl+W twice closes it."""

    closed = Signal()

    def __init__(self, model: RoomModel, forecasts: Forecasts, awake: Awake, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint)
        self._model, self._forecasts, self._awake = model, forecasts, awake
        self._clock = clock
        self._begun = clock()
        self._leave_until = self._hint_until = 0.0
        self._worst: Need | None = None
        self._needs: list[Need] = []
        self._groups: list[GroupState] = []
        self._warnings: list[WarningInfo] = []
        self._texts: list[Lettering] = []
        self._next: list[tuple[QRect, Need]] = []
        """What comes after the worst, with the place of its sign."""
        self.paints = 0
        self.setObjectName("wall")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._second = QTimer(self, interval=REPAINT_MS)
        self._second.timeout.connect(self.refresh)
        self._second.start()
        for signal in (model.replaced, model.alarmsChanged, model.connectedChanged, forecasts.changed, awake.changed):
            signal.connect(self.refresh)
        theme.changes.themeChanged.connect(self.refresh)
        model.replaced.connect(self._show_levels)
        self.refresh()

    def _show_levels(self) -> None:
        """In the room's own colours."""
        if self._model.room is not None:
            theme.show_levels(looks_of(self._model.room.levels))

    def count(self) -> int:
        """How often it has been painted."""
        return self.paints

    # what is to be seen

    def refresh(self, *_: object) -> None:
        """Everything anew, and painted anew: a wall whose picture stands still is a dead wall."""
        if self._model.connected and self._model.room is not None:
            self._needs = needs(self._model)
            self._groups = group_states(self._model)
        else:
            self._needs, self._groups = [], []
        self._worst = self._needs[0] if self._needs else None
        self._arrange()
        self.update()

    @property
    def lost(self) -> bool:
        """Is there nothing to be shown but that there is no station?"""
        return not self._model.connected or self._model.room is None

    def _arrange(self) -> None:
        if self.width() < 200 or self.height() < 150:
            self._texts = []
            return
        texts, wholes = [*self._head(), *self._foot()], [self._foot_words(), self._room_words()]
        self._next = []
        self._warnings = [] if self.lost else in_force(self._model)
        if self.lost:
            texts += self._lost_texts()
        else:
            texts += [
                *self._warning_texts(wholes),
                *self._state_texts(wholes),
                *self._figure_texts(wholes),
                *group_letterings(self._groups, self._strip(), wholes),
            ]
        self._texts = texts
        self.setToolTip("\n".join(filter(None, wholes)))
        self.setWindowTitle(f"{self._room_words()} · {tr('Wall display')}")
        self.setAccessibleName(tr("Wall display"))
        self.setAccessibleDescription(" ".join(one.text for one in texts))

    @property
    def least(self) -> int:
        """The height that the four great figures' characters have at least: 1/15 of the screen's. On an upright one 1/18 of its width."""
        return -(-min(self.height(), self.width() * 5 // 6) // 15)

    @property
    def _great(self) -> int:
        return character(self.least)

    def _y(self, part: float) -> int:
        return round(self.height() * part)

    @property
    def _edge(self) -> int:
        return max(12, self.width() // 80)

    def _small(self, part: int) -> int:
        return max(12, min(self.height(), self.width()) // part)

    # the head: which room, what time

    def _room_words(self) -> str:
        room = self._model.room
        return pick(room.names) if room else tr("No room yet")

    def _head(self) -> list[Lettering]:
        now = moment(self._model.now(), self._model.zone)
        size, clock = self._small(24), self._small(17)
        high = self._y(0.075)
        words = f"{now:%H:%M:%S}"
        wide = lettering.width("00:00:00", clock, True) + 2
        right = self.width() - self._edge
        date = lettering.width("0000-00-00", size) + 2
        texts = [
            Lettering(QRect(right - wide, 0, wide, high), words, clock, True, right=True),
            Lettering(QRect(right - wide - date - 2 * size // 2, 0, date, high), f"{now:%Y-%m-%d}", size, colour="text_dim"),
        ]
        left = self._edge
        mark = self._demo_mark()
        if not mark.isNull():
            texts.append(Lettering(mark.adjusted(size // 2, 0, -size // 2, 0), tr("DEMO"), size, True, "on_demo"))
            left = mark.right() + size // 2
        texts.append(fitted(QRect(left, 0, texts[1].rect.left() - left - size, high), self._room_words(), size, True))
        return texts

    def _demo_mark(self) -> QRect:
        room = self._model.room
        if room is None or room.origin != "demo":
            return QRect()
        size = self._small(24)
        wide = lettering.width(tr("DEMO"), size, True) + size + 2
        high = self._y(0.075)
        return QRect(self._edge, round(high * 0.14), wide, round(high * 0.72))

    # warnings in force

    def _warning_strip(self) -> QRect:
        """Of no height while there is none."""
        high = self._y(0.055) if self._warnings else 0
        return QRect(self._edge, self._y(0.08), self.width() - 2 * self._edge, high)

    def _warning_texts(self, wholes: list[str]) -> list[Lettering]:
        if not self._warnings:
            return []
        place, size, worst = self._warning_strip(), self._small(26), self._warnings[0]
        left = place.left() + place.height() + size
        since = tr("since {time}", time=time_text(worst.issued, self._model.zone, self._model.now()))
        more = tr("and {n} more", n=len(self._warnings) - 1) if len(self._warnings) > 1 else ""
        wholes += [heading(one) for one in self._warnings]
        room = place.right() - left - 2 * size - lettering.width(heading(worst), size, True)
        words = one_of([" · ".join(filter(None, (since, more))), more], room, size, False)
        wide = lettering.width(words, size) + 2
        right = QRect(place.right() - wide - size // 2, place.top(), wide, place.height())
        return [
            fitted(QRect(left, place.top(), right.left() - left - size, place.height()), heading(worst), size, True),
            *([Lettering(right, words, size, colour="text_dim", right=True)] if words else []),
        ]

    def _paint_warnings(self, painter: QPainter) -> None:
        if not self._warnings:
            return
        now, place, colour = theme.current(), self._warning_strip(), self._warnings[0].colour
        painter.fillRect(place, QColor(now.panel))
        bar = max(6, self._edge // 2)
        painter.fillRect(QRect(place.left(), place.top(), bar, place.height()), QColor(getattr(now, token(colour))))
        side = place.height() * 0.56
        paint_sign(painter, QRectF(place.left() + bar + side / 2, place.center().y() - side / 2, side, side), colour)

    # the state of the room

    def _state(self) -> QRect:
        strip = self._warning_strip()
        top = strip.top() + (strip.height() + self._y(0.01) if self._warnings else 0)
        return QRect(self._edge, top, self.width() - 2 * self._edge, self._y(0.57) - top)

    def _state_texts(self, wholes: list[str]) -> list[Lettering]:
        place, great = self._state(), self._great
        high = round(great * 1.3)
        colour = self._ink()
        inner = place.adjusted(great // 3, great // 10, -great // 3, -great // 10)
        worst = self._worst
        if worst is None:
            word, sentence = tr("In order"), self._calm_words()
        else:
            word, sentence = worst.word, f"{worst.place}  {worst.sentence}".strip()
        left = inner.left() + (round(great * 1.25) if worst is not None and worst.level else 0)
        size = self._small(26)
        notes = self._notes(worst)
        wide = max((lettering.width(one, size) for one in notes), default=0) + 2
        texts = [fitted(QRect(left, inner.top(), inner.right() - left - wide - size, high), word, round(great * 1.1), True, colour)]
        for n, note in enumerate(notes):
            texts.append(
                Lettering(QRect(inner.right() - wide, inner.top() + n * high // 2, wide, high // 2), note, size, colour=colour, right=True)
            )
        wholes.append(sentence)
        room = QRect(inner.left(), inner.top() + high + great // 8, inner.width(), inner.height() - high - great // 8)
        calm = worst is None
        size = great if calm else largest(room, sentence, great)
        texts += block(room, sentence, size, bold=not calm and worst is not None and worst.bold, colour="text_dim" if calm else colour)
        room.setTop(texts[-1].rect.bottom() + great // 4)
        return [*texts, *self._next_texts(room, colour, wholes)]

    def _next_texts(self, room: QRect, colour: str, wholes: list[str]) -> list[Lettering]:
        """What comes after the worst, smaller, in the room that its sentence leaves."""
        size = self._small(20)
        high = round(size * 1.42)
        texts = []
        for n, need in enumerate(self._needs[1 : 1 + max(0, room.height() // high)]):
            line = QRect(room.left(), room.top() + n * high, room.width(), high)
            sentence = f"{need.place}  {need.sentence}".strip()
            wholes.append(sentence)
            self._next.append((QRect(line.left(), line.top() + (high - size) // 2, size, size), need))
            texts.append(fitted(line.adjusted(round(size * 1.4), 0, 0, 0), sentence, size, colour=colour))
        return texts

    def _calm_words(self) -> str:
        good = sum(usable(self._model.live.get(key)) for key in self._model.points)
        return tr("{good} of {all} points known", good=good, all=len(self._model.points))

    def _notes(self, worst: Need | None) -> list[str]:
        if worst is None:
            return []
        notes = [worst.state]
        if worst.since is not None:
            notes[0] += "  " + tr("since {time}", time=time_text(worst.since, self._model.zone, self._model.now()))
        if len(self._needs) > 1:
            notes.append(tr("and {n} more", n=len(self._needs) - 1))
        return notes

    def _filled(self) -> bool:
        worst = self._worst
        return worst is not None and bool(worst.level) and worst.filled and worst.bold

    def _ink(self) -> str:
        return f"on_{TOKENS[self._worst.level - 1]}" if self._filled() and self._worst is not None else "text"

    # the three figures

    def _columns(self) -> list[QRect]:
        top, bottom = self._y(0.585), self._y(0.805)
        wide = (self.width() - 2 * self._edge) // 3
        return [QRect(self._edge + n * wide, top, wide - self._edge // 2, bottom - top) for n in range(3)]

    def _figure_texts(self, wholes: list[str]) -> list[Lettering]:
        age = self._model.newest_age()
        waiting = sum(count.unseen for count in self._model.index.counts().values())
        minutes, heading = self._heading_words()
        told = (
            (tr("Newest data, age"), self._age_words(age), tr("old: somebody must look") if age > OLD_SECONDS else "", age > OLD_SECONDS),
            (tr("Not acknowledged"), [str(waiting)], "", waiting > 0),
            (tr("Time to a limit"), minutes, heading, minutes[0] != NOTHING),
        )
        texts: list[Lettering] = []
        small = self._small(32)
        high = round(small * 1.45)
        for place, (title, figures, note, bold) in zip(self._columns(), told, strict=True):
            inner = place.adjusted(small // 2, 0, -small // 2, 0)
            texts.append(fitted(QRect(inner.left(), inner.top(), inner.width(), high), title, small, colour="text_dim"))
            middle = QRect(inner.left(), inner.top() + high, inner.width(), inner.height() - 2 * high)
            colour = "text" if bold else "text_dim"
            texts.append(Lettering(middle, one_of(figures, middle.width(), self._great, bold), self._great, bold, colour))
            if note:
                wholes.append(note)
                texts.append(fitted(QRect(inner.left(), inner.bottom() + 1 - high, inner.width(), high), note, small))
        return texts

    @staticmethod
    def _age_words(age: float) -> list[str]:
        """The whole, and what is left of it on a narrow screen."""
        coarse = age - age % (86400 if age >= 86400 else 3600) if age >= 3600 else age
        shorter = tr("{d} d", d=int(coarse // 86400)) if age >= 86400 else tr("{h} h", h=int(coarse // 3600)) if age >= 3600 else ""
        return [span_text(age), *([shorter] if shorter and age != float("inf") else [])]

    def _heading_words(self) -> tuple[list[str], str]:
        heading = self._forecasts.soonest()
        if heading is None:
            return [NOTHING], tr("nothing is heading for a limit") if self._forecasts.known else tr("not known yet")
        point = self._model.points[heading.point]
        device = self._model.devices.get(point.device)
        name = f"{pick(device.names)} {pick(point.names)}" if device else pick(point.names)
        way = "↑" if heading.rises else "↓"
        return [tr("{n} min", n=max(1, round(heading.minutes)))], f"{way} {with_unit(point, heading.limit)}  {name}"

    # groups and foot

    def _strip(self) -> QRect:
        return QRect(self._edge, self._y(0.82), self.width() - 2 * self._edge, self._y(0.955) - self._y(0.82))

    def _foot_words(self) -> str:
        if self._clock() < self._leave_until:
            return tr("Ctrl+W once more closes this wall display")
        if self._clock() < self._hint_until:
            return tr("Ctrl+W twice closes this wall display")
        ways = ", ".join(sorted(self._awake.ways))
        if self._awake.screen_stays:
            sleep = tr("The screen is kept awake ({ways})", ways=ways)
        elif ways:
            sleep = tr("The machine stays awake ({ways}), but the screen may go dark", ways=ways)
        else:
            sleep = tr("The screen may go dark: nothing here keeps it awake")
        return f"{sleep} · {tr('No sound from this wall')}"

    def _foot(self) -> list[Lettering]:
        size = self._small(48)
        top = self._y(0.958)
        return [
            fitted(QRect(self._edge, top, self.width() - 2 * self._edge, self.height() - top), self._foot_words(), size, False, "text_dim")
        ]

    # no station

    def _lost_bar(self) -> QRect:
        return QRect(0, self._y(0.22), self.width(), self._y(0.58))

    def _lost_texts(self) -> list[Lettering]:
        bar, great = self._lost_bar(), self._great
        inner = bar.adjusted(3 * self._edge, great // 4, -self._edge, -great // 4)
        if self._model.room is None and self._clock() - self._begun < GRACE_SECONDS:
            return block(inner, tr("Looking for the station …"), great, bold=True, colour="page")
        word = tr("NO STATION")
        huge = min(2 * great, great * inner.width() // max(1, lettering.width(word, great, True)))
        high = round(huge * 1.25)
        since = self._model.lost_since
        now = self._model.now()
        then = tr("since {time}", time=time_text(since, self._model.zone, now)) if since is not None else ""
        rest = QRect(inner.left(), inner.top() + high, inner.width(), inner.height() - high)
        row = round(great * 1.25)
        return [
            Lettering(QRect(inner.left(), inner.top(), inner.width(), high), word, huge, True, "page"),
            *block(QRect(rest.left(), rest.top(), rest.width(), row), then, great, colour="page"),
            *block(rest.adjusted(0, row, 0, 0), tr("This screen shows nothing of the room"), great, colour="page"),
        ]

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        self.paints += 1
        now = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(now.page))
        if self.lost:
            self._paint_lost(painter)
        else:
            self._paint_warnings(painter)
            self._paint_state(painter)
            self._paint_figures(painter)
            paint_groups(painter, self._groups, self._strip())
        mark = self._demo_mark()
        if not mark.isNull():
            painter.fillRect(mark, QColor(now.demo))
        lettering.paint(painter, self._texts)
        painter.end()

    def _paint_lost(self, painter: QPainter) -> None:
        now = theme.current()
        whole = QRect(0, self._y(0.08), self.width(), self._y(0.955) - self._y(0.08))
        theme.paint_stale(painter, whole)
        bar = self._lost_bar()
        painter.fillRect(bar, QColor(now.text))
        painter.fillRect(QRect(0, bar.top(), 2 * self._edge, bar.height()), QColor(now.critical))

    def _paint_state(self, painter: QPainter) -> None:
        now, place, worst = theme.current(), self._state(), self._worst
        painter.fillRect(place, QColor(now.panel))
        if worst is None:
            return
        if not worst.level:
            theme.paint_stale(painter, place)
            for one in filter(lambda one: place.contains(one.rect), self._texts):
                wide = lettering.width(one.text, one.size, one.bold)
                left = one.rect.right() - wide if one.right else one.rect.left()
                painter.fillRect(QRect(left - 4, one.rect.top(), wide + 8, one.rect.height()), QColor(now.panel))
            return
        colour = QColor(now.level(worst.level))
        if self._filled():
            painter.fillRect(place, colour)
        else:
            frame(painter, place, colour, max(6, self._great // 8))
        great = self._great
        sign = QRectF(place.left() + great // 3, place.top() + great // 10 + great * 0.12, great * 1.06, great * 1.06)
        if self._filled():
            painter.fillRect(sign, QColor(now.panel))
        theme.paint_level(
            painter, sign.adjusted(great * 0.08, great * 0.08, -great * 0.08, -great * 0.08), worst.level, filled=worst.filled
        )
        self._paint_next(painter)

    def _paint_next(self, painter: QPainter) -> None:
        now = theme.current()
        for place, need in self._next:
            if self._filled():
                painter.fillRect(place.adjusted(-3, -3, 3, 3), QColor(now.panel))
            if need.level:
                theme.paint_level(painter, place, need.level, filled=need.filled)
            else:
                theme.paint_stale(painter, place)

    def _paint_figures(self, painter: QPainter) -> None:
        now = theme.current()
        for n, place in enumerate(self._columns()):
            painter.fillRect(place, QColor(now.panel))
            if n == 0 and self._model.newest_age() > OLD_SECONDS:
                theme.paint_stale(painter, place)

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    # the one thing a hand can do

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+W, and Ctrl+W again within 5 s with no other key between: a cloth on the keyboard closes nothing."""
        if event.isAutoRepeat() or event.key() == Qt.Key.Key_Control:
            return
        now = self._clock()
        wanted = event.key() == Qt.Key.Key_W and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if wanted and now < self._leave_until:
            self.close()
            return
        self._leave_until = now + LEAVE_SECONDS if wanted else 0.0
        self._hint_until = now + LEAVE_SECONDS
        self._arrange()
        self.update()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._second.stop()
        super().closeEvent(event)
        self.closed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
