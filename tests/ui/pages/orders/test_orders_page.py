"""The page Work orders at a station of canned answers: orders, tickets, the steps of an operation, tags, rotation tests; marks of tags."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Change
from cityops_desktop.model.people import Outcome, Role
from cityops_desktop.model.power import PowerRole
from tests.ui.pages.orders import orderrows
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW, copy_of_room
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.dialogs.operationform import OperationForm, expected_of, expected_text
from ui.pages.orders.page import OrdersPage
from ui.widgets.form import Wrong

OPENS_A_PAGE = True
BASE = "/api/v1/duty/"
LEFT = Qt.MouseButton.LeftButton


def acts(canned) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == "/api/v1/commands"]


def done(canned, **data) -> None:
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE, data=data))


def refused(canned, code: str, **params) -> None:
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.REFUSED, code=code, params=params))


def button(tab, words: str):
    [found] = [one.button for one in tab._buttons if one.words == words]
    return found


def press(qtbot, one) -> None:
    assert one.isEnabled(), one.toolTip()
    qtbot.mouseClick(one, LEFT)


def dialog(qtbot, window, title: str) -> QDialog:
    def there() -> bool:
        return window.door.dialog is not None and window.door.dialog.windowTitle() == title

    qtbot.waitUntil(there)
    return window.door.dialog


def choose(qtbot, tab, id: str) -> None:
    """With the arrow keys, from the top."""
    tab.sheet.setFocus()
    qtbot.keyClick(tab.sheet, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    for _ in range(20):
        if tab.sheet.chosen_id() == id:
            return
        qtbot.keyClick(tab.sheet, Qt.Key.Key_Down)
    raise AssertionError(f"no row {id}")


@pytest.fixture
def board(canned):
    copy = copy_of_room().model_copy(deep=True)
    copy.station.duty.tags = orderrows.hanging_tags()
    canned.greeting[0] = ("copy", copy)
    canned.answers[f"{BASE}orders"] = (200, orderrows.orders())
    for one in (*orderrows.orders().standing, *orderrows.orders().ended):
        canned.answers[f"{BASE}orders/{one.id}"] = (200, orderrows.order_detail(one))
    canned.answers[f"{BASE}tickets"] = (200, orderrows.tickets())
    for ticket in (*orderrows.tickets().standing, *orderrows.tickets().ended):
        canned.answers[f"{BASE}tickets/{ticket.id}"] = (200, orderrows.ticket_detail(ticket))
    canned.answers[f"{BASE}tags"] = (200, orderrows.tags())
    canned.answers[f"{BASE}rotation"] = (200, orderrows.rotation())
    return canned


@pytest.fixture
def shown(qtbot, board, live_desk) -> OrdersPage:
    live_desk.link._set_session(session_of(Role.SHIFT_LEADER, Role.DUTY, Role.ENGINEER))
    live_desk.window.show_page("orders")
    made = live_desk.window.page("orders")
    assert isinstance(made, OrdersPage)
    qtbot.waitUntil(lambda: len(made.orders.sheet.texts()) == 5)
    return made


def test_orders_stand_in_the_order_of_their_days_and_say_what_is_late(qtbot, shown):
    rows = shown.orders.sheet.texts()
    assert [row[0] for row in rows] == ["2026-007", "2026-006", "2026-004", "2026-003", "2026-002"]
    assert rows[0][4].endswith(", overdue") and shown.orders.head.text() == "Open: 4, overdue: 1"
    choose(qtbot, shown.orders, "o1")
    qtbot.waitUntil(lambda: "remark: 滤网到货" in shown.orders.text.toPlainText())
    assert button(shown.orders, "It is done…").isEnabled() and not button(shown.orders, "Closing check…").isEnabled()


def test_an_order_is_raised_by_the_keyboard_alone(qtbot, board, live_desk, shown):
    done(board, order="o9", number="2026-008")
    shown.orders.sheet.setFocus()
    qtbot.keyClick(shown.orders, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    asked = dialog(qtbot, live_desk.window, "Raise a work order")
    qtbot.keyClicks(asked.edits["title"], "replace filter")
    qtbot.keyClick(asked.edits["title"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(acts(board)))
    [act] = acts(board)
    assert (act["kind"], act["title"], act["priority"], act["due"], act["source"]) == ("order.raise", "replace filter", 3, None, "manual")


def test_the_closing_check_is_somebody_elses(qtbot, board, live_desk, shown):
    choose(qtbot, shown.orders, "o4")
    check = button(shown.orders, "Closing check…")
    assert not check.isEnabled() and "somebody else" in check.toolTip()
    choose(qtbot, shown.orders, "o3")
    done(board)
    press(qtbot, check)
    asked = dialog(qtbot, live_desk.window, "Closing check: 2026-004")
    assert "已紧固" in asked.purpose.text()
    qtbot.keyClicks(asked.edits["text"], "fine")
    qtbot.mouseClick(asked.send, LEFT)
    qtbot.waitUntil(lambda: acts(board) == [{"kind": "order.check", "order": "o3", "accepted": True, "text": "fine"}])


def test_older_orders_come_in_pages(qtbot, board, shown):
    more = orderrows.order("o6", "2026-001", "旧", state="cancelled", ended=NOW - 9 * orderrows.DAY, ended_name="李工")
    board.answers[f"{BASE}orders"] = (200, orderrows.orders().model_copy(update={"ended": [more], "more": False}))
    press(qtbot, button(shown.orders, "Show older ones"))
    qtbot.waitUntil(lambda: shown.orders.sheet.texts()[-1][0] == "2026-001")
    asked = [url for _, url, _, _ in board.requests if "before=" in url]
    assert asked and f"{NOW - orderrows.DAY}%3Ao5" in asked[0]
    assert not button(shown.orders, "Show older ones").isEnabled()


def test_an_order_from_an_alarm_with_one_key(qtbot, board, live_desk, shown):
    window = live_desk.window
    window.show_page("alarms")
    page = window.page("alarms")
    qtbot.waitUntil(lambda: page.table.rowCount() > 0)
    qtbot.keyClick(page.view, Qt.Key.Key_Down)
    [alarm] = page.chosen_alarms()
    done(board, order="o1")
    qtbot.keyClick(page.view, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    asked = dialog(qtbot, window, "Raise a work order")
    assert asked.typed("title")
    qtbot.keyClick(asked.edits["title"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(acts(board)))
    assert acts(board)[0]["alarms"] == [alarm.id] and acts(board)[0]["source"] == f"alarm:{alarm.id}"
    qtbot.waitUntil(lambda: window.current == "orders" and shown.orders.sheet.chosen_id() == "o1")


def test_a_work_ticket_waits_for_its_tags_and_is_closed_with_every_check(qtbot, board, live_desk, shown):
    shown.show_tab("ticket")
    qtbot.waitUntil(lambda: len(shown.tickets.sheet.texts()) == 5)
    choose(qtbot, shown.tickets, "t1")
    qtbot.waitUntil(lambda: "(does not hang yet)" in shown.tickets.text.toPlainText())
    done(board)
    press(qtbot, shown.tickets.hang_button)
    asked = dialog(qtbot, live_desk.window, "Hang a tag")
    qtbot.mouseClick(asked.send, LEFT)
    qtbot.waitUntil(lambda: bool(acts(board)))
    assert acts(board)[0] | {"text": ""} == {"kind": "tag.hang", "target": f"rack:{orderrows.RACK}", "text": "", "ticket": "t1"}
    choose(qtbot, shown.tickets, "t2")
    press(qtbot, button(shown.tickets, "Close the ticket…"))
    asked = dialog(qtbot, live_desk.window, "End the work: 2026-004")
    qtbot.keyClicks(asked.edits["text"], "done")
    qtbot.mouseClick(asked.send, LEFT)
    assert asked.wrong.text() == "Not checked yet: All people are out" and len(acts(board)) == 1
    for key in ("people_out", "tools_out", "isolation_back"):
        qtbot.keyClick(asked.edits[key], Qt.Key.Key_Space)
    qtbot.mouseClick(asked.send, LEFT)
    qtbot.waitUntil(lambda: len(acts(board)) == 2)
    assert acts(board)[1]["kind"] == "ticket.close"


def test_the_steps_of_an_operation_are_read_and_ticked_by_two_persons(qtbot, board, live_desk, shown):
    shown.show_tab("ticket")
    qtbot.waitUntil(lambda: len(shown.tickets.sheet.texts()) == 5)
    choose(qtbot, shown.tickets, "t3")
    press(qtbot, shown.tickets.steps_button)
    view = shown.steps
    qtbot.waitUntil(lambda: view.told is not None)
    assert (view.count.text(), view.words.text()) == ("Step 2 of 3", "检查UPS输出电压正常")
    assert (
        view.reader.text() == "Reader: 张工" and view.operator.text() == "Operator: 王工" and view.next.text() == "Then: 合上维修旁路开关"
    )
    value, age, must = view.proof._words()
    assert value and age and must.startswith("must be 10")
    assert view.read.isEnabled() and not view.tick.isEnabled()
    running = orderrows.tickets().standing[2]
    board.answers[f"{BASE}tickets/t3"] = (200, orderrows.ticket_detail(running, read=True))
    done(board)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.tick.isEnabled())
    assert acts(board) == [{"kind": "ticket.read_out", "ticket": "t3", "step": 2}]
    qtbot.keyClick(view.password, Qt.Key.Key_Return)
    assert view.wrong.text() == "The operator types his password." and len(acts(board)) == 1
    refused(board, "proof_other", step=2, point="x", value=99.0)
    qtbot.keyClicks(view.password, "Secret-2")
    qtbot.keyClick(view.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "which is not what the step asks for" in view.wrong.text())
    assert acts(board)[1] == {"kind": "ticket.operate", "ticket": "t3", "step": 2, "password": "Secret-2"} and not view.password.text()
    done(board)
    press(qtbot, view.deviate)
    asked = dialog(qtbot, live_desk.window, "Let step 2 pass without proof")
    assert "which is not what the step asks for" in asked.purpose.text()
    qtbot.keyClicks(asked.edits["why"], "meter is wrong")
    qtbot.keyClick(asked.edits["why"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: acts(board)[-1]["kind"] == "ticket.deviate")
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert shown.sides.currentWidget() is shown.tabs


def test_an_operation_ticket_is_written_from_a_template_with_the_points_of_its_thing(qtbot, board, live_desk, shown):
    room = live_desk.model.room
    ups = next(one for one in room.power if one.kind == "ups")
    ups.points[PowerRole.VOLTAGE] = orderrows.POINT
    shown.show_tab("ticket")
    qtbot.waitUntil(lambda: shown.tickets.page is not None)
    press(qtbot, shown.tickets.operation_button)
    asked = dialog(qtbot, live_desk.window, "Write an operation ticket")
    assert isinstance(asked, OperationForm)
    steps = asked.steps()
    assert len(steps) == 10 and (steps[1].point, steps[1].low, steps[1].high) == (orderrows.POINT, 200, 240)
    asked.table.item(0, 1).setText("none.there")
    qtbot.mouseClick(asked.send, LEFT)
    assert asked.wrong.text() == "Step 1: the room has no point none.there"
    asked.table.item(0, 1).setText("")
    done(board, ticket="t9")
    qtbot.mouseClick(asked.send, LEFT)
    qtbot.waitUntil(lambda: bool(acts(board)))
    [act] = acts(board)
    assert act["kind"] == "ticket.operation" and act["template"] == "ups-bypass" and len(act["steps"]) == 10


@pytest.mark.parametrize("text", ["200..240", "..5", "-3.5..", "=1,2"])
def test_what_a_point_must_say_is_typed_and_shown_alike(text):
    low, high, states = expected_of(text, 1)
    assert expected_text(low, high, states) == text


@pytest.mark.parametrize("text", ["", "..", "200", "=", "=x", "a..b"])
def test_what_cannot_be_read_is_said(text):
    with pytest.raises(Wrong):
        expected_of(text, 1)


def test_tags_are_hung_and_removed_with_a_reason_where_somebody_else_hung_them(qtbot, board, live_desk, shown):
    shown.show_tab("tag")
    qtbot.waitUntil(lambda: len(shown.tags.sheet.texts()) == 3)
    assert shown.tags.head.text().startswith("Tags that hang: 2")
    choose(qtbot, shown.tags, "g1")
    done(board)
    press(qtbot, shown.tags.remove_button)
    asked = dialog(qtbot, live_desk.window, f"Remove the tag on {live_desk.model.room.racks[0].names.en}")
    qtbot.mouseClick(asked.send, LEFT)
    assert asked.wrong.text() == "Fill in: Reason"
    qtbot.keyClicks(asked.edits["why"], "gone home")
    qtbot.keyClick(asked.edits["why"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: acts(board) == [{"kind": "tag.remove", "tag": "g1", "why": "gone home"}])
    choose(qtbot, shown.tags, "g3")
    assert not shown.tags.remove_button.isEnabled()


def test_a_rotation_test_that_is_due_is_begun_and_its_curve_is_shown(qtbot, board, live_desk, shown):
    shown.show_tab("rotation")
    qtbot.waitUntil(lambda: len(shown.rotation.sheet.texts()) == 3)
    choose(qtbot, shown.rotation, "p1")
    assert "in all 10.4 Ah" in shown.rotation.text.toPlainText() and shown.rotation.head.text() == "Tests that are due: 1"
    done(board)
    press(qtbot, shown.rotation.begin_button)
    asked = dialog(qtbot, live_desk.window, "Begin: 核对性放电")
    qtbot.mouseClick(asked.send, LEFT)
    qtbot.waitUntil(lambda: acts(board) == [{"kind": "rotation.begin", "plan": "p1"}])
    choose(qtbot, shown.rotation, "p2")
    assert not shown.rotation.begin_button.isEnabled() and shown.rotation.end_button.isEnabled()
    choose(qtbot, shown.rotation, "p1")
    wanted = []
    shown.openTrendSpan.connect(lambda *span: wanted.append(span))
    press(qtbot, shown.rotation.curve_button)
    run = orderrows.rotation().plans[0].runs[0]
    assert wanted == [(orderrows.POINT, run.begun, run.ended)]


def test_where_there_is_no_row_nobody_is_told_to_choose_one(shown):
    assert shown.orders.text.toPlainText() == "Choose a row above."
    shown.orders._answered(orderrows.orders().model_copy(update={"standing": [], "ended": []}))
    assert shown.orders.sheet.texts() == [] and shown.orders.text.toPlainText() == ""


def test_without_a_person_nothing_is_asked_and_nothing_is_left_on_the_screen(qtbot, board, live_desk, shown):
    live_desk.link._set_session(None)
    qtbot.waitUntil(lambda: shown.orders.head.text() == "Nobody is logged in.")
    assert shown.orders.sheet.texts() == [] and not shown.orders.raise_button.isEnabled()


def test_a_tag_is_marked_wherever_the_thing_is_painted(qtbot, board, live_desk, shown):
    window = live_desk.window
    station = live_desk.model.station
    live_desk.window.show_page("racks")
    assert any(text == "tagged" for _, text, _ in window.page("racks").board.painted_texts())
    live_desk.window.show_page("equipment")
    tree = window.page("equipment").tree
    told = tree.told(tree.node(tree.index_of(orderrows.DEVICE)))
    assert told.tagged and told.state == "tagged" and "王工" in told.tip
    live_desk.window.show_page("floor")
    page = window.page("floor")
    qtbot.waitUntil(lambda: "tagged" in page.legend.toolTip())
    assert "tagged by 王工" in page.view.words.rack_tip(orderrows.RACK)
    bare = station.model_copy(update={"duty": station.duty.model_copy(update={"tags": []})})
    board.send("change", Change(seq=3, now=NOW + 1000, station=bare))
    qtbot.waitUntil(lambda: "tagged" not in page.legend.toolTip())


@pytest.mark.parametrize(("size", "dark"), [((1366, 768), False), ((1920, 1080), True)])
def test_nothing_is_cut_on_any_tab(qtbot, qapp: QApplication, board, live_desk, shown, size, dark):
    theme.apply(qapp, theme.DARK if dark else theme.LIGHT)
    window = live_desk.window
    window.resize(*size)
    for tab in shown.every:
        shown.show_tab(tab.id)
        qtbot.waitUntil(lambda tab=tab: bool(tab.sheet.texts()))
        choose(qtbot, tab, tab.sheet.model().rows[0].id)
        qapp.processEvents()
        keep(window, f"orders-{tab.id}-{size[0]}-{'dark' if dark else 'light'}")
        assert walk(window, "orders").faults == []
    shown.show_steps("t3")
    qtbot.waitUntil(lambda: shown.steps.told is not None)
    assert walk(window, "orders").faults == []
