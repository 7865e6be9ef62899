"""A handover sheet on paper: page one is one page however much there is to tell, in both languages; the rest follows."""

import pytest

from cityops_desktop.link.duty.sheet import SheetRow, SheetSection
from cityops_desktop.reports.handover import MOST, annex_report, front_report, page_one, turn_text
from cityops_desktop.texts import speaking
from tests.ui.pages.duty import handoverrows as rows
from tests.ui.rooms import NOW, copy_of_room
from ui.models.room import RoomModel
from ui.pages.duty.handoverfiles import pages_of
from ui.paper import blocks


@pytest.fixture
def model(qapp):
    made = RoomModel()
    made.apply_copy(copy_of_room())
    return made


def full():
    """More rows of each part than page one has, and long ones."""
    long = {"text": "很长的一行字" * 60}
    words = {front: [SheetRow(words="{text}", params=long, time=NOW, front=front)] * 12 for front in MOST}
    sections = [SheetSection(id=front, title="Alarms", rows=told) for front, told in words.items()]
    sheet = rows.sheet().model_copy(update={"sections": sections})
    return rows.detail(rows.State.ACCEPTED).model_copy(update={"sheet": sheet.model_copy(update={"remark": "长" * 300})})


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_page_one_is_one_page(model, language):
    with speaking(language):
        assert len(blocks.pages_of(front_report(full(), "", model.zone), landscape=False)) == 1
        assert len(pages_of(model, rows.detail())) == 2


def test_what_does_not_fit_is_counted_and_the_worst_comes_first():
    rest = page_one(full().sheet.sections)
    assert [sum(1 for one in rest if one.front == front) for front in MOST] == list(MOST.values())
    assert [one.more for one in rest if one.more] == [12 - most + 1 for most in MOST.values()]
    assert [one.title for one in page_one(rows.sections())][:3] == ["Alarms", "Alarms", "Shelved and out of service"]


def test_the_paper_has_both_names_the_head_and_lines_for_ink(model):
    told = annex_report(rows.detail(rows.State.ACCEPTED), "", model.zone)
    text = "\n".join(str(block) for block in told.blocks)
    assert "赵班长" in text and "李班长" in text and "by badge and PIN" in text
    assert f"4720:{'ef' * 32}" in text and rows.HASH in text and "in ink: ____" in text
    open_yet = "\n".join(str(block) for block in annex_report(rows.detail(), "", model.zone).blocks)
    assert "in ink: ____" in open_yet and "4720:" not in open_yet
    assert turn_text("N", NOW, NOW + 20 * rows.HOUR, model.zone).count("-") == 3
