"""Names of visitors are told to persons only, and a document's number is nowhere: not in an answer, not in a file of the station."""

from pathlib import Path

from tests.peers.station import slave, station

NAME, NUMBER = "王维修", "35010219900307123X"


def test_who_is_inside_is_told_to_persons_and_counted_for_everybody(tmp_path: Path) -> None:
    with slave() as device, station(tmp_path, device.port) as peer:
        assert peer.client is not None
        duty, now = peer.duty(), peer.state().now
        act = {"kind": "visit.enter", "name": NAME, "purpose": "x", "number": NUMBER, "badge": "7", "escort_name": "x"}
        entered = peer.act(duty, {**act, "entered": now - 7_200_000, "expected": now - 60_000})
        assert entered["outcome"] == "done", entered
        told = peer.until(lambda state: any(one.cause == "visitor_overdue" for one in state.alarms), "the alarm")
        assert told.station.duty.visitors == 1 and NAME not in told.model_dump_json()

        path = "/api/v1/duty/visits"
        assert peer.client.get(path).json()["code"] == "not_logged_in"
        page = peer.client.get(path, params={"text": NAME}, headers=peer.headers(duty)).json()
        assert [(one["name"], one["masked"]) for one in page["inside"]] == [(NAME, "123X")]

        left = peer.act(duty, {"kind": "visit.leave", "visit": entered["data"]["visit"], "time": now})
        assert left["outcome"] == "done", left
        peer.until(lambda state: state.station.duty.visitors == 0, "nobody inside")
        files = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert files and not [file for file in files if NUMBER[:14].encode() in file.read_bytes()]
