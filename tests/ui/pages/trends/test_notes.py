"""Notes on the trends page at a station of canned answers: a span is marked, a note written, listed, read and withdrawn."""

import base64
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.trends import Figure, MarksPage, NoteInfo, NoteMark, NotesPage, ViewsPage
from cityops_desktop.model.people import Outcome, Role
from tests.ui.canned_station import CannedStation
from tests.ui.conftest import Desk
from tests.ui.desk import assert_clean
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW, names
from tests.ui.walker import walk
from ui import theme
from ui.pages.trends.notepicture import MOST_BYTES, png_of
from ui.pages.trends.noteread import NoteRead
from ui.pages.trends.notewrite import LONGEST, NoteWrite
from ui.pages.trends.page import TrendsPage
from ui.widgets.form import ActDialog

OPENS_A_PAGE = True

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
ACTS, NOTES, MARKS = "/api/v1/commands", "/api/v1/notes", "/api/v1/marks"
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
M = 60_000
KEYS = ["ups-1.load", "it-1.temperature"]
FIGURES = [
    Figure(
        key="ups-1.load",
        names=names("输出负载率", "Output load ratio"),
        unit="%",
        decimals=1,
        low=20.1,
        mean=23.44,
        high=26,
        last=25.1,
        count=3600,
    ),
    Figure(key="gone.h", names=names("湿度", "Humidity"), unit="%RH", decimals=0, low=40, high=60, last=55, count=12_345_678, bad=2),
]


def note(n: int, **more: object) -> NoteInfo:
    told: dict[str, object] = {
        **{"id": f"n{n}", "account": "p1", "actor_name": "张工", "time": NOW, "begins": NOW - 5 * M, "ends": NOW - 4 * M},
        **{"text": "门一直开着，\n空调来不及。", "figures": FIGURES, "picture": True},
    }
    return NoteInfo.model_validate(told | more)


WRITTEN = [note(1), note(2, begins=NOW - 9 * M, ends=NOW - 8 * M, withdrawn=NOW, withdrawn_by="李班长"), note(3, text="x" * 300)]


def picture(wide: int = 400, high: int = 200) -> bytes:
    image = QImage(wide, high, QImage.Format.Format_RGB32)
    image.fill(QColor("#123456"))
    return png_of(image)


def acts(canned: CannedStation) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == ACTS]


@pytest.fixture
def page(qtbot: QtBot, canned: CannedStation, live_desk: Desk) -> TrendsPage:
    told = {
        "alarms": [],
        "events": [],
        "crowds": [],
        "grouped": False,
        "total": 1,
        "pauses": [],
        "firsts": {},
        "oldest": None,
        "began": None,
    }
    mark = NoteMark(id="n1", begins=NOW - 5 * M, ends=NOW - 4 * M, actor_name="张工", text="门一直开着")
    canned.answers[MARKS] = (200, MarksPage.model_validate(told | {"notes": [mark]}))
    canned.answers["/api/v1/trends/views"] = (200, ViewsPage(views=[]))
    canned.answers[NOTES] = (200, NotesPage(notes=WRITTEN, more=False))
    canned.answers[f"{NOTES}/n1/picture"] = (200, picture())
    canned.answers[ACTS] = (200, CommandResult(id="x", outcome=Outcome.DONE, data={"note": "n9"}))
    live_desk.link._set_session(session_of(Role.DUTY))
    live_desk.window.show_page("trends")
    page = live_desk.window.page("trends")
    assert isinstance(page, TrendsPage)
    page.clear()
    page.add_points(KEYS)
    page.show_span(NOW - 15 * M, NOW)
    page.plot.setFocus()
    return page


