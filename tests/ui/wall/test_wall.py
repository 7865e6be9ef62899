"""The wall display: what it says in every state, how large, that nothing is cut, that it goes on painting, and how it is left."""

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QApplication

from cityops_desktop.link.analysis import FindingInfo, HeadingsInfo
from cityops_desktop.link.messages import Change
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.texts import set_language
from tests.ui.desk import texts
from tests.ui.rooms import NOW, alarm, copy_of_room
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.models.forecasts import Forecasts
from ui.models.room import RoomModel
from ui.wall.awake import Awake, Way
from ui.wall.groups import cells
from ui.wall.letters import largest, wrapped
from ui.wall.wall import Wall

SIZES = [(1366, 768), (1920, 1080)]
FIFTEENTH = 15


KEY = "air-conditioning-1.temperature"


class Silent:
    """A link that never answers."""

    def ask(self, *told: object) -> None:
        pass


class Hall:
    """A wall, and the room it shows."""

    def __init__(self, qtbot, clock) -> None:
        self.model = RoomModel(clock)
        self.forecasts = Forecasts(self.model, Silent())  # type: ignore[arg-type]
        self.awake = Awake()
        self.seconds = 100.0
        self.wall = Wall(self.model, self.forecasts, self.awake, lambda: self.seconds)
        qtbot.addWidget(self.wall)
        self.wall.resize(1920, 1080)
        self.wall.show()

    def found(self, **more: object) -> None:
        self.model.apply_copy(copy_of_room(**more))
        self.model.set_connected(True)

    def heading(self, minutes: float) -> None:
        now = self.model.now()
        due = {end: now + minutes * 60_000 * part for end, part in (("value", 1.0), ("low", 0.8), ("high", 1.3))}
        told = {
            "id": f"limit:{KEY}",
            "method": "limit",
            "point": KEY,
            "rank": 0,
            "figure": {"value": 0.1},
            "due": due,
            "limit": 32.4,
            "level": 2,
        }
        self.forecasts._came(HeadingsInfo(now=now, origin="real", headings=[FindingInfo.model_validate(told)]))
        self.wall.refresh()


@pytest.fixture
def hall(qtbot, clock) -> Hall:
    return Hall(qtbot, clock)


def state(hall: Hall, name: str) -> None:
    if name == "none":
        hall.seconds += 60
        hall.wall.refresh()
        return
    hall.found(calm=name in ("calm", "heading", "acknowledged"))
    if name == "heading":
        hall.heading(11.7)
    elif name == "lost":
        hall.model.set_connected(False)
    elif name == "acknowledged":
        done = {"acknowledged": NOW, "actor": "p1", "actor_name": "张工"}
        one = alarm(5, "environment-2.temperature", 2, AlarmState.ACKNOWLEDGED, **done)
        hall.model.apply_change(Change(seq=2, now=NOW, alarms=[one]))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut_in_any_state(qapp: QApplication, hall: Hall, language, colours, size):
    theme.apply(qapp, theme.THEMES[colours])
    set_language(language)
    hall.wall.resize(*size)
    faults, count = [], 0
    for name in ("none", "busy", "calm", "heading", "acknowledged", "lost"):
        state(hall, name)
        qapp.processEvents()
        keep(hall.wall, f"wall-{name}-{language}-{colours}-{size[0]}")
        seen = walk(hall.wall, f"wall {name}")
        faults += seen.faults
        count += seen.texts
    assert not faults, "\n".join(faults)
    assert count > 100


def characters(wall: Wall, wanted: set[str]) -> dict[str, int]:
    """The height of the characters of these texts, as painted: the lowest of digits and capitals."""
    found: dict[str, int] = {}
    for _, text, font in wall.painted_texts():
        if text in wanted:
            signs = [sign for sign in text if sign.isdigit() or sign.isupper() or "一" <= sign <= "鿿"]
            least = min((QFontMetrics(font).tightBoundingRect(sign).height() for sign in signs if sign != "一"), default=10_000)
            found[text] = max(least, found.get(text, 0))  # the strip says the word again, smaller
    return found


