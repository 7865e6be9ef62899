"""Audit and Configuration against a real station: a limit changed, a file reviewed and applied, rolled back, the record verified."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cityops_desktop.model.people import Outcome, Role
from tests.peers.station import PASSWORD, StationPeer, slave, station
from ui.actions import accounts, people
from ui.link import Link
from ui.models.room import RoomModel
from ui.pages.audit.page import AuditPage
from ui.pages.config.page import REVIEW, SHOWN, ConfigPage
from ui.sound import Sound
from ui.window import Window

PATIENCE = 30_000
LIMIT = "limit:a.temp#high"


class At:
    """A window at the station, and who sits there."""

    def __init__(self, qtbot: QtBot, peer: StationPeer) -> None:
        self.qtbot, self.peer = qtbot, peer
        self.model = RoomModel()
        self.link = Link(peer.data, self.model)
        self.window = Window(self.model, self.link, Sound(self.model, players=()), asks=False)
        self.window.resize(1366, 768)
        qtbot.addWidget(self.window)
        self.window.show()
        self.link.start()
        self.until(lambda: self.model.connected)

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE)

    def come(self, name: str) -> None:
        told: list[object] = []
        people.login(self.link, name=name, password=PASSWORD, on_result=lambda result: told.append(result.outcome))
        self.until(lambda: told)
        assert told == [Outcome.DONE]

    def make(self, name: str, role: Role) -> None:
        """An account that need not change its password first."""
        client, token = self.peer.client, self.peer.login("root")
        assert client is not None
        headers = {"X-CityOps-Session": token, "X-CityOps-Console": "console of root"}
        act = {"kind": "account.create", "name": name, "display": name.title(), "password": PASSWORD, "roles": [role.value]}
        command = {"id": f"make-{name}-1", "deadline": self.model.now() + 30_000, "act": act}
        answer = client.post("/api/v1/commands", json=command, headers=headers).json()
        assert answer["outcome"] == "done", answer


@pytest.fixture
def at(qtbot: QtBot, tmp_path: Path) -> Iterator[At]:
    with slave() as device, station(tmp_path, device.port) as peer:
        peer.first_administrator()
        found = At(qtbot, peer)
        found.make("eng", Role.ENGINEER)
        found.make("aud", Role.AUDITOR)
        yield found
        found.window.close()


def test_a_limit_changed_a_file_applied_rolled_back_and_all_of_it_in_the_record(at: At, tmp_path: Path):
    at.come("eng")
    at.window.show_page("config")
    page = at.window.page("config")
    assert isinstance(page, ConfigPage)
    at.until(lambda: page.config is not None and page.config.current == 1)

    page.tabs.setCurrentIndex(2)
    page.limits.search.setText("a.temp")
    page.limits.sheet.choose(LIMIT)
    page.limits.change.click()
    dialog = at.window.door.dialog
    dialog.edits["value"].setText("31")
    dialog.edits["why"].setText("summer")
    dialog.send.click()
    at.until(lambda: page.config.current == 2)
    assert [(one.id, one.value, one.default) for one in page.config.overrides] == [(LIMIT, {"value": 31.0}, {"value": 30.0})]
    at.until(lambda: at.model.points["a.temp"].limits[0].value == 31.0)

    room = Path(page.config.path)
    draft = tmp_path / "draft" / "room.yaml"
    draft.parent.mkdir()
    draft.write_text(room.read_text().replace("Test room", "Room of tests").replace("high: 40", "high: 45"))
    page.review(draft)
    at.until(lambda: page.sides.currentIndex() == REVIEW)
    assert page.reviewing.summary.text().startswith("1 room changed, 1 limit changed")
    page.reviewing.why.setText("as ordered")
    page.reviewing.apply.click()
    at.until(lambda: page.sides.currentIndex() == SHOWN)
    at.until(lambda: not at.model.connected)
    assert at.window.banner.title.text() == "Configuration 3 is taking effect"
    at.until(lambda: at.model.connected and at.model.station.config == 3)
    assert at.model.room.names.en == "Room of tests" and at.model.taking_effect == 0

    if at.link.session is None:
        at.come("eng")
    at.until(lambda: page.config is not None and page.config.current == 3)
    page.list.choose("1")
    at.until(page.back.isEnabled)
    page.back.click()
    at.until(lambda: page.sides.currentIndex() == REVIEW)
    page.reviewing.why.setText("not ordered after all")
    page.reviewing.apply.click()
    at.until(lambda: at.model.connected and at.model.station.config == 4)
    assert at.model.room.names.en == "Test room"

    at.come("aud")
    at.window.show_page("audit")
    audit = at.window.page("audit")
    assert isinstance(audit, AuditPage)
    at.until(lambda: audit.table.rows)
    audit.filters.kind.setCurrentIndex(audit.filters.kind.findData("config."))
    at.until(lambda: [row.kind for row in audit.table.rows][:3] == ["config.rolled_back", "config.applied", "config.overridden"])
    assert {row.actor_name for row in audit.table.rows[:3]} == {"Eng"}
    before = audit.report.time if audit.report is not None else 0
    audit.buttons.verify.click()
    at.until(lambda: audit.report is not None and audit.report.time > before and audit.report.state == "sound")
    assert audit.strip.title.text().startswith("Complete and unchanged up to row ")
    told: list[object] = []
    accounts.unlock(at.link, account="p", on_result=lambda result: told.append(result.code))
    at.until(lambda: told == ["no_right"])
    audit.filters.kind.setCurrentIndex(audit.filters.kind.findData("act."))
    at.until(lambda: audit.table.rows and audit.table.rows[0].kind == "act.refused")
