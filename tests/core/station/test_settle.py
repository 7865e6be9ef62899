"""Which configuration a start of the station has: first file, edited file, demo, versions that do not come up, damage."""

import json

import pytest
from sqlalchemy import select, update

from cityops_desktop.config import bundle, versions
from cityops_desktop.config.versions import Content
from cityops_desktop.errors import Exit, OperatorError
from cityops_desktop.room import load_room
from cityops_desktop.station import settle as settling
from cityops_desktop.station.settle import Start, prove, read_file, settle
from cityops_desktop.store.schema import change, config_version
from cityops_desktop.store.store import Store
from drivers.registry import DRIVERS
from tests.peers.station import write_room

FELL = Start(restarts=1, reason="exit code 1")
EDITED = "differs from configuration version"


class Place:
    """A data directory and an edited room file."""

    def __init__(self, folder, clock, origin="real"):
        self.data, self.clock, self.origin = folder / "data", clock, origin
        self.data.mkdir()
        self.file = write_room(folder, 1502)
        if origin == "demo":
            self.edit("room: {id: r1,", "room: {id: r1, origin: demo,")
        self.store = Store.open(self.data, clock, origin)

    def edit(self, before, after):
        text = self.file.read_text("utf-8")
        assert before in text
        self.file.write_text(text.replace(before, after), "utf-8")

    def start(self, start=None):
        return settle(self.data, self.file, DRIVERS, self.store, self.clock, start or Start(), None, self.origin)

    def add(self, base, **changes):
        """A version as somebody applied it: the file as it is now, or other texts."""
        files = {**bundle.collect(self.file), **changes}
        content = Content(bundle.pack(files), {}, "r", f"f{base}")
        given = {"counts": {}, "actor": "p", "why": "", "time": self.clock.wall(), "kind": "apply"}
        self.store.write(lambda conn: versions.append(conn, content, base=base, **given)).result()

    def kinds(self):
        return [head.kind for head in reversed(self.store.read(versions.listed))]


@pytest.fixture
def place(tmp_path, clock):
    made = Place(tmp_path, clock)
    yield made
    made.store.close()


@pytest.fixture
def demo(tmp_path, clock):
    made = Place(tmp_path, clock, "demo")
    yield made
    made.store.close()


def test_the_file_becomes_version_one_and_runs_as_it_is(place):
    settled = place.start()
    assert (settled.version.number, settled.room, place.kinds()) == (1, load_room(place.file, DRIVERS), ["first"])
    assert (place.data / "config" / "1" / "room.yaml").read_bytes() == place.file.read_bytes()
    again = place.start()
    assert (again.version.number, again.room) == (1, settled.room)


def test_a_file_that_was_read_for_the_first_start_is_not_read_twice(place, monkeypatch):
    read = read_file(place.data, place.file, 1, DRIVERS)
    monkeypatch.setattr(settling, "load_room", None)
    settled = settle(place.data, place.file, DRIVERS, place.store, place.clock, Start(), read, "real")
    assert settled.room is read.room


@pytest.mark.parametrize("edit", [("high: 30", "high: 31"), ("kind: digital", "kind: digitl")])
def test_an_edited_file_right_or_wrong_changes_nothing(place, expected_log, edit):
    room = place.start().room
    place.edit(*edit)
    expected_log(EDITED)
    assert place.start().room == room
    assert place.kinds() == ["first"]


def test_a_file_that_is_gone_is_no_hindrance(place, expected_log):
    room = place.start().room
    place.file.unlink()
    expected_log(EDITED)
    assert place.start().room == room


def test_a_wrong_first_file_is_told_with_its_own_name_and_line(place):
    place.edit("kind: digital", "kind: digitl")
    with pytest.raises(OperatorError) as error:
        place.start()
    assert error.value.problems[0].where.startswith(f"{place.file}:")
    assert place.kinds() == []


def test_what_was_laid_down_is_put_right_at_each_start(place):
    place.start()
    laid = place.data / "config" / "1" / "room.yaml"
    laid.write_text("room: nonsense")
    place.start()
    assert laid.read_bytes() == place.file.read_bytes()


