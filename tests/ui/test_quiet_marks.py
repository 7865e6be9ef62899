"""What is kept quiet still marks its thing, calmly: on the overview, the floor, in racks, in the power chain, at curves."""

import pytest

from cityops_desktop.link.messages import AlarmInfo, Change
from cityops_desktop.link.trends import MarksPage
from cityops_desktop.model.alarms import AlarmState, Cause, Hidden
from tests.ui.rooms import NOW
from ui import theme
from ui.pages.floor.live import sign_of
from ui.pages.power.chain import Speaker, chain_of
from ui.pages.racks.state import RackWatch, by_device
from ui.pages.trends.marks_axis import marks_of


def tell(desk, subject: str, hidden: Hidden | None, level: int = 1) -> AlarmInfo:
    told = AlarmInfo(
        id=f"q-{subject}-{hidden}",
        key=f"{subject}#q{level}",
        subject=subject,
        cause=Cause.STATE,
        level=level,
        state=AlarmState.UNACKNOWLEDGED,
        raised=NOW,
        hidden=hidden,
        value=1.0,
    )
    desk.model.apply_change(Change(seq=2, now=NOW, alarms=[told]))
    return told


@pytest.fixture
def signs(monkeypatch) -> list[Hidden]:
    painted: list[Hidden] = []
    real = theme.paint_quiet

    def paint(painter, rect, hidden) -> None:
        painted.append(hidden)
        real(painter, rect, hidden)

    monkeypatch.setattr(theme, "paint_quiet", paint)
    return painted


@pytest.mark.parametrize("page", ["overview", "floor", "racks", "power"])
def test_each_page_paints_its_sign(desk, signs, page):
    desk.window.show_page(page)
    subjects = {"overview": list(desk.model.points), "power": [node.device for node in desk.model.room.power if node.device]}
    rack = [item.device for one in desk.model.room.racks for item in one.items if item.device]
    for subject in subjects.get(page, [*rack, *desk.model.devices]):
        if desk.model.worst((subject,)) is None:
            tell(desk, subject, Hidden.SHELVED)
    signs.clear()
    desk.window.stack.currentWidget().grab()
    assert Hidden.SHELVED in signs


def test_an_open_alarm_goes_before_what_is_quiet(desk):
    quiet = tell(desk, "ups-2.load", Hidden.OUT_OF_SERVICE)
    assert desk.model.mark(("ups-2.load",)) == quiet and desk.model.worst(("ups-2.load",)) is None
    sign = sign_of(desk.model.mark(("ups-2.load",)))
    assert sign is not None and sign.quiet is Hidden.OUT_OF_SERVICE and not sign.stands and not sign.filled
    loud = tell(desk, "ups-2.load", None, level=4)
    assert desk.model.mark(("ups-2.load",)) == loud


def test_a_rack_and_a_curve_say_it_in_words(desk):
    rack = next(one for one in desk.model.room.racks if any(item.device for item in one.items))
    item = next(n for n, one in enumerate(rack.items) if one.device)
    tell(desk, rack.items[item].device, Hidden.SHELVED)
    points = list(desk.model.points.values())
    watch = RackWatch(rack, points, by_device(points))
    assert watch.state(desk.model).items[item].quiet is Hidden.SHELVED
    shelved = tell(desk, "ups-2.load", Hidden.SHELVED)
    (mark,) = marks_of(MarksPage.model_construct(alarms=[shelved], notes=[], events=[], crowds=[]), desk.model)
    assert mark.quiet is Hidden.SHELVED and mark.text.endswith("shelved")


def test_a_part_of_the_power_chain_tells_it(desk):
    node = next(one for one in desk.model.room.power if one.device and desk.model.worst((one.device, *one.points.values())) is None)
    tell(desk, node.device, Hidden.SHELVED)
    words = Speaker(desk.model, chain_of(desk.model)).node(node.id)
    assert words.alarm is None and words.quiet is not None and "shelved" in words.tip
