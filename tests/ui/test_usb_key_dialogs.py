"""The dialogs that ask a USB key, with a made-up child program in the place of the one that talks to keys."""

import json
import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Refusal
from cityops_desktop.model.people import Outcome, Role
from tests.ui.canned_station import CannedStation
from tests.ui.conftest import SESSION
from tests.ui.peoplerooms import own_page, session_of
from tests.ui.walker import walk
from ui import usbkey
from ui.usbkey import UsbKey
from ui.widgets.owndialogs import FactorDialog

LEFT, ENTER = Qt.MouseButton.LeftButton, Qt.Key.Key_Return
DONE = CommandResult(id="x", outcome=Outcome.DONE)
ASKED = Refusal(code="second_factor_required", params={"fido2": '{"challenge": "c1"}'})
CHILD = """
import json, pathlib, sys
told = {"order": sys.argv[1], "options": sys.stdin.readline().strip(), "pin": sys.stdin.readline().strip()}
here = pathlib.Path(__file__)
with here.with_suffix(".asked").open("a") as stream:
    stream.write(json.dumps(told) + "\\n")
print((here.with_suffix(".say")).read_text(), flush=True)
if here.with_suffix(".wait").exists():
    sys.stdin.close()
    import time
    time.sleep(60)
"""


class Child:
    """What the made-up program was asked, and what it is to say."""

    def __init__(self, folder: Path) -> None:
        self.program = folder / "child.py"
        self.program.write_text(CHILD)

    def says(self, *lines: dict, waits: bool = False) -> None:
        self.program.with_suffix(".say").write_text("\n".join(json.dumps(line) for line in lines))
        if waits:
            self.program.with_suffix(".wait").touch()
        else:
            self.program.with_suffix(".wait").unlink(missing_ok=True)

    @property
    def asked(self) -> list[dict]:
        path = self.program.with_suffix(".asked")
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Child:
    child = Child(tmp_path)
    monkeypatch.setattr(usbkey, "COMMAND", (sys.executable, str(child.program)))
    return child


def codes(canned: CannedStation) -> list[str]:
    return [body["code"] for method, path, _, body in canned.requests if (method, path) == ("POST", "/api/v1/session")]


def asked_for_second(qtbot, live_desk, canned: CannedStation):
    canned.answers["/api/v1/session"] = (401, ASKED)
    live_desk.window.ask_login()
    dialog = live_desk.window.door.dialog
    qtbot.keyClicks(dialog.name, "zhang")
    qtbot.keyClicks(dialog.password, "secret")
    qtbot.keyClick(dialog.password, ENTER)
    return dialog


def test_a_log_in_asks_the_key_by_itself_and_is_done_by_a_touch(qtbot, live_desk, canned: CannedStation, child: Child):
    child.says({"touch": True}, waits=True)
    dialog = asked_for_second(qtbot, live_desk, canned)
    qtbot.waitUntil(lambda: "Touch the USB key now" in dialog.wrong.text())
    assert "Or type a code." in dialog.wrong.text() and not dialog.key.again.isEnabled()
    assert not walk(dialog, "login").faults
    dialog.key.key.stop()
    child.says({"touch": True}, {"answer": {"id": "k1"}})
    dialog.key.key.answered.connect(lambda _answer: canned.answers.update({"/api/v1/session": (201, SESSION)}))
    qtbot.keyClick(dialog.code, ENTER)
    qtbot.waitUntil(lambda: live_desk.link.person is not None)
    assert codes(canned)[-1] == json.dumps({"id": "k1"})
    assert child.asked[-1] == {"order": "sign", "options": '{"challenge": "c1"}', "pin": ""}


def test_no_key_is_said_and_a_code_still_does(qtbot, live_desk, canned: CannedStation, child: Child):
    child.says({"error": "no_key"})
    dialog = asked_for_second(qtbot, live_desk, canned)
    qtbot.waitUntil(lambda: "No USB key found" in dialog.wrong.text())
    assert dialog.code.hasFocus() and dialog.key.again.isEnabled()
    before = len(codes(canned))
    qtbot.mouseClick(dialog.key.again, LEFT)
    qtbot.waitUntil(lambda: len(child.asked) == 2)
    assert codes(canned)[before:] == [""], "a new question, with the name and the password that are typed"
    qtbot.waitUntil(lambda: "No USB key found" in dialog.wrong.text())
    canned.answers["/api/v1/session"] = (201, SESSION)
    qtbot.keyClicks(dialog.code, "123456")
    qtbot.keyClick(dialog.code, ENTER)
    qtbot.waitUntil(lambda: live_desk.link.person is not None)
    assert codes(canned)[-1] == "123456"