@pytest.mark.parametrize("size", [*SIZES, (3840, 2160), (1024, 768), (1280, 1024)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_four_great_things_have_characters_of_a_fifteenth(qapp: QApplication, hall: Hall, language, size):
    set_language(language)
    hall.wall.resize(*size)
    hall.found()
    hall.heading(11.7)
    told = texts(hall.wall)
    word, age, minutes = {"en": ("Critical", "1 s", "12 min"), "zh_CN": ("紧急", "1秒", "12分")}[language]
    minutes = next(text for text in told if text.startswith("12"))
    wanted = {word, age, "4", minutes}
    sentence = [text for text in told if text.startswith(("Leak detection 1", "1号漏水检测"))]
    heights = characters(hall.wall, wanted | set(sentence))
    assert set(heights) >= wanted
    assert set(heights) & set(sentence)
    assert min(heights.values()) >= size[1] / FIFTEENTH, heights


def test_the_lost_station_fills_it_in_great_letters(hall: Hall):
    hall.found(calm=True)
    before = hall.wall.grab().toImage()
    hall.model.set_connected(False)
    told = texts(hall.wall)
    assert "NO STATION" in told and not any("point" in text or "Critical" in text for text in told)
    assert characters(hall.wall, {"NO STATION"})["NO STATION"] >= 1080 / FIFTEENTH
    image = hall.wall.grab().toImage()
    assert image.pixelColor(10, 540) == QColor(theme.LIGHT.critical)
    assert image.pixelColor(1800, 300) == QColor(theme.LIGHT.text)
    hatched = {image.pixelColor(x, 150).name() for x in range(400, 440)}
    assert QColor(theme.LIGHT.hatch).name() in hatched
    assert image != before
    hall.model.set_connected(True)
    assert "NO STATION" not in texts(hall.wall)


def test_a_wall_that_has_just_been_opened_does_not_cry(hall: Hall):
    assert "NO STATION" not in texts(hall.wall)
    hall.seconds += 6
    hall.wall.refresh()
    assert "NO STATION" in texts(hall.wall)


def grey(colour: QColor) -> bool:
    return colour.hsvSaturation() < 60


def test_a_room_in_order_is_grey_and_says_so(hall: Hall):
    hall.found(calm=True, origin="real")
    assert "In order" in texts(hall.wall)
    image = hall.wall.grab().toImage()
    colours = {image.pixelColor(x, y).rgb() for x in range(0, 1920, 7) for y in range(0, 1080, 7)}
    assert all(grey(QColor(one)) for one in colours)


def test_the_worst_alarm_fills_it_until_it_is_acknowledged(hall: Hall):
    hall.found()
    middle = (900, 120)
    assert hall.wall.grab().toImage().pixelColor(*middle) == QColor(theme.LIGHT.critical)
    state(hall, "acknowledged")
    assert hall.wall.grab().toImage().pixelColor(*middle) == QColor(theme.LIGHT.panel), "a frame and an outline"
    assert {"Major", "0"} <= set(texts(hall.wall))


def test_what_is_unknown_is_hatched_and_said(hall: Hall):
    hall.found(calm=True)
    lost = alarm(1, "station", 2, AlarmState.NORMAL, cause=Cause.CONSOLE_FROZEN, detail="hall 1")
    hall.model.apply_change(Change(seq=2, now=NOW, alarms=[lost]))
    assert "In order" in texts(hall.wall), "an alarm that has ended is none"
    live = hall.model.live["ups-1.load"].model_copy(update={"quality": "bad", "reason": "no_answer", "value": None})
    hall.model.apply_change(Change(seq=3, now=NOW, live=[live]))
    hall.wall.refresh()
    assert "Unknown" in texts(hall.wall) and "1 unknown" in texts(hall.wall)


def test_old_data_is_marked(hall: Hall, clock):
    hall.found(calm=True)
    clock.advance(125)
    hall.wall.refresh()
    assert {"2 min", "old: somebody must look"} <= set(texts(hall.wall))


def test_it_says_where_a_value_is_heading_or_that_none_is(hall: Hall):
    hall.found(calm=True)
    assert "not known yet" in texts(hall.wall)
    hall.forecasts._came(HeadingsInfo(now=hall.model.now(), origin="real", headings=[]))
    hall.wall.refresh()
    assert {"—", "nothing is heading for a limit"} <= set(texts(hall.wall))
    hall.heading(0.2)
    told = texts(hall.wall)
    assert "1 min" in told
    assert any(text.startswith("↑ 32.4 °C  Air-conditioning 1") for text in told)


def test_it_says_whether_the_screen_may_go_dark(hall: Hall):
    assert texts(hall.wall)[-4 if hall.wall.lost else -1] != ""
    assert any(text.startswith("The screen may go dark: nothing here keeps it awake") for text in texts(hall.wall))
    hall.awake._grant(Way.LOGIND)
    assert any(text.startswith("The machine stays awake (logind), but the screen may go dark") for text in texts(hall.wall))
    hall.awake._grant(Way.X11)
    assert any(text.startswith("The screen is kept awake (X11, logind)") for text in texts(hall.wall))


def test_it_is_painted_anew_without_any_news(qtbot, hall: Hall):
    hall.found(calm=True)
    before = hall.wall.count()
    qtbot.waitUntil(lambda: hall.wall.count() >= before + 2, timeout=20_000)


def test_a_cloth_on_the_keyboard_closes_nothing(qtbot, hall: Hall):
    hall.found(calm=True)
    closed: list[bool] = []
    hall.wall.closed.connect(lambda: closed.append(True))
    control = Qt.KeyboardModifier.ControlModifier
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Escape, Qt.Key.Key_F11, Qt.Key.Key_Q, Qt.Key.Key_Space, Qt.Key.Key_Return):
        qtbot.keyClick(hall.wall, key)
    assert "Ctrl+W twice closes this wall display" in texts(hall.wall)
    qtbot.keyClick(hall.wall, Qt.Key.Key_W, control)
    assert "Ctrl+W once more closes this wall display" in texts(hall.wall)
    qtbot.keyClick(hall.wall, Qt.Key.Key_A)
    qtbot.keyClick(hall.wall, Qt.Key.Key_W, control)
    hall.seconds += 6
    qtbot.keyClick(hall.wall, Qt.Key.Key_W, control)
    assert not closed and hall.wall.isVisible()
    qtbot.keyClick(hall.wall, Qt.Key.Key_W, control)
    assert closed == [True] and not hall.wall.isVisible()


def test_the_wall_speaks_to_a_screen_reader(hall: Hall):
    hall.found()
    assert hall.wall.accessibleName() == "Wall display"
    assert "Critical" in hall.wall.accessibleDescription()


def test_an_upright_screen_works_too(qapp: QApplication, hall: Hall):
    hall.wall.resize(QSize(1080, 1920))
    hall.found()
    hall.heading(11.7)
    qapp.processEvents()
    assert not walk(hall.wall, "upright").faults


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_what_comes_after_the_worst_is_told_below_it(qapp: QApplication, hall: Hall, size):
    hall.wall.resize(*size)
    hall.found()
    qapp.processEvents()
    needs = hall.wall._needs
    assert len(needs) > 3
    told = texts(hall.wall)
    second = f"{needs[1].place}  {needs[1].sentence}".strip()
    assert second in told
    worst = next(one for one in hall.wall._texts if one.text == needs[0].word)
    below = next(one for one in hall.wall._texts if one.text == second)
    assert below.rect.top() > worst.rect.bottom() and below.size < worst.size
    assert hall.wall._state().contains(below.rect)
    assert not walk(hall.wall, "next").faults


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", ["zh_CN", "en"])
def test_the_frame_of_a_group_lies_upon_no_word_and_no_sign(hall: Hall, size, name):
    set_language(name)
    hall.wall.resize(*size)
    hall.found()
    strip = hall.wall._strip()
    places = cells(len(hall.wall._groups), strip)
    framed = [place for place, one in zip(places, hall.wall._groups, strict=True) if one.worst is not None]
    assert framed
    for place in framed:
        inner = place.adjusted(3, 3, -3, -3)
        words = [one for one in hall.wall._texts if place.intersects(one.rect)]
        assert len(words) == 2
        for one in words:
            glyphs = QFontMetrics(theme.font(one.size, one.bold)).tightBoundingRect(one.text).height()
            middle = one.rect.y() + one.rect.height() / 2
            assert inner.top() <= middle - glyphs / 2 and middle + glyphs / 2 <= inner.bottom() + 1, one.text


def test_a_sentence_is_not_made_so_large_that_its_last_word_stands_alone():
    place = QRect(0, 0, 1270, 240)
    sentence = "1号精密空调地板下漏水  漏水：有水"
    size = largest(place, sentence, 68)
    assert len(wrapped(sentence, place.width(), size, True)) == len(wrapped(sentence, place.width(), 68, True)) == 1
    assert largest(place, "漏水：有水", 68) == round(68 * 1.6)
