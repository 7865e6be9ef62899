"""A tile in every state a point can be in."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cityops_desktop import texts as language
from cityops_desktop.link.messages import AlarmInfo, LiveInfo, PointInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality, Reason
from tests.conftest import FakeClock
from tests.ui.desk import NOW, assert_clean, live, model_of, point, room_copy, state, tell, texts
from tests.ui.rooms import alarm
from ui import theme
from ui.models.room import RoomModel
from ui.pages.overview.tile import LOW, TALL, Tile, new_spark

KEY = "ac1.a"


def make(qtbot: QtBot, reading: LiveInfo, *alarms: AlarmInfo, of: PointInfo | None = None, wide: int = 196) -> tuple[RoomModel, Tile]:
    shown = of or point(KEY)
    model = model_of(room_copy([shown], [reading], alarms))
    tile = Tile(model, shown, new_spark(shown) if shown.kind is Kind.ANALOG else None)
    qtbot.addWidget(tile)
    tile.setFixedWidth(wide)
    tile.show()
    return model, tile


class Signs:
    """What was painted by the theme's two signs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.levels: list[tuple[int, bool]] = []
        self.hatched: list[QRect] = []
        monkeypatch.setattr(theme, "paint_level", lambda painter, rect, level, *, filled=True: self.levels.append((level, filled)))
        monkeypatch.setattr(theme, "paint_stale", self._hatch)

    def _hatch(self, painter: QPainter, rect: QRect) -> None:
        self.hatched.append(rect)


@pytest.fixture
def signs(monkeypatch: pytest.MonkeyPatch) -> Signs:
    return Signs(monkeypatch)


def test_a_good_value_stands_with_unit_quality_and_age(qtbot: QtBot, signs: Signs) -> None:
    _, tile = make(qtbot, live(KEY))
    tile.grab()
    assert texts(tile) == ["Cooler ac1", "Temperature a", "23.4", "°C", "good · 1 s"]
    assert_clean(tile)
    assert not signs.hatched and not signs.levels


def test_an_uncertain_value_says_so(qtbot: QtBot, signs: Signs) -> None:
    _, tile = make(qtbot, live(KEY, quality=Quality.UNCERTAIN, reason=Reason.OUT_OF_RANGE), wide=300)
    tile.grab()
    assert "uncertain · 1 s · value outside its span" in texts(tile)
    assert "value outside its span" in tile.toolTip()
    assert_clean(tile)


def test_a_stale_value_is_hatched_and_says_since_when(qtbot: QtBot, signs: Signs) -> None:
    _, tile = make(qtbot, live(KEY, 23.4, Quality.STALE, ago=90, reason=Reason.OLD, last_value=23.4, last_time=NOW - 90_000))
    tile.grab()
    assert "23.4" in texts(tile)
    assert "stale · since 22:11:50" in texts(tile)
    (hatched,) = signs.hatched
    value = next(rect for rect, text, _ in tile.painted_texts() if text == "23.4")
    assert hatched.contains(value)
    assert "no new reading" in tile.toolTip()
    assert_clean(tile)


def test_a_value_stale_since_another_day_still_fits(qtbot: QtBot) -> None:
    _, tile = make(qtbot, live(KEY, 23.4, Quality.STALE, reason=Reason.OLD, last_value=23.4, last_time=NOW - 200_000_000))
    assert texts(tile)[-1] == "stale · since 09-19 14:40"
    assert "since 2026-09-19" in tile.toolTip()
    assert_clean(tile)


def test_a_bad_value_is_a_dash_with_the_reason_and_the_last_one(qtbot: QtBot, signs: Signs) -> None:
    _, tile = make(qtbot, live(KEY, None, Quality.BAD, reason=Reason.CRC, last_value=23.4, last_time=NOW - 754_000), wide=300)
    tile.grab()
    shown = texts(tile)
    assert "—" in shown and "23.4" not in shown
    assert "last 23.4 °C" in shown and "at 22:00:46" in shown
    assert "bad · reply damaged on the line (CRC)" in shown
    assert_clean(tile)


def test_a_bad_state_says_since_when(qtbot: QtBot) -> None:
    bad = live("leak.z", None, Quality.BAD, reason=Reason.NO_ANSWER, last_value=0, last_time=NOW - 754_000)
    for wide, words in ((300, "bad · last Dry at 22:00:46"), (180, "bad · since 22:00:46")):
        _, tile = make(qtbot, bad, of=state("leak.z"), wide=wide)
        assert texts(tile)[-1] == words
        assert "device does not answer" in tile.toolTip()
        assert_clean(tile)


def test_a_point_never_read_claims_no_last_value(qtbot: QtBot) -> None:
    _, tile = make(qtbot, live(KEY, None, Quality.BAD, reason=Reason.WAITING))
    assert texts(tile)[2:] == ["—", "bad · not read yet"]
    assert_clean(tile)


def test_without_a_station_everything_is_stale(qtbot: QtBot, signs: Signs) -> None:
    model, tile = make(qtbot, live(KEY))
    model.set_connected(False)
    tile.refresh()
    tile.grab()
    assert "stale · since 22:13:19" in texts(tile)
    assert signs.hatched and "no station" in tile.toolTip()


STATES = [(AlarmState.UNACKNOWLEDGED, True, "critical"), (AlarmState.RETURNED, True, "panel"), (AlarmState.ACKNOWLEDGED, False, "critical")]