def drag(page: TrendsPage, start: int, end: int, keys: Qt.KeyboardModifier = CONTROL) -> None:
    plot, left, none = page.plot, Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    y = plot.lanes[0].box.center().y()
    steps = (
        (QEvent.Type.MouseButtonPress, start, left, left),
        (QEvent.Type.MouseMove, (start + end) // 2, none, left),
        (QEvent.Type.MouseMove, end, none, left),
        (QEvent.Type.MouseButtonRelease, end, left, none),
    )
    for kind, time, button, held in steps:
        where = QPointF(plot.x_of(time), y)
        QApplication.sendEvent(plot, QMouseEvent(kind, where, QPointF(plot.mapToGlobal(where.toPoint())), button, held, keys))


def dialog(qtbot: QtBot, desk: Desk, kind: type) -> object:
    qtbot.waitUntil(lambda: isinstance(desk.window.door.dialog, kind))
    return desk.window.door.dialog


# a span


def test_control_and_a_drag_mark_a_span_and_move_nothing(page: TrendsPage) -> None:
    before = (page.plot.start, page.plot.end)
    drag(page, NOW - 6 * M, NOW - 4 * M)
    select = page.notes.select
    assert select.span == pytest.approx((NOW - 6 * M, NOW - 4 * M), abs=2000)
    assert (page.plot.start, page.plot.end) == before and select.bar.isVisible()
    assert select.words() == "22:07:20 – 22:09:20 · 2 min" or "22:07:" in select.words()
    assert_clean(select)
    drag(page, NOW - 3 * M, NOW - 3 * M + 500)
    assert select.span is None and not select.bar.isVisible(), "a slip of the hand is no span"
    drag(page, NOW - 2 * M, NOW - 5 * M)
    assert select.span == pytest.approx((NOW - 5 * M, NOW - 2 * M), abs=2000), "backwards as well"
    drag(page, NOW - 6 * M, NOW - 3 * M, SHIFT)
    assert page.plot.end - page.plot.start < 4 * M, "Shift and a drag zooms as ever"


def test_a_span_is_marked_by_keys(qtbot: QtBot, page: TrendsPage) -> None:
    select = page.notes.select
    page.plot.set_cursor(NOW - 6 * M)
    for _ in range(5):
        qtbot.keyClick(page.plot, Qt.Key.Key_Right, CONTROL | SHIFT)
    qtbot.keyClick(page.plot, Qt.Key.Key_Left, CONTROL)
    width = 15 * M / page.plot.pixels()
    assert select.span == pytest.approx((NOW - 6 * M, NOW - 6 * M + 196 * width), abs=width)
    assert page.plot.crosshair == select.span[1], "the cross-hair is at the end that moves"
    for _ in range(20):
        qtbot.keyClick(page.plot, Qt.Key.Key_Left, CONTROL | SHIFT)
    assert select.span is not None and select.span[1] == NOW - 6 * M and select.span[0] < NOW - 10 * M, "past its beginning it turns round"
    qtbot.keyClick(page.plot, Qt.Key.Key_Escape)
    assert select.span is None
    drag(page, NOW - 6 * M, NOW - 4 * M)
    qtbot.keyClick(page.plot, Qt.Key.Key_Return)
    assert (page.plot.start, page.plot.end) == pytest.approx((NOW - 6 * M, NOW - 4 * M), abs=2000) and select.span is None


def test_the_bar_does_what_it_says(qtbot: QtBot, page: TrendsPage) -> None:
    select = page.notes.select
    drag(page, NOW - 6 * M, NOW - 4 * M)
    qtbot.mouseClick(select.away, Qt.MouseButton.LeftButton)
    assert select.span is None and not select.bar.isVisible()
    drag(page, NOW - 6 * M, NOW - 4 * M)
    qtbot.mouseClick(select.closer, Qt.MouseButton.LeftButton)
    assert page.plot.end - page.plot.start == pytest.approx(2 * M, abs=3000)


# writing


def test_a_note_is_sent_with_span_points_words_and_picture(qtbot: QtBot, canned: CannedStation, live_desk: Desk, page: TrendsPage) -> None:
    drag(page, NOW - 6 * M, NOW - 4 * M)
    span = page.notes.select.span
    qtbot.mouseClick(page.notes.select.note, Qt.MouseButton.LeftButton)
    write = dialog(qtbot, live_desk, NoteWrite)
    assert isinstance(write, NoteWrite)
    qtbot.mouseClick(write.send, Qt.MouseButton.LeftButton)
    assert write.wrong.text() == "Fill in: What was seen" and not acts(canned)
    qtbot.keyClicks(write.text, "the door was open")
    qtbot.keyClick(write.text, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: len(acts(canned)) == 1)
    [act] = acts(canned)
    sent = QImage.fromData(base64.b64decode(act.pop("picture")))
    assert act == {"kind": "note.add", "begins": span[0], "ends": span[1], "points": KEYS, "text": "the door was open"}
    assert sent.width() > page.plot.width() and sent.height() > page.plot.height(), "the names of the curves are on the picture"
    qtbot.waitUntil(lambda: page.notes.select.span is None)
    assert live_desk.window.door.dialog is None


def test_n_takes_all_that_is_seen_and_a_refused_note_is_not_lost(
    qtbot: QtBot, canned: CannedStation, live_desk: Desk, page: TrendsPage
) -> None:
    canned.answers[ACTS] = (200, CommandResult(id="x", outcome=Outcome.REFUSED, code="busy"))
    qtbot.keyClick(page.plot, Qt.Key.Key_N)
    write = dialog(qtbot, live_desk, NoteWrite)
    assert isinstance(write, NoteWrite)
    qtbot.keyClicks(write.text, "seen")
    qtbot.mouseClick(write.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "busy" in write.wrong.text())
    assert write.text.toPlainText() == "seen" and write.isVisible() and write.send.isEnabled()
    assert (acts(canned)[0]["begins"], acts(canned)[0]["ends"]) == (page.plot.start, page.plot.end)
    write.text.setPlainText("x" * (LONGEST + 3))
    assert write.wrong.text() == "3 signs too many"
    qtbot.mouseClick(write.send, Qt.MouseButton.LeftButton)
    assert len(acts(canned)) == 1


def test_who_may_not_write_is_told_and_nobody_is_asked_in(
    qtbot: QtBot, live_desk: Desk, page: TrendsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_desk.link._set_session(session_of(Role.VIEWER))
    qtbot.keyClick(page.plot, Qt.Key.Key_N)
    assert "no right" in page._said.text() and live_desk.window.door.dialog is None
    asked: list[str] = []
    monkeypatch.setattr(live_desk.window.acts, "_ask_login", lambda purpose, then: asked.append(purpose))
    live_desk.link._set_session(None)
    qtbot.keyClick(page.plot, Qt.Key.Key_N)
    assert asked == ["Note: log in with the password."]


def test_any_picture_fits(qapp: QApplication) -> None:
    import random

    image = QImage(1400, 900, QImage.Format.Format_RGB32)
    noise = random.Random(1)
    for y in range(image.height()):
        for x in range(0, image.width(), 2):
            image.setPixel(x, y, noise.getrandbits(24))
    data = png_of(image)
    assert len(data) <= MOST_BYTES and not QImage.fromData(data).isNull()
    small = QImage(20, 20, QImage.Format.Format_RGB32)
    small.fill(QColor("#abcdef"))
    assert QImage.fromData(png_of(small)).pixelColor(3, 3) == QColor("#abcdef"), "a picture that fits keeps its colours"


# the log


def listed(qtbot: QtBot, page: TrendsPage) -> None:
    qtbot.mouseClick(page.notes.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.notes.panel.table.notes) == 3)


def test_notes_of_the_time_are_listed_and_opened_with_picture_and_figures(qtbot: QtBot, live_desk: Desk, page: TrendsPage) -> None:
    listed(qtbot, page)
    table = page.notes.panel.table
    cells = [table.index(0, column).data() for column in range(4)]
    assert cells == ["22:08:20 – 22:09:20", "门一直开着， 空调来不及。", "2", "张工"]
    assert table.index(1, 1).data().startswith("withdrawn: ")
    page.notes.panel.view.selectRow(0)
    qtbot.keyClick(page.notes.panel.view, Qt.Key.Key_Return)
    read = dialog(qtbot, live_desk, NoteRead)
    assert isinstance(read, NoteRead) and read.text.text() == WRITTEN[0].text
    qtbot.waitUntil(lambda: not read.picture.pixmap().isNull())
    rows = [[read.table.item(row, column).text() for column in range(6)] for row in range(2)]
    assert rows[0][1:] == ["20.1", "23.44", "26.0", "25.1", "3,600"]
    assert rows[1] == ["Humidity (gone.h)  %RH", "40", "—", "60", "55", "12,345,678, 2 not usable"]
    qtbot.mouseClick(read.go, Qt.MouseButton.LeftButton)
    assert page.plot.start == NOW - 6 * M and page.plot.end == NOW - 3 * M


def test_enter_on_its_mark_opens_a_note(qtbot: QtBot, live_desk: Desk, page: TrendsPage) -> None:
    qtbot.waitUntil(lambda: len(page.axis.folds) == 1)
    page.axis.setFocus()
    qtbot.keyClick(page.axis, Qt.Key.Key_Right)
    qtbot.keyClick(page.axis, Qt.Key.Key_Return)
    assert isinstance(dialog(qtbot, live_desk, NoteRead), NoteRead)


def opened(qtbot: QtBot, desk: Desk, page: TrendsPage, row: int) -> NoteRead:
    listed(qtbot, page)
    page.notes.panel.view.selectRow(row)
    qtbot.keyClick(page.notes.panel.view, Qt.Key.Key_Return)
    read = dialog(qtbot, desk, NoteRead)
    assert isinstance(read, NoteRead)
    return read


def test_a_wrong_note_is_withdrawn_with_a_reason(qtbot: QtBot, canned: CannedStation, live_desk: Desk, page: TrendsPage) -> None:
    read = opened(qtbot, live_desk, page, 0)
    qtbot.mouseClick(read.withdraw, Qt.MouseButton.LeftButton)
    ask = dialog(qtbot, live_desk, ActDialog)
    assert isinstance(ask, ActDialog)
    qtbot.keyClicks(ask.edits["why"], "wrong room")
    qtbot.mouseClick(ask.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: acts(canned) == [{"kind": "note.withdraw", "note": "n1", "why": "wrong room"}])


def test_what_was_withdrawn_says_so_and_a_lost_picture_too(qtbot: QtBot, live_desk: Desk, page: TrendsPage) -> None:
    read = opened(qtbot, live_desk, page, 1)
    assert not read.withdraw.isEnabled()
    qtbot.waitUntil(lambda: read.picture.text() == "The picture cannot be shown")


def test_the_list_follows_the_chart_and_asks_nothing_while_it_is_hidden(qtbot: QtBot, canned: CannedStation, page: TrendsPage) -> None:
    def asked() -> list[str]:
        return [url for _, url, _, _ in canned.requests if url.startswith(f"{NOTES}?")]

    page.show_span(NOW - 40 * M, NOW - 30 * M)
    assert asked() == []
    listed(qtbot, page)
    page.show_span(NOW - 60 * M, NOW - 50 * M)
    qtbot.waitUntil(lambda: f"from={NOW - 60 * M}&to={NOW - 50 * M}" in asked()[-1])
    canned.answers[NOTES] = (200, NotesPage(notes=[], more=False))
    page.show_span(NOW - 70 * M, NOW - 60 * M)
    qtbot.waitUntil(page.notes.panel.empty.isVisible)


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut(
    qtbot: QtBot, qapp: QApplication, live_desk: Desk, page: TrendsPage, language: str, colours: str, size: tuple[int, int]
) -> None:
    theme.apply(qapp, theme.THEMES[colours])
    live_desk.window.set_language(language)
    live_desk.window.resize(*size)
    listed(qtbot, page)
    drag(page, NOW - 6 * M, NOW - 4 * M)
    looks: list[tuple[str, Callable[[], object]]] = [
        ("write", lambda: qtbot.keyClick(page.plot, Qt.Key.Key_N)),
        ("read", lambda: page.notes.panel.opened.emit("n1")),
    ]
    seen = walk(page, f"trends notes {language}")
    assert not seen.faults, "\n".join(seen.faults)
    for name, act in looks:
        act()
        shown = dialog(qtbot, live_desk, NoteWrite if name == "write" else NoteRead)
        qapp.processEvents()
        seen = walk(shown, f"note {name} {language}")  # type: ignore[arg-type]
        assert not seen.faults, "\n".join(seen.faults)
        shown.reject()  # type: ignore[attr-defined]
    live_desk.window.set_language("en")
