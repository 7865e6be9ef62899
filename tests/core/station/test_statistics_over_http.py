"""The statistics through a real station: what it counts is what happened, and who may not know who did it is not told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.link.statistics import CompletenessInfo, StatisticsInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.statistics import Table
from tests.peers.station import PASSWORD, Slave, StationPeer, slave, station

DAY = 86_400_000


@pytest.fixture(scope="module")
def device() -> Iterator[Slave]:
    with slave() as found:
        yield found


@pytest.fixture
def peer(tmp_path: Path, device: Slave) -> Iterator[StationPeer]:
    with station(tmp_path, device.port) as found:
        yield found


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory, device: Slave) -> Iterator[StationPeer]:
    """A station that is only asked."""
    with station(tmp_path_factory.mktemp("quiet"), device.port) as found:
        yield found


def ask(peer: StationPeer, subject: str, session: str | None = None, **more: Any) -> Any:
    assert peer.client is not None
    now = peer.state().now
    query = {"from": now - 3 * DAY, "to": now, **more}
    return peer.client.get(f"/api/v1/statistics/{subject}", params=query, headers=peer.headers(session))


def told(peer: StationPeer, subject: str, session: str | None = None, **more: Any) -> StatisticsInfo:
    answer = ask(peer, subject, session, **more)
    assert answer.status_code == 200, answer.text
    return StatisticsInfo.model_validate_json(answer.content)


def table(info: StatisticsInfo, code: str) -> Table:
    return next(one for one in info.tables if one.code == code)


def test_what_happened_is_what_is_counted(peer: StationPeer, device: Slave) -> None:
    duty = peer.duty()
    device.set(20, 1)
    state = peer.until(lambda now: [one for one in now.alarms if one.subject == "a.wet"], "the alarm")
    (alarm,) = [one for one in state.alarms if one.subject == "a.wet"]
    assert peer.act(duty, {"kind": "alarm.acknowledge", "alarms": [alarm.id]})["outcome"] == "done"
    device.set(20, 0)
    peer.until(lambda now: all(one.state is AlarmState.NORMAL for one in now.alarms if one.subject == "a.wet"), "its end")

    service = told(peer, "service", duty)
    day = table(service, "alarms_by_period").rows[-1]
    assert day.cells[:6] == (1, 1, 0, 0, 0, 0) and day.cells[6] is not None and day.cells[8] is not None
    (person,) = table(service, "acknowledged_by_person").rows
    assert (service.people[person.id], person.cells[0]) == ("张工", 1)
    (post,) = table(service, "acknowledged_by_post").rows
    assert (post.id, post.cells[0]) == ("duty", 1)
    acts = {(service.people[row.id], row.cells[0]): row.cells[1] for row in table(service, "acts_by_person").rows}
    assert acts["张工", "alarm.acknowledged"] == 1 and acts["王管理", "account.created"] == 2
    assert "people_withheld" not in [note.code for note in service.notes]

    root = peer.login("root")
    account = {"kind": "account.create", "name": "guest", "display": "访客", "password": PASSWORD, "roles": ["viewer"]}
    assert peer.act(root, account)["outcome"] == "done"
    for nobody in (None, peer.login("guest")):
        stranger = told(peer, "service", nobody)
        assert stranger.people == {} and not any("person" in one.code for one in stranger.tables)
        assert "people_withheld" in [note.code for note in stranger.notes]
    again = told(peer, "service", root)
    assert [row.cells[1] for row in table(again, "logins_by_person").rows] == [0, 0, 0], "nothing was refused: it was left out"

    business = told(peer, "business", by="month")
    groups = table(business, "groups_by_period")
    assert sum(row.cells[0] for row in groups.rows) == 1  # type: ignore[misc]
    worst = table(business, "worst_by_period").rows[-1].cells
    assert 0 < worst[0] < 0.1, "critical for some seconds"  # type: ignore[operator]
    assert table(business, "acts_by_period").rows[-1].cells[1] == 1


def test_performance_and_configuration(quiet: StationPeer) -> None:
    quiet.until(lambda now: [one for one in now.live if one.key == "a.temp" and one.value is not None], "a reading")
    info = told(quiet, "performance")
    assert info.ready == 1.0 and info.oldest is not None
    assert [note.code for note in table(info, "complete_by_period").notes] == ["recorded_since", "few_days"]
    (row,) = table(info, "answers").rows
    assert row.id == "a" and isinstance(row.cells[0], int) and row.cells[0] > 0
    assert [note.code for note in table(info, "pue").notes] == ["pue_no_mains"]
    config = told(quiet, "configuration")
    (group,) = table(config, "devices_by_group").rows
    assert group.cells == (1, 3, 3)
    assert sum(row.cells[0] for row in table(config, "versions_by_period").rows) == 1, "the first version"  # type: ignore[misc]
    assert table(config, "identities").rows[0].cells[2] == ""


def test_the_calendar(quiet: StationPeer) -> None:
    assert quiet.client is not None
    now = quiet.state().now
    answer = quiet.client.get("/api/v1/statistics/completeness", params={"from": now - 2 * DAY, "to": now})
    info = CompletenessInfo.model_validate_json(answer.content)
    assert len(info.days) == 3 and info.end > now and [one.id for one in info.devices] == ["a"]
    assert [one.id for one in info.points] == ["a.temp", "a.wet", "a.still"]
    assert all(one.shares[:2] == (None, None) for one in info.points), "before anything was recorded nothing is missing"


def test_nonsense_is_refused(quiet: StationPeer) -> None:
    now = quiet.state().now
    assert ask(quiet, "service", **{"from": now, "to": now - 1}).json()["code"] == "bad_request"
    assert ask(quiet, "service", **{"from": now - 500 * DAY}).json()["code"] == "bad_request"
    assert ask(quiet, "weather").json()["code"] == "bad_request"
    assert ask(quiet, "service", by="fortnight").status_code == 422
    for subject in ("business", "service", "performance", "configuration", "completeness"):
        for start, end in ((0, 1), (2**45 - 1, 2**45)):
            answer = ask(quiet, subject, **{"from": start, "to": end})
            assert answer.status_code == 200, f"long ago and far ahead: {subject} {answer.text}"
