"""`room import`: NetBox types and tables into a room file; everything checked first, comments kept, nothing written by halves."""

import csv
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from cityops_desktop.cli import app as command_line
from cityops_desktop.errors import OperatorError
from cityops_desktop.model.rooms import Room
from cityops_desktop.room import load_room
from cityops_desktop.room.importing import plan_import
from cityops_desktop.texts import tr
from drivers.registry import DRIVERS

HEAD = """\
# Our room
room: {id: r1, name: R, domain: c/d/s/r1, timezone: Asia/Shanghai}   # one line
buses:
  - {id: tcp, driver: modbus-tcp, host: h}
devices:
  - {id: dev, bus: tcp, address: 0x10, points: [{id: x, kind: analog, table: holding, address: 1}]}
"""
RACKS = """\
racks:
  # row A
  - id: A01
    row: A
    place: {x: 1.5, y: 2}
    items:
      - {name: {zh: 交换机, en: Switch}, u: 40, height: 1}   # bought in 2020
      - name: Firewall
        u: 38          # the upper one
        height: 2
      # below: empty

  # row B
  - id: B01
    items: [{name: Old, u: 1, height: 4}, {name: Older, u: 9, height: 1}]
  - {id: B02, row: B}
"""
R740 = "manufacturer: Dell\nmodel: PowerEdge R740\nslug: dell-poweredge-r740\nu_height: 2\nis_full_depth: true\n"
AR3100 = "manufacturer: APC\nmodel: AR3100\nslug: apc-ar3100\nform_factor: 4-post-cabinet\nwidth: 19\nu_height: 42\nstarting_unit: 1\n"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    file = tmp_path / "room.yaml"
    file.write_text(HEAD + RACKS, "utf-8")
    return file


def run(room: Path, *words: str | Path) -> Result:
    command_line.register(["room"])
    command_line.parts.load_drivers = lambda: DRIVERS
    return CliRunner().invoke(command_line.app, ["room", "import", *map(str, words), "--room", str(room)])


def table(room: Path, text: str, name: str = "t.csv", encoding: str = "utf-8") -> Path:
    file = room.parent / name
    file.write_bytes(text.encode(encoding))
    return file


def told(room: Path, *files: Path) -> list[tuple[str, str]]:
    before = room.read_bytes()
    with pytest.raises(OperatorError) as caught:
        plan_import(files, room, DRIVERS).carry_out()
    assert room.read_bytes() == before and not list(room.parent.rglob("*.bak")) and not (room.parent / "device-types").exists()
    return [(p.where.removeprefix(f"{room.parent}/"), tr(p.what, **p.params)) for p in caught.value.problems]


def standing(room: Path) -> set[tuple[str, str, float, float, str]]:
    racks = load_room(room, DRIVERS).racks
    return {(rack.id, item.names.en, item.u, item.height, item.face) for rack in racks for item in rack.items}


BEFORE = {
    ("A01", "Switch", 40, 1, "front"),
    ("A01", "Firewall", 38, 2, "front"),
    ("B01", "Old", 1, 4, "front"),
    ("B01", "Older", 9, 1, "front"),
}


def test_rows_are_added_moved_changed_and_left(room: Path) -> None:
    rows = """\
rack,name,u,height,face,device,note
A01,Switch,40,1,front,,x
A01,Firewall,36,2,,,
A01,Server 1,10-11,,,dev,
B01,Old,2,4,,,
B01,New: #1,20,2,,,
B02,First,U1,1U,rear,,
"""
    result = run(room, table(room, rows))
    assert result.exit_code == 0, result.output
    assert "items: 3 added, 2 moved, 0 changed, 1 unchanged" in result.output and "not used: note" in result.output
    assert standing(room) == {
        ("A01", "Switch", 40, 1, "front"),
        ("A01", "Firewall", 36, 2, "front"),
        ("A01", "Server 1", 10, 2, "front"),
        ("B01", "Old", 2, 4, "front"),
        ("B01", "Older", 9, 1, "front"),
        ("B01", "New: #1", 20, 2, "front"),
        ("B02", "First", 1, 1, "rear"),
    }
    assert (room.parent / "room.yaml.bak").read_text("utf-8") == HEAD + RACKS
    assert not (room.parent / "room.yaml.new").exists()


