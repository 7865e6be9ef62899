"""Shelving, the second person and taking out of service at a real station, by the window's own dialogs and keys."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cityops_desktop.model.alarms import AlarmState, Hidden
from cityops_desktop.model.people import Outcome
from tests.peers.station import PASSWORD, StationPeer, slave, station
from ui.actions import people
from ui.dialogs.approval import BeginDialog, WaitingDialog
from ui.dialogs.service import ServiceDialog, offer_service
from ui.dialogs.shelve import ShelveDialog, offer_shelve
from ui.link import Link
from ui.models.room import RoomModel
from ui.pages.alarms.hidden import HiddenList
from ui.sound import Sound
from ui.window import Window

PATIENCE = 30_000
HIGH, TOP = "a.temp#high", "a.temp#top"


class At:
    """A window at the station, its list of what is kept quiet, and who sits there."""

    def __init__(self, qtbot: QtBot, peer: StationPeer) -> None:
        self.qtbot, self.peer = qtbot, peer
        self.model = RoomModel()
        self.link = Link(peer.data, self.model)
        self.window = Window(self.model, self.link, Sound(self.model, players=()), asks=False)
        qtbot.addWidget(self.window)
        self.listed = HiddenList(self.model, self.link, self.window.acts)
        qtbot.addWidget(self.listed)
        self.window.show()
        self.listed.show()
        self.link.start()
        self.until(lambda: self.model.connected)

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE)

    def come(self, name: str) -> None:
        told: list[object] = []
        people.login(self.link, name=name, password=PASSWORD, on_result=lambda result: told.append(result.outcome))
        self.until(lambda: told)
        assert told == [Outcome.DONE]

    def hidden(self, key: str) -> Hidden | None:
        return next((alarm.hidden for alarm in self.model.alarms.values() if alarm.key == key and alarm.open), None)

    def alarms(self) -> set[str]:
        return {alarm.key for alarm in self.model.open_alarms()}

    @property
    def dialog(self) -> object:
        return self.window.door.dialog


@pytest.fixture
def at(qtbot: QtBot, tmp_path: Path) -> Iterator[At]:
    with slave() as device, station(tmp_path, device.port) as peer:
        peer.first_administrator()
        root = peer.login("root")
        for name, role in (("dina", "duty"), ("lea", "shift_leader")):
            act = {"kind": "account.create", "name": name, "display": name.title(), "password": PASSWORD, "roles": [role]}
            assert peer.act(root, act)["outcome"] == "done"
        device.set(10, 450)
        found = At(qtbot, peer)
        found.until(lambda: found.alarms() >= {HIGH, TOP})
        yield found
        found.window.close()
        found.listed.close()


def agree(at: At, name: str) -> None:
    """Whoever is logged in gives the reason and the password anew, the second person name and password."""
    at.until(lambda: isinstance(at.dialog, BeginDialog))
    begin = at.dialog
    assert isinstance(begin, BeginDialog)
    at.qtbot.keyClicks(begin.why, "exchanged")
    at.qtbot.keyClicks(begin.password, PASSWORD)
    at.qtbot.keyClick(begin.password, Qt.Key.Key_Return)
    at.until(lambda: isinstance(at.dialog, WaitingDialog))
    waiting = at.dialog
    assert isinstance(waiting, WaitingDialog)
    at.qtbot.keyClicks(waiting.name, name)
    at.qtbot.keyClicks(waiting.password, PASSWORD)
    at.qtbot.keyClick(waiting.password, Qt.Key.Key_Return)
    at.until(lambda: at.dialog is None)


def test_a_night_of_keeping_quiet(at: At) -> None:
    acts, link, model = at.window.acts, at.link, at.model
    at.come("dina")
    offer_shelve(link, acts, model, [HIGH])
    dialog = at.dialog
    assert isinstance(dialog, ShelveDialog)
    at.qtbot.keyClicks(dialog.why, "sensor flutters")
    at.qtbot.keyClick(dialog.why, Qt.Key.Key_Return)
    at.until(lambda: at.hidden(HIGH) is Hidden.SHELVED and at.dialog is None)
    at.until(lambda: at.listed.table.rowCount() == 1)

    offer_shelve(link, acts, model, [TOP])
    dialog = at.dialog
    assert isinstance(dialog, ShelveDialog)
    at.qtbot.keyClick(dialog.length, Qt.Key.Key_Return)
    agree(at, "lea")
    at.until(lambda: at.hidden(TOP) is Hidden.SHELVED and at.alarms().isdisjoint({HIGH, TOP}))
    at.until(lambda: {entry.who for entry in at.listed.table.entries} == {"Dina", "Dina and Lea"})

    at.listed.view.selectAll()
    at.qtbot.keyClick(at.listed.view, Qt.Key.Key_Delete)
    at.until(lambda: at.listed.table.rowCount() == 0)
    at.until(lambda: at.alarms() >= {HIGH, TOP})
    assert {alarm.state for alarm in model.open_alarms() if alarm.subject == "a.temp"} == {AlarmState.ACKNOWLEDGED}

    at.come("lea")
    offer_service(link, acts, model, "a.temp")
    service = at.dialog
    assert isinstance(service, ServiceDialog) and "limits" in service.happens.text()
    at.qtbot.mouseClick(service.send, Qt.MouseButton.LeftButton)
    agree(at, "dina")
    at.until(lambda: at.hidden(TOP) is Hidden.OUT_OF_SERVICE)
    at.until(lambda: at.listed.table.rowCount() == 1 and len(at.listed.table.entries[0].beneath) == 2)
    at.listed.view.selectRow(0)
    at.qtbot.mouseClick(at.listed.back, Qt.MouseButton.LeftButton)
    at.until(lambda: any(alarm.key == TOP and alarm.state is AlarmState.UNACKNOWLEDGED for alarm in model.open_alarms()))