@pytest.mark.parametrize(("told", "filled", "edge"), STATES)
def test_an_alarm_has_its_sign_and_while_it_stands_a_coloured_edge(
    qtbot: QtBot, signs: Signs, told: AlarmState, filled: bool, edge: str
) -> None:
    _, tile = make(qtbot, live(KEY, 33.1), alarm(1, KEY, 1, told))
    picture = tile.grab().toImage()
    assert signs.levels == [(1, filled)]
    assert picture.pixelColor(2, 50) == QColor(getattr(theme.LIGHT, edge))
    assert "Critical" in tile.toolTip()
    assert_clean(tile)


def test_an_alarm_that_ends_leaves_no_trace(qtbot: QtBot) -> None:
    model, tile = make(qtbot, live(KEY, 33.1), alarm(1, KEY, 1, AlarmState.UNACKNOWLEDGED))
    tell(model, alarms=[alarm(1, KEY, 1, AlarmState.NORMAL)])
    tile.refresh()
    assert tile.grab().toImage().pixelColor(2, 50) == QColor(theme.LIGHT.panel)


def test_a_state_is_a_low_tile_with_its_word(qtbot: QtBot) -> None:
    _, tile = make(qtbot, live("leak.z", 1), of=state("leak.z"), wide=260)
    assert texts(tile) == ["Cooler leak · Temperature z", "Wet", "good · 1 s"]
    assert tile.height() == LOW < TALL
    assert_clean(tile)


def test_a_lost_state_says_what_it_last_was(qtbot: QtBot, signs: Signs) -> None:
    lost = live("leak.z", None, Quality.BAD, reason=Reason.NO_ANSWER, last_value=1, last_time=NOW - 5000)
    _, tile = make(qtbot, lost, of=state("leak.z"), wide=300)
    assert texts(tile)[1:] == ["—", "bad · last Wet at 22:13:15"]
    assert "device does not answer" in tile.toolTip()
    assert_clean(tile)


def test_a_long_text_is_cut_and_whole_in_the_tool_tip(qtbot: QtBot) -> None:
    whole = "sensing cable 120 m in order, no fault, self test passed"
    _, tile = make(qtbot, live("leak.m", whole), of=point("leak.m", kind=Kind.TEXT, unit="", normal=None, limits=[]))
    assert any(text.endswith("…") for text in texts(tile))
    assert whole in tile.toolTip()
    assert_clean(tile)


def test_nothing_jumps_while_the_value_changes(qtbot: QtBot) -> None:
    model, tile = make(qtbot, live(KEY, 9.9))
    unit = [rect for rect, text, _ in tile.painted_texts() if text == "°C"]
    size = tile.size()
    for value in (0.0, -3.2, 10.0, 27.4, 31.9):
        tell(model, live(KEY, value))
        tile.refresh()
        assert tile.size() == size
        if value >= 0:
            assert [rect for rect, text, _ in tile.painted_texts() if text == "°C"] == unit
        assert_clean(tile)


def test_only_what_changed_is_painted(qtbot: QtBot, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[QRect] = []
    original = Tile.paintEvent
    monkeypatch.setattr(Tile, "paintEvent", lambda self, event: (painted.append(event.rect()), original(self, event))[1])
    model = model_of(room_copy([point(KEY)], [live(KEY)]), clock)
    tile = Tile(model, point(KEY), None)
    qtbot.addWidget(tile)
    tile.setFixedWidth(196)
    with qtbot.waitExposed(tile):
        tile.show()
    QApplication.processEvents()
    painted.clear()
    tile.refresh()
    QApplication.processEvents()
    assert painted == []
    clock.advance(1)
    tile.refresh()
    QApplication.processEvents()
    assert painted and all(rect.top() >= 74 for rect in painted)


def test_click_and_enter_open_it(qtbot: QtBot) -> None:
    _, tile = make(qtbot, live(KEY))
    with qtbot.waitSignal(tile.activated) as clicked:
        qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)
    assert clicked.args == [KEY]
    tile.setFocus()
    with qtbot.waitSignal(tile.activated):
        qtbot.keyClick(tile, Qt.Key.Key_Return)


def test_language_and_theme_switch_while_it_stands(qtbot: QtBot, qapp: QApplication) -> None:
    _, tile = make(qtbot, live(KEY))
    light = tile.grab().toImage()
    language.set_language("zh_CN")
    theme.apply(qapp, theme.DARK)
    tile.retranslate()
    assert "空调ac1" in texts(tile) and "良好 · 1秒" in texts(tile)
    dark = tile.grab().toImage()
    assert dark.pixelColor(100, 3) == QColor(theme.DARK.panel) != light.pixelColor(100, 3)
    assert_clean(tile)


@pytest.mark.parametrize("wide", [190, 214, 300])
@pytest.mark.parametrize("unit", ["°C", "kWh", "m³/h", ""])
def test_long_figures_and_units_never_meet(qtbot: QtBot, unit: str, wide: int) -> None:
    for kind in (Kind.COUNTER, Kind.ANALOG):
        big = point(KEY, unit=unit, decimals=2, kind=kind)
        _, tile = make(qtbot, live(KEY, 123456789.12), of=big, wide=wide)
        assert_clean(tile)