def test_every_other_line_stays_as_it_is(room: Path) -> None:
    run(room, table(room, "rack,name,u,height\nA01,Server,10,2\nA01,Firewall,30,2\n"))
    expected = (HEAD + RACKS).replace("u: 38          #", "u: 30          #")
    expected = expected.replace("        height: 2\n", "        height: 2\n      - {name: Server, u: 10, height: 2}\n")
    assert room.read_text("utf-8") == expected


def test_an_item_that_goes_to_another_rack_takes_all_it_is_with_it(room: Path) -> None:
    result = run(room, table(room, "rack,name,u\nB02,交换机,7\nA01,Old,30\n"))
    assert "2 moved" in result.output
    text = room.read_text("utf-8")
    assert "items: [{name: {zh: 交换机, en: Switch}, u: 7, height: 1}  # bought" not in text, "a remark must not swallow the bracket"
    assert ("B02", "Switch", 7, 1, "front") in standing(room) and ("A01", "Old", 30, 4, "front") in standing(room)
    assert load_room(room, DRIVERS).racks[2].items[0].names.zh == "交换机"


def test_the_last_item_of_a_rack_may_leave_it(room: Path) -> None:
    room.write_text(HEAD + "racks:\n  - id: A\n    items:\n      - {name: s, u: 1, height: 1}  # mine\n  - id: B\n    row: b\n", "utf-8")
    run(room, table(room, "rack,name,u\nB,s,3\n"))
    assert room.read_text("utf-8").endswith(
        "racks:\n  - id: A\n  - id: B\n    row: b\n    items:\n      - {name: s, u: 3, height: 1}  # mine\n"
    )


def test_a_dry_run_shows_and_writes_nothing(room: Path) -> None:
    rows = table(room, "rack,name,u,height,row,x,y\nA01,Server,10,2,,,\nA01,Firewall,30,2,,,\nC01,S,1,1,C,3,4.5\n")
    result = run(room, rows, "--dry-run")
    assert result.exit_code == 0
    for line in ("added: rack C01", "added: A01 U10 Server", "moved: A01 U30 Firewall (A01 U38 →)", "nothing was written (--dry-run)"):
        assert line in result.output
    assert sorted(file.name for file in room.parent.iterdir()) == ["room.yaml", "t.csv"] and standing(room) == BEFORE


def test_as_json(room: Path) -> None:
    result = run(room, table(room, "rack,name,u,height\nA01,Server,10,2\n"), "--dry-run", "--json")
    assert json.loads(result.output) == {"types": {}, "racks": [], "items": {"added": 1}, "unused": [], "written": False}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_excel_writes_in_china(room: Path, encoding: str, separator: str) -> None:
    lines = ["机柜,设备名称,U位,设备高度,安装面", "A01,存储，主,20,4,背面", "A01,光纤配线架,25,,前"]
    text = "\r\n".join(line.replace(",", separator) for line in [*lines[:2], lines[2].replace(",,", ",1,")]) + "\r\n"
    assert run(room, table(room, text, encoding=encoding)).exit_code == 0
    added = {(item.names.zh, item.u, item.height, item.face) for item in load_room(room, DRIVERS).racks[0].items}
    assert {("存储，主", 20, 4, "rear"), ("光纤配线架", 25, 1, "front")} <= added


def test_windows_line_ends_and_a_missing_last_one_are_borne(room: Path) -> None:
    room.write_bytes((HEAD + RACKS).rstrip("\n").replace("\n", "\r\n").encode())
    run(room, table(room, "rack,name,u,height\nB02,S,1,1\nA01,T,1,1\n"))
    text = room.read_bytes()
    assert text.count(b"\r\n") == text.count(b"\n") and ("B02", "S", 1, 1, "front") in standing(room)