def test_a_demo_takes_a_changed_file_when_a_person_starts_it_and_keeps_the_overrides(demo):
    demo.start()
    over = {"limit:a.temp#high": {"value": 33}}
    first = demo.store.read(versions.newest).content
    content = Content(first.files, over, "r", first.file_room)
    given = {"counts": {}, "actor": "p", "why": "", "time": 1, "kind": "override"}
    demo.store.write(lambda conn: versions.append(conn, content, base=1, **given)).result()
    demo.edit("port: 1502", "port: 1503")
    settled = demo.start()
    assert (settled.version.number, demo.kinds()) == (3, ["first", "override", "demo"])
    assert settled.room.buses[0].options.port == 1503
    assert settled.room.points()["a.temp"].limits[0].value == 33
    assert demo.start().version.number == 3


def test_a_demo_that_fell_or_was_reconfigured_keeps_what_was_applied(demo, expected_log):
    demo.start()
    demo.edit("port: 1502", "port: 1503")
    expected_log(EDITED)
    for start in (FELL, Start(reconfigured=True)):
        assert demo.start(start).version.number == 1


def test_a_demo_directory_never_takes_a_real_room(demo):
    demo.start()
    demo.edit("origin: demo,", "")
    with pytest.raises(OperatorError, match="demo"):
        demo.start()
    assert demo.kinds() == ["first"]


def test_a_real_directory_refuses_to_start_with_a_demo_file(place):
    place.start()
    place.edit("room: {id: r1,", "room: {id: r1, origin: demo,")
    with pytest.raises(OperatorError, match="real"):
        place.start()


@pytest.mark.parametrize("damage", [{"files": b"nonsense"}, {"summary": "{"}])
def test_a_damaged_version_is_refused_clearly(place, damage):
    place.start()
    place.store.write(lambda conn: conn.execute(update(config_version).values(damage))).result()
    with pytest.raises(OperatorError) as error:
        place.start()
    assert error.value.exit_code is Exit.STORE
    assert "version 1" in str(error.value) and "records.db" in str(error.value)


def proven_and_next(place):
    """Version 1 has run for a minute, version 2 was applied and is sound to read."""
    room = place.start().room
    prove(place.data, 1)
    place.edit("high: 30", "high: 31")
    place.add(1)
    return room


def test_a_version_that_falls_three_times_gives_way_to_the_proven_one(place, expected_log):
    room = proven_and_next(place)
    assert place.start(Start(reconfigured=True)).version.number == 2
    assert [place.start(FELL).version.number for _ in range(2)] == [2, 2]
    expected_log("does not come up")
    expected_log(EDITED)
    settled = place.start(FELL)
    assert (settled.version.number, settled.failed, settled.room) == (3, 2, room)
    assert place.kinds() == ["first", "apply", "rollback"]
    place.store.write(lambda conn: None).result(30)  # what was to be written before it has been written
    row = place.store.read(lambda conn: conn.execute(select(change).where(change.c.kind == "config.fell_back")).mappings().one())
    assert json.loads(row["body"]) == {"failed": 2, "again": 1, "version": 3, "reason": "exit code 1"}
    assert place.start(FELL).failed == 0, "it is not tried again"


@pytest.mark.parametrize("reason", ["signal SIGKILL", "signal SIGTERM", "exit code 4", "exit code 6"])
def test_what_is_no_fault_of_the_configuration_is_not_counted(place, reason):
    proven_and_next(place)
    for restarts in range(6):
        assert place.start(Start(restarts, reason if restarts else "")).version.number == 2


def test_falls_after_a_minute_are_not_counted(place):
    proven_and_next(place)
    place.start(Start(reconfigured=True))
    prove(place.data, 2)
    assert [place.start(FELL).version.number for _ in range(5)] == [2] * 5


def test_a_version_that_cannot_be_read_gives_way_at_once(place, expected_log):
    room = place.start().room
    prove(place.data, 1)
    place.add(1, **{"room.yaml": "room: nonsense"})
    expected_log("does not come up")
    expected_log(EDITED)
    settled = place.start(Start(reconfigured=True))
    assert (settled.failed, settled.room) == (2, room)


def test_without_a_proven_one_the_error_is_told(place, expected_log):
    place.start()
    expected_log(EDITED)
    place.add(1, **{"room.yaml": "room: nonsense"})
    with pytest.raises(OperatorError):
        place.start()
