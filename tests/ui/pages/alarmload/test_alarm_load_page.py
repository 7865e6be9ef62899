"""The page of the load: asked while seen, honest with little data, each bad actor leads to its limit; nothing is cut."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cityops_desktop.texts import set_language
from tests.ui.desk import assert_clean, model_of
from tests.ui.pages.alarmload.loadlinks import DAY_MS, LoadLink
from tests.ui.rooms import NOW, copy_of_room
from ui.models.room import RoomModel
from ui.pages.alarmload.page import AlarmloadPage


@pytest.fixture
def model(qtbot: QtBot) -> RoomModel:
    set_language("en")
    model = model_of(copy_of_room())
    model.set_connected(True)
    return model


def shown(qtbot: QtBot, link: LoadLink, model: RoomModel, width: int = 1180) -> AlarmloadPage:
    page = AlarmloadPage(model, link)  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.resize(width, 600)
    page.show()
    return page


def test_it_asks_while_it_is_seen_for_the_chosen_span(qtbot: QtBot, model: RoomModel) -> None:
    link = LoadLink(model)
    page = shown(qtbot, link, model)
    assert len(link.asked) == 1 and link.asked[0]["to"] - link.asked[0]["from"] == 30 * DAY_MS + 1
    qtbot.keyClick(page.span, Qt.Key.Key_Up)
    assert link.asked[-1]["to"] - link.asked[-1]["from"] == 7 * DAY_MS + 1
    page.hide()
    page._ask()
    assert len(link.asked) == 2


def test_little_data_is_said_and_each_figure_marked(qtbot: QtBot, model: RoomModel) -> None:
    page = shown(qtbot, LoadLink(model, since=NOW - 12 * DAY_MS), model)
    assert page.notice.text() == "* provisional: watched for 12.0 days, 30 are needed for a fair picture"
    words = [text for _, text, _ in page.figures.painted_texts()]
    assert words.count("over target *") + words.count("in target *") + words.count("under target *") == len(page.figures.figures)
    full = shown(qtbot, LoadLink(model), model)
    assert full.notice.text() == "Watched for 30.0 days"
    assert not any("*" in text for _, text, _ in full.figures.painted_texts())


def test_hidden_ones_and_tests_stand_apart(qtbot: QtBot, model: RoomModel) -> None:
    page = shown(qtbot, LoadLink(model), model)
    assert page.info is not None and page.info.hidden and page.info.tests == 1
    assert f"{page.info.hidden} shelved" in page.said.text() and "1 tests" in page.said.text()


def test_a_bad_actor_leads_to_its_limit(qtbot: QtBot, model: RoomModel) -> None:
    page = shown(qtbot, LoadLink(model), model)
    assert page.info is not None
    assert not page.limit.isEnabled() and page.point() == ""
    page.actors.selectRow(0)
    one = page.chosen()
    assert one is not None and one.chatter == 24 and page.point() == one.subject
    assert page.actors.texts()[0][-1].startswith("chatter 24")
    with qtbot.waitSignal(page.openLimit) as limit:
        qtbot.mouseClick(page.limit, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.openTrend) as curve:
        qtbot.mouseClick(page.curve, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.openPoint) as point:
        qtbot.mouseClick(page.go, Qt.MouseButton.LeftButton)
    assert (limit.args, curve.args, point.args) == ([one.key], [one.subject], [one.subject])
    page._ask()
    assert page.chosen() == one, "who was chosen stays so when the figures are asked for anew"


def test_what_only_persons_are_told_has_no_name(qtbot: QtBot, model: RoomModel) -> None:
    page = shown(qtbot, LoadLink(model), model)
    assert page.info is not None
    actors = [page.info.actors[0].model_copy(update={"key": "", "subject": ""}), *page.info.actors[1:]]
    page.info = page.info.model_copy(update={"actors": actors})
    page._show_all()
    assert page.actors.texts()[0][0] == "a device of which only persons are told"
    page.actors.selectRow(0)
    assert page.chosen() is None and not page.go.isEnabled() and not page.limit.isEnabled()


def test_a_refusal_and_a_lost_station_are_said(qtbot: QtBot, model: RoomModel) -> None:
    link = LoadLink(model)
    link.refused = "search_too_slow"
    page = shown(qtbot, link, model)
    assert page.notice.text().startswith("refused") and page.info is None
    link.refused = ""
    page._ask()
    model.set_connected(False)
    assert page.notice.text() == "No station: what is shown here is old"


@pytest.mark.parametrize("lang", ["zh_CN", "en"])
@pytest.mark.parametrize("width", [1180, 1768])
def test_nothing_is_cut(qtbot: QtBot, model: RoomModel, lang: str, width: int) -> None:
    set_language(lang)
    page = shown(qtbot, LoadLink(model), model, width)
    page.retranslate()
    assert_clean(page.figures)
    assert not any("…" in text for _, text, _ in page.figures.painted_texts())