def test_new_racks_with_their_place(room: Path) -> None:
    rows = "机柜,名称,U位,高度,列,x,y,朝向,机柜高度\nC01,甲,1,2,C,3,4.5,90,47\nC01,乙,46,2,,,,,\nC02,,,,C,5,4.5,,\n"
    result = run(room, table(room, rows))
    assert "racks: 2 added" in result.output
    racks = {rack.id: rack for rack in load_room(room, DRIVERS).racks}
    assert (racks["C01"].row, racks["C01"].facing, racks["C01"].u_height, len(racks["C01"].items)) == ("C", 90, 47, 2)
    assert racks["C02"].place is not None and (racks["C02"].place.x, racks["C02"].place.y) == (5, 4.5)
    assert room.read_text("utf-8").startswith(HEAD + RACKS)


@pytest.mark.parametrize("racks", ["", "racks: []\n", "racks: [{id: A01}]\n", "racks:\n- id: A01\n  items: []\n"])
def test_rooms_written_otherwise(room: Path, racks: str) -> None:
    room.write_text(HEAD + racks, "utf-8")
    assert run(room, table(room, "rack,name,u,height,x,y\nN1,S,1,1,1,1\nN1,T,2,1,,\n")).exit_code == 0
    if racks not in ("", "racks: []\n"):
        assert run(room, table(room, "rack,name,u,height\nA01,S2,1,1\n")).exit_code == 0
    assert {("N1", "S", 1, 1, "front"), ("N1", "T", 2, 1, "front")} <= standing(room)


def test_types_are_copied_beside_the_room_and_used_at_once(room: Path) -> None:
    library = room.parent / "library"
    (library / "Dell").mkdir(parents=True)
    (library / "Dell" / "R740.yaml").write_text(R740)
    (library / "AR3100.yml").write_text(AR3100)
    rows = table(room, "rack,name,u,型号\nA01,S,1,PowerEdge R740\nA01,T,3,dell-poweredge-r740\n")
    result = run(room, library, rows)
    assert "types: 2 added, 0 replaced, 0 unchanged" in result.output, result.output
    assert (room.parent / "device-types" / "dell-poweredge-r740.yaml").read_text() == R740
    assert (room.parent / "rack-types" / "apc-ar3100.yaml").read_text() == AR3100
    items = {item.names.en: item for item in load_room(room, DRIVERS).racks[0].items}
    assert items["S"].height == 2 and items["T"].type == "dell-poweredge-r740"
    assert "types: 0 added, 0 replaced, 2 unchanged" in run(room, library).output
    (library / "Dell" / "R740.yaml").write_text(R740 + "comments: newer\n")
    assert "1 replaced" in run(room, library / "Dell" / "R740.yaml").output
    assert (room.parent / "device-types" / "dell-poweredge-r740.yaml.bak").read_text() == R740


def test_a_new_type_that_the_room_cannot_bear_is_refused(room: Path) -> None:
    types = room.parent / "device-types"
    types.mkdir()
    (types / "mine.yaml").write_text(R740)
    run(room, table(room, "rack,name,u,type\nA01,S,36,dell-poweredge-r740\n"))
    higher = room.parent / "r740.yaml"
    higher.write_text(R740.replace("u_height: 2", "u_height: 3"))
    with pytest.raises(OperatorError) as caught:
        plan_import([higher], room, DRIVERS)
    assert "in the same U" in str(caught.value) and (types / "mine.yaml").read_text() == R740


