"""What a night at the console showed: codes where people need words, a name put where another person types, a code kept from its place."""

import pytest
from PySide6.QtCore import Qt

from cityops_desktop.link.audit import ChangeInfo
from cityops_desktop.link.people import QuickPerson
from cityops_desktop.model.people import Role, Way
from tests.ui.canned_station import CannedStation
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW
from ui.frame.firststart import FirstStartDialog
from ui.frame.login import LoginDialog
from ui.models.room import RoomModel
from ui.pages.audit.words import person_text, thing_text

LEFT = Qt.MouseButton.LeftButton


def row(subject: str, actor: str, **body: object) -> ChangeInfo:
    told = {"seq": 1, "time": NOW, "kind": "act.refused", "subject": subject, "actor": actor, "actor_name": "local", "body": body}
    told |= {"id": "c1", "rev": 1, "origin": "demo", "hash": "00"}
    return ChangeInfo.model_validate(told)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("refused:session.quick", "log-in by PIN or badge"),
        ("refused:session.open", "log-in"),
        ("refused:setup", "first start"),
        ("refused:alarm.acknowledge", "acknowledge alarms"),
        ("setting:x", "setting preset of people and passwords"),
        ("device:ups1", "ups1"),
        ("access:door", "door"),
    ],
)
def test_a_refusal_at_the_door_is_told_in_words(subject, words):
    told = row(subject, "console:local", id="security.preset")
    assert person_text(told) == "nobody logged in"
    assert thing_text(told, {}, RoomModel()) == words


def test_by_pin_the_buttons_say_that_the_password_is_needed(live_desk):
    live_desk.link._set_session(session_of(Role.DUTY, way=Way.PIN, rights=["alarm.acknowledge"]))
    assert "log in with the password" in live_desk.window.acts.why_not("own.password")
    assert "log in with the password" not in live_desk.window.acts.why_not("alarm.acknowledge")


def quick(qtbot, live_desk, canned: CannedStation, *people: QuickPerson):
    canned.answers["/api/v1/session/quick"] = (200, list(people))
    live_desk.window.door.change()
    dialog = live_desk.window.door.dialog
    qtbot.waitUntil(lambda: not dialog.who.text().startswith("Asking"))
    return dialog


def test_where_nobody_may_come_back_there_is_no_line_for_a_pin(qtbot, live_desk, canned: CannedStation):
    dialog = quick(qtbot, live_desk, canned)
    assert dialog.pin.isHidden() and dialog.send.isHidden() and dialog.password.isVisible()


def test_the_password_of_another_person_is_not_asked_under_the_name_of_the_one_here(qtbot, live_desk, canned: CannedStation):
    live_desk.link._set_session(session_of(Role.DUTY))
    here = live_desk.link.person
    dialog = quick(
        qtbot, live_desk, canned, QuickPerson(id=here.id, name=here.name, display=here.display, pin=True, badge=False, until=NOW)
    )
    qtbot.mouseClick(dialog.password, LEFT)
    login = live_desk.window.door.dialog
    assert isinstance(login, LoginDialog) and login.name.text() == ""


def test_the_first_three_take_three_passwords(qtbot, live_desk):
    dialog = FirstStartDialog(live_desk.link, lambda name: None)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.preset.setCurrentIndex(1)
    for name in ("a", "b"):
        for edit, text in ((dialog.name, name), (dialog.display, name), (dialog.password, "Mine-42-mine"), (dialog.again, "Mine-42-mine")):
            qtbot.keyClicks(edit, text)
        qtbot.mouseClick(dialog.send, LEFT)
    assert "another password" in dialog.wrong.text() and dialog.name.text() == "b"
    assert len(dialog._people) == 1