def test_the_pin_of_the_key_goes_to_standard_input_and_nowhere_else(qtbot, live_desk, canned: CannedStation, child: Child):
    child.says({"error": "pin_required"})
    dialog = asked_for_second(qtbot, live_desk, canned)
    qtbot.waitUntil(lambda: dialog.key is not None and dialog.key.pin.hasFocus())
    assert "wants its PIN" in dialog.wrong.text()
    child.says({"error": "wrong_pin"})
    qtbot.keyClicks(dialog.key.pin, "4711")
    qtbot.keyClick(dialog.key.pin, ENTER)
    qtbot.waitUntil(lambda: "Wrong PIN" in dialog.wrong.text())
    assert child.asked[-1]["pin"] == "4711" and dialog.key.pin.text() == ""
    assert not any("4711" in json.dumps(body) for *_, body in canned.requests)
    assert not walk(dialog, "login").faults


def test_closing_the_dialog_ends_the_child(qtbot, live_desk, canned: CannedStation, child: Child):
    child.says({"touch": True}, waits=True)
    dialog = asked_for_second(qtbot, live_desk, canned)
    qtbot.waitUntil(lambda: "Touch" in dialog.wrong.text())
    child_id = dialog.key.key._process.processId()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not _alive(child_id))
    assert live_desk.window.door.dialog is None


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([{"error": "several_keys"}], "several_keys"),
        ([{"error": "not_this_key", "detail": "x"}], "not_this_key"),
        ([{"error": "a code of tomorrow"}], "a code of tomorrow"),
        ([], "key_error"),
        ([{"touch": True}], "key_error"),
        ([["no object"]], "key_error"),
    ],
)
def test_what_a_child_may_say(qtbot, child: Child, said, code):
    child.says(*said)
    owner = QObject()
    key = UsbKey(owner)
    with qtbot.waitSignal(key.failed) as told:
        key.ask("sign", "{}")
    assert told.args == [code] and not key.asking
    assert usbkey.words_of(code) != code


def test_a_program_that_does_not_start(qtbot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(usbkey, "COMMAND", ("/no/such/program",))
    owner = QObject()
    key = UsbKey(owner)
    with qtbot.waitSignal(key.failed) as told:
        key.ask("sign", "{}")
    assert told.args == ["no_program"]


def test_the_program_itself_says_that_no_key_is_there(qtbot):
    owner = QObject()
    key = UsbKey(owner)
    with qtbot.waitSignal(key.failed, timeout=30_000) as told:
        key.ask("sign", "{}")
    assert told.args == ["no_key"]


def test_a_key_is_registered_and_the_recovery_codes_are_saved(qtbot, live_desk, canned: CannedStation, child: Child, tmp_path: Path):
    canned.answers["/api/v1/own"] = (200, own_page())
    begun = CommandResult(id="x", outcome=Outcome.DONE, data={"factor": "f9", "options": '{"rp": 1}'})
    canned.answers["/api/v1/commands"] = (200, begun)
    live_desk.link._set_session(session_of(Role.DUTY))
    live_desk.window.show_page("account")
    page = live_desk.window.page("account")
    qtbot.waitUntil(lambda: page.own is not None)
    page.tabs.setCurrentWidget(page.factors)
    child.says({"error": "no_key"})
    qtbot.mouseClick(page.factors.add_key, LEFT)
    dialog = live_desk.window.door.dialog
    assert isinstance(dialog, FactorDialog) and dialog.typed("name") == "USB key"
    qtbot.keyClicks(dialog.edits["password"], "a")
    qtbot.keyClick(dialog.edits["password"], ENTER)
    qtbot.waitUntil(lambda: "No USB key found" in dialog.wrong.text())
    assert child.asked == [{"order": "register", "options": '{"rp": 1}', "pin": ""}]
    assert not walk(dialog, "key").faults
    ten = [f"ABCDEFGH{n:02d}" for n in range(10)]
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE, data={"codes": " ".join(ten)}))
    child.says({"touch": True}, {"answer": {"id": "k1"}})
    qtbot.mouseClick(dialog.key.again, LEFT)
    qtbot.waitUntil(lambda: dialog.kept is not None)
    acts = [body["act"] for method, path, _, body in canned.requests if (method, path) == ("POST", "/api/v1/commands")]
    assert acts[-1] == {"kind": "own.factor_confirm", "factor": "f9", "code": json.dumps({"id": "k1"})}
    qtbot.mouseClick(dialog.save, LEFT)
    assert dialog.file.isVisible() and live_desk.window.door.dialog is dialog
    dialog.file.reject()
    path = tmp_path / "codes.pdf"
    dialog.print_to(path)
    assert path.read_bytes().startswith(b"%PDF") and "delete the file" in dialog.wrong.text()
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    dialog.print_to(tmp_path / "nowhere" / "codes.pdf")
    assert "cannot be written" in dialog.wrong.text()
    assert not walk(dialog, "codes").faults
    qtbot.keyClick(dialog.kept, Qt.Key.Key_Space)
    qtbot.mouseClick(dialog.send, LEFT)
    qtbot.waitUntil(lambda: live_desk.window.door.dialog is None)