FAULTS = [
    ("rack,name,u,height\nA02,S,1,1\n", "t.csv:2", "there is no rack “A02”, and the table does not say where it stands"),
    ("rack,name,u,height\n\nA01,S,41,2\n", "room.yaml:13", ""),
    ("rack,name,u,height\nA01,S,x,1\n", "t.csv:2", "“x” is no U"),
    ("rack,name,u,height\nA01,S,1,two\n", "t.csv:2", "“height” must be a number, not two"),
    ("rack,name,u,height\nA01,S,1-2,3\n", "t.csv:2", "U 1-2 is 2 units, but the height is 3"),
    ("rack,name,u,height\nA01,S,1,\n", "t.csv:2", "“height” is missing"),
    ("rack,name,u,height\nA01,S,42,2\n", "t.csv:2", "U 43 lies above the rack “A01”"),
    ("rack,name,u,height\nA01,S,5,1\nA01,T,5,1\n", "t.csv:3", "stands in the same U as another"),
    ("rack,name,u,height\nA01,S,37,2\n", "t.csv:2", "stands in the same U as another"),
    ("rack,name,u,height\nA01,S,,1\n", "t.csv:2", "“u” is missing"),
    ("rack,name,u,height\nA01,,3,1\n", "t.csv:2", "“name” is missing"),
    ("rack,name,u,height\n,S,3,1\n", "t.csv:2", "the row does not say its rack"),
    ("rack,name,u,height,face\nA01,S,3,1,left\n", "t.csv:2", "“face” cannot be left"),
    ("rack,name,u,height,device\nA01,S,3,1,dov\n", "t.csv:2", "there is no device “dov”"),
    ("rack,name,u,type\nA01,S,3,foo\n", "t.csv:2", "there is no device type “foo”"),
    ("rack,name,u,type\nA01,S,3,Foo 3\n", "t.csv:2", "“type” cannot be"),
    ("rack,name,u,height,row\nA01,S,3,1,B\n", "t.csv:2", "the rack “A01” has row A, the table says B"),
    ("rack,name,u,height,x,y\nA01,S,3,1,1.5,3\n", "t.csv:2", "the rack “A01” has y 2, the table says 3"),
    ("rack,name,u,height,x,y\nZ1,S,3,1,1.5,3\nZ1,T,9,1,2,3\n", "t.csv:3", "the rack “Z1” has x 1.5, the table says 2"),
    ("rack,name,u,height,x,y\nz 1,S,3,1,1,3\n", "t.csv:2", "“id” cannot be"),
    ("name,u,height\nS,3,1\n", "t.csv:1", "the table has no column “rack”"),
    ("rack,机柜,name\nA01,A01,S\n", "t.csv:1", "two columns mean the same: rack, 机柜"),
    ('rack,name\nA01,"S"x\n', "t.csv:2", "this is no row of a CSV table"),
    ("", "t.csv", "the table is empty"),
]


@pytest.mark.parametrize(
    ("rows", "where", "what"), [fault for fault in FAULTS if fault[2]], ids=[fault[0][-30:] for fault in FAULTS if fault[2]]
)
def test_a_mistake_is_told_and_nothing_is_written(room: Path, rows: str, where: str, what: str) -> None:
    found = told(room, table(room, rows))
    assert any(at == where and what in said for at, said in found), found


def test_two_that_cannot_both_stand_are_both_named(room: Path) -> None:
    [(where, said)] = told(room, table(room, "rack,name,u,height\nA01,S,37,2\n"))
    assert where == "t.csv:2" and f"{room}:" in said


def test_all_mistakes_of_all_files_come_at_once(room: Path) -> None:
    broken = room.parent / "broken.yaml"
    broken.write_text(R740.replace("u_height: 2", "u_height: 2.2"))
    found = told(
        room, table(room, "rack,name,u,height\nA01,S,x,1\nA09,S,1,1\n"), broken, table(room, "\x00\x01", "bad.csv"), room.parent / "t.pdf"
    )
    assert {where for where, _ in found} == {"t.csv:2", "t.csv:3", "broken.yaml:4", "bad.csv", "t.pdf"}


def test_other_files_are_refused(room: Path) -> None:
    (room.parent / "empty").mkdir()
    (room.parent / "a.yaml").write_text(R740)
    (room.parent / "b.yaml").write_text(R740)
    assert told(room, room.parent / "empty")[0][1] == "there is no NetBox file in this folder"
    assert "two files have the slug" in told(room, room.parent / "a.yaml", room.parent / "b.yaml")[0][1]
    assert "cannot be read" in told(room, room.parent / "nowhere.csv")[0][1]
    assert "no such file" in told(room, room.parent / "nowhere.yaml")[0][1]


def test_a_pipe_is_not_waited_for(room: Path) -> None:
    for name in ("p.csv", "p.yaml"):
        os.mkfifo(room.parent / name)
        assert told(room, room.parent / name)[0][1] == "this is not a file"
    (room.parent / "types").mkdir()
    os.mkfifo(room.parent / "types" / "p.yaml")
    (room.parent / "types" / "loop").symlink_to("..")
    (room.parent / "types" / "r740.yaml").write_text(R740)
    assert [change.slug for change in plan_import([room.parent / "types"], room, DRIVERS).types] == ["dell-poweredge-r740"]


