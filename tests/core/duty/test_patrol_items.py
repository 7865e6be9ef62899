"""What an answer is worth, what is missing in a round, what a template may say, which point a reading means, whether a sensor drifts."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty.drift import AGREE, LAST, drift
from cityops_desktop.duty.patrolcontent import Find, Item, ItemKind, RouteContent, Stop, TemplateContent, complaints
from cityops_desktop.duty.patrolitems import Fault, Given, Place, faults, judged, wanted
from cityops_desktop.duty.patrolplaces import point_of, spot_of, unknown
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.points import Place as Spot
from cityops_desktop.model.rooms import Area, Device, Rack, Room

BOTH = {"zh": "名", "en": "name"}
HERE = Place("s", "t", "i")


def item(kind: str, **more: Any) -> Item:
    return Item.model_validate({"id": "i", "kind": kind, "name": BOTH, **more})


CHECK, PHOTO, TEXT = item("check"), item("photo"), item("text")
NUMBER = item("number", low=10, high=20)
CHOICE = item("choice", choices=[{"id": "a", "name": BOTH}, {"id": "b", "name": BOTH, "ok": False}])
READING = item("reading", point="x.y", high=20)


@pytest.mark.parametrize(
    ("one", "given_", "code"),
    [
        (CHECK, Given("ok"), None),
        (CHECK, Given("not_ok"), None),
        (CHECK, Given("ok", value=1.0), "patrol_wrong_value"),
        (CHECK, Given("unchecked", why="locked"), None),
        (CHECK, Given("unchecked", why="  "), "patrol_no_why"),
        (NUMBER, Given("ok", value=15.0), None),
        (NUMBER, Given("ok"), "patrol_wrong_value"),
        (NUMBER, Given("ok", value=20.5), "patrol_wrong_value"),
        (NUMBER, Given("not_ok", value=20.5), None),
        (NUMBER, Given("not_ok", value=15.0), None),
        (NUMBER, Given("not_ok"), "patrol_wrong_value"),
        (NUMBER, Given("not_ok", note="display is dark"), None),
        (NUMBER, Given("unchecked", value=15.0, why="x"), "patrol_wrong_value"),
        (READING, Given("ok", value=20.0), None),
        (CHOICE, Given("ok", choice="a"), None),
        (CHOICE, Given("ok", choice="b"), "patrol_wrong_value"),
        (CHOICE, Given("not_ok", choice="b"), None),
        (CHOICE, Given("ok", choice="c"), "patrol_wrong_value"),
        (CHOICE, Given("ok"), "patrol_wrong_value"),
        (PHOTO, Given("ok"), "patrol_wrong_value"),
        (PHOTO, Given("ok", photos=1), None),
        (PHOTO, Given("not_ok"), None),
        (TEXT, Given("ok"), None),
        (TEXT, Given("ok", choice="a"), "patrol_wrong_value"),
    ],
)
def test_an_answer_fits_its_item_or_is_refused(one: Item, given_: Given, code: str | None) -> None:
    found = list(faults([(HERE, one)], [(HERE, given_)]))
    assert found == ([] if code is None else [Fault(code, HERE)])


def test_nothing_is_left_out_and_nothing_answered_twice() -> None:
    other = Place("s", "t", "j")
    items = [(HERE, CHECK), (other, CHECK)]
    assert list(faults(items, [(HERE, Given("ok"))])) == [Fault("patrol_incomplete", other)]
    assert list(faults(items, [(HERE, Given("ok")), (other, Given("ok")), (HERE, Given("ok"))])) == [Fault("patrol_unknown_item", HERE)]


@settings(max_examples=80)
@given(st.floats(-1e6, 1e6), st.floats(-100, 100), st.floats(0.1, 100))
def test_limits_are_inclusive_and_never_say_ok(value: float, low: float, width: float) -> None:
    one = item("number", low=low, high=low + width)
    assert judged(one, value, "") == (None if low <= value <= low + width else "not_ok")
    assert judged(one, None, "") is None


def test_the_items_of_a_route_come_in_its_order() -> None:
    template = TemplateContent.model_validate(
        {"code": "t", "group": "other", "name": BOTH, "items": [CHECK, {**TEXT.model_dump(), "id": "j"}]}
    )
    stops = [{"id": id, "name": BOTH, "kind": "rack", "ref": "A01", "templates": ["t"]} for id in ("one", "two")]
    route = RouteContent.model_validate({"code": "r", "name": BOTH, "stops": stops})
    assert [place for place, *_ in wanted(route, {"t": template})] == [
        *(Place("one", "t", id) for id in ("i", "j")),
        *(Place("two", "t", id) for id in ("i", "j")),
    ]
    with pytest.raises(KeyError):
        list(wanted(route, {}))


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"low": 5, "high": 5, "kind": "number"}, "low"),
        ({"high": 5}, "high"),
        ({"kind": "choice"}, "choices"),
        ({"choices": [{"id": "a", "name": BOTH}]}, "choices"),
        ({"kind": "choice", "choices": [{"id": id, "name": BOTH, "ok": False} for id in ("a", "b")]}, "choices"),
        ({"kind": "reading"}, "kind"),
        ({"kind": "reading", "point": "a.b", "find": {"units": ["V"]}}, "kind"),
        ({"kind": "reading", "find": {}}, "find"),
        ({"point": "a.b"}, "point"),
        ({"tolerance": 1}, "tolerance"),
    ],
)
def test_a_template_that_makes_no_sense_is_complained_about_at_its_key(changed: dict[str, Any], key: str) -> None:
    told = {"id": "i", "kind": "check", "name": BOTH} | changed
    content = TemplateContent.model_validate({"code": "t", "group": "other", "name": BOTH, "items": [told]})
    assert key in [one.at[-1] for one in complaints(content)]
    assert all(one.what.format(**one.params) and one.do for one in complaints(content))


STOP = {"id": "s", "name": BOTH, "kind": "rack", "ref": "A01", "templates": ["t"]}


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"stops": []}, ("stops",)),
        ({"stops": [{**STOP, "templates": []}]}, ("stops", 0, "templates")),
        ({"stops": [STOP, STOP]}, ("stops", 1)),
        ({"stops": [{**STOP, "expects": "spot"}]}, ("stops", 0, "code")),
        ({"stops": [{**STOP, "kind": "place"}]}, ("stops", 0, "kind")),
        ({"stops": [{**STOP, "ref": ""}]}, ("stops", 0, "ref")),
        ({"stops": [{**STOP, "x": 1.0}]}, ("stops", 0, "x")),
        ({"stops": [{**STOP, "code": "T"}, {**STOP, "id": "z", "code": "T"}]}, ("stops", 1, "code")),
        ({"plan": {}}, ("plan",)),
        ({"plan": {"times": ["08:00"], "every": 2}}, ("plan",)),
        ({"plan": {"times": ["08:00", "08:00"]}}, ("plan", "times", 1)),
    ],
)
def test_a_route_that_makes_no_sense_is_complained_about(changed: dict[str, Any], at: tuple[int | str, ...]) -> None:
    content = RouteContent.model_validate({"code": "r", "name": BOTH, "stops": [STOP], **changed})
    assert at in [one.at for one in complaints(content)]


def point(key: str, group: Group, unit: str, name: str = "x") -> Point:
    return Point(key, key.partition(".")[0], Names(name, name), Kind.ANALOG, group, unit)


def room() -> Room:
    devices = (
        Device("cam", "b", Names("c", "c"), Group.SURVEILLANCE, None, (point("cam.t", Group.ENVIRONMENT, "°C"),), sensitive=True),
        Device("th", "b", Names("t", "t"), Group.ENVIRONMENT, None, (point("th.t", Group.ENVIRONMENT, "°C"),), place=Spot(2, 2)),
        Device(
            "ups",
            "b",
            Names("u", "u"),
            Group.UPS,
            None,
            (point("ups.in", Group.UPS, "V", "输入"), point("ups.out", Group.UPS, "V", "输出")),
        ),
        Device("pdu", "b", Names("p", "p"), Group.POWER_DISTRIBUTION, None, (point("pdu.a", Group.POWER_DISTRIBUTION, "A"),), rack="A01"),
    )
    areas = (Area("hall", Names("h", "h"), Spot(0, 0), (6, 6)), Area("yard", Names("y", "y"), Spot(6, 0), (6, 6)))
    return Room(
        "r", Names("r", "r"), "d", "UTC", "v", devices=devices, areas=areas, racks=(Rack("A01", Names("A", "A"), place=Spot(7, 3)),)
    )


def found(kind: str, ref: str, **find: Any) -> str:
    stop = Stop.model_validate({**STOP, "kind": kind, "ref": ref, **({"x": 8.0, "y": 3.0} if kind == "place" else {})})
    one = point_of(room(), stop, READING.model_copy(update={"point": "", "find": Find.model_validate(find)}))
    return "" if one is None else one.key


def test_a_reading_finds_its_point_at_the_stop() -> None:
    assert found("device", "ups", units=["V"], names=["输出"]) == "ups.out"
    assert found("device", "ups", points=["o*"]) == "ups.out"
    assert found("device", "ups", units=["A"]) == ""
    assert found("area", "hall", groups=["environment"]) == "th.t", "and never the point of a sensitive device"
    assert found("area", "yard", units=["A"]) == "pdu.a", "what hangs in a rack is where the rack is"
    assert found("place", "", units=["A"]) == "pdu.a"
    assert found("rack", "A01", units=["A"]) == "pdu.a"
    assert found("rack", "A01", groups=["environment"]) == ""
    assert found("rack", "A01", groups=["environment"], place="room") == "th.t"
    sensitive = READING.model_copy(update={"point": "cam.t"})
    assert point_of(room(), Stop.model_validate(STOP), sensitive) is None
    assert point_of(room(), Stop.model_validate(STOP), CHECK) is None


def test_stops_have_a_spot_on_the_floor_where_one_is_known() -> None:
    def spot(**stop: Any) -> tuple[float, float] | None:
        return spot_of(room(), Stop.model_validate({**STOP, **stop}))

    assert spot() == (7, 3)
    assert spot(kind="area", ref="hall") == (3, 3)
    assert spot(kind="device", ref="th") == (2, 2)
    assert spot(kind="device", ref="pdu") == (7, 3)
    assert spot(kind="device", ref="ups") is None
    assert spot(x=1.0, y=2.0) == (1, 2)
    route = RouteContent.model_validate({"code": "r", "name": BOTH, "stops": [STOP, {**STOP, "id": "z", "kind": "area", "ref": "no"}]})
    assert unknown(room(), route) == ["area:no"]


def test_a_sensor_drifts_when_nearly_all_of_the_last_readings_say_so() -> None:
    assert drift([2.0] * LAST, 1.5) == 2.0
    assert drift([2.0] * (LAST - 1), 1.5) is None, "too few"
    assert drift([2.0, 2.0, -9.0, 2.0, 2.0, 2.0], 1.5) == 2.0, "one misreading hides nothing"
    assert drift([9.0, 0.1, 0.2, -0.1, 0.0, 0.1], 1.5) is None, "and makes nothing"
    assert drift([0.1, 2.0, 2.0, 2.0, 2.0, 2.0], 1.5) is None, "the newest says that it is well again"
    assert drift([2.0, -2.0] * 3, 1.5) is None, "both sides are bad reading, not drift"
    assert drift([-2.0, -2.5, -3.0, -2.0, -2.0, -2.0], 1.5) == -2.0


@settings(max_examples=100)
@given(st.lists(st.floats(-10, 10), max_size=12), st.floats(0.1, 5))
def test_drift_needs_enough_beyond_the_tolerance_on_one_side(differences: list[float], tolerance: float) -> None:
    told = drift(differences, tolerance)
    mirrored = drift([-one for one in differences], tolerance)
    assert mirrored == (None if told is None else -told)
    high = sum(one > tolerance for one in differences[:LAST])
    low = sum(one < -tolerance for one in differences[:LAST])
    if told is not None:
        assert len(differences) >= LAST and max(high, low) >= AGREE and abs(told) > tolerance
    elif len(differences) >= LAST and max(high, low) == LAST:
        raise AssertionError("all of them say so")


def test_the_kinds_of_items_are_those_of_the_issue() -> None:
    assert {kind.value for kind in ItemKind} == {"check", "number", "choice", "photo", "text", "reading"}