def test_a_type_that_is_larger_than_any_is_refused_at_once(room: Path) -> None:
    (room.parent / "t.yaml").write_text(R740 + "interfaces: [" + "a, " * 1_000_000 + "]\n")
    assert told(room, room.parent / "t.yaml")[0][1] == "the file is larger than 1000000 bytes"


@pytest.mark.parametrize("sign", ["\u2028", "\u2029"])
def test_a_sign_inside_a_name_that_others_break_lines_at_breaks_no_row(room: Path, sign: str) -> None:
    rows = table(room, f"rack,name,u,height\nB02,one{sign}two,1,1\n")
    plan_import([rows], room, DRIVERS).carry_out()
    assert ("B02", f"one{sign}two", 1.0, 1.0, "front") in standing(room)
    assert plan_import([rows], room, DRIVERS).text is None, "a second time changes nothing"


def test_a_room_file_that_is_a_link_stays_one(room: Path) -> None:
    elsewhere = room.parent / "versions" / "room.yaml"
    elsewhere.parent.mkdir()
    room.rename(elsewhere)
    room.symlink_to(elsewhere)
    plan_import([table(room, "rack,name,u,height\nB02,S,1,1\n")], room, DRIVERS).carry_out()
    assert room.is_symlink() and not elsewhere.is_symlink() and "name: S" in elsewhere.read_text("utf-8")
    assert (elsewhere.parent / "room.yaml.bak").read_text("utf-8") == HEAD + RACKS


def test_a_room_that_is_not_sound_gets_nothing(room: Path) -> None:
    room.write_text(HEAD + RACKS.replace("u: 40", "u: 400"), "utf-8")
    assert told(room, table(room, "rack,name,u,height\nA01,S,1,1\n"))[0][0].startswith("room.yaml:")


def test_a_disk_that_refuses_is_told(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device", str(room))

    plan = plan_import([table(room, "rack,name,u,height\nA01,S,1,1\n")], room, DRIVERS)
    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(OperatorError, match="No space left"):
        plan.carry_out()
    assert standing(room) == BEFORE


def exported(room: Room) -> str:
    """The room's racks as somebody else's program would write them."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["rack", "row", "x", "y", "name", "u", "height", "face", "device"])
    for rack in room.racks:
        place = (rack.place.x, rack.place.y) if rack.place else ("", "")
        writer.writerow([rack.id, rack.row, *place, "", "", "", "", ""])
        for item in rack.items:
            writer.writerow([rack.id, rack.row, *place, item.names.zh, item.u, item.height, item.face, item.device or ""])
    return text.getvalue()


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)
stacks = st.lists(st.tuples(names, st.sampled_from([0.5, 1, 2, 4]), st.sampled_from(["front", "rear"])), max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["A01", "B01", "B02", "N01"]), stacks, max_size=4))
def test_what_is_imported_stands_there_and_importing_it_again_changes_nothing(
    tmp_path: Path, wanted: dict[str, list[tuple[str, float, str]]]
) -> None:
    room = tmp_path / "room.yaml"
    room.write_text(HEAD + RACKS.replace("u: 40", "u: 41"), "utf-8")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["rack", "x", "y", "name", "u", "height", "face"])
    expected = set()
    for rack, stack in wanted.items():
        u = 12.0
        for n, (name, height, face) in enumerate(stack):
            writer.writerow([rack, *((1, 1) if rack == "N01" else ("", "")), f"{name} {rack}{n}", u, height, face])
            expected.add((rack, f"{name} {rack}{n}", u, height, face))
            u += height
    first = plan_import([table(room, text.getvalue())], room, DRIVERS)
    first.carry_out()
    assert expected <= standing(room) and sum(change.kind == "added" for change in first.items) == len(expected)
    after = room.read_bytes()
    again = plan_import([table(room, exported(load_room(room, DRIVERS)))], room, DRIVERS)
    assert again.text is None and {change.kind for change in again.items} <= {"unchanged"} and again.racks == ()
    again.carry_out()
    assert room.read_bytes() == after
