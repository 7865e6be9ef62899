"""The picture of a camera on the equipment page: asked once for each new one, with its age, and never passed off as newer than it is."""

from collections.abc import Callable
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage, QPainter

from cityops_desktop.link.messages import DeviceDetail
from cityops_desktop.model.readings import Quality, Reason
from tests.conftest import FakeClock
from tests.ui.canned_station import CannedStation
from tests.ui.pages.equipment.equipmentroom import device_detail
from tests.ui.rooms import NOW, copy_of_room
from ui.link import Link
from ui.models.room import RoomModel

OPENS_A_PAGE = True

CAMERA = "surveillance-1"


def jpeg(colour: str = "#3060c0", size: tuple[int, int] = (1600, 900)) -> bytes:
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    painter = QPainter(image)
    painter.fillRect(200, 500, 300, 350, QColor("#e0b020"))
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPG")  # type: ignore[call-overload]
    return bytes(data.data())


class Cameras:
    """A link that answers of one camera what a test says."""

    def __init__(self, model: RoomModel) -> None:
        self.model = model
        self.taken: int | None = NOW - 12_000
        self.good = True
        self.data: bytes | None = jpeg()
        self.asked: list[str] = []
        self.dead = False

    def device(self, id: str, callback: Callable[[DeviceDetail | None], None]) -> None:
        detail = device_detail(self.model, id)
        if id == CAMERA:
            first = detail.points[0]
            first.source.type = "picture"
            first.live = first.live.model_copy(
                update={"quality": Quality.GOOD} if self.good else {"quality": Quality.BAD, "reason": Reason.NO_ANSWER, "value": None}
            )
            detail = detail.model_copy(update={"pictures": True, "picture": self.taken})
        callback(None if self.dead else detail)

    def picture(self, id: str, callback: Callable[[bytes | None], None]) -> None:
        self.asked.append(id)
        callback(self.data)


@pytest.fixture
def cameras(desk, monkeypatch) -> Cameras:
    cameras = Cameras(desk.model)
    monkeypatch.setattr(desk.link, "device", cameras.device)
    monkeypatch.setattr(desk.link, "picture", cameras.picture)
    return cameras


@pytest.fixture
def page(qapp, desk, cameras):
    desk.model._clock = FakeClock()
    desk.model.apply_copy(copy_of_room(calm=True))
    desk.window.show_page("equipment")
    qapp.processEvents()
    page = desk.window.page("equipment")
    yield page
    desk.window.hide()
    shiboken6.delete(page)


def words(page) -> str:
    return " ".join(text for _, text, _ in page.picture.painted_texts())


def middle(page) -> str:
    """The colour in the upper half of the picture, as it is painted."""
    image = page.picture.grab().toImage()
    ratio = image.devicePixelRatio()
    return image.pixelColor(round(150 * ratio), round(60 * ratio)).name()


def near(colour: str, other: str) -> bool:
    a, b = QColor(colour), QColor(other)
    return all(abs(x - y) < 12 for x, y in ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue())))


def test_a_picture_is_shown_with_its_age_and_asked_for_once(qtbot, desk, page, cameras):
    page.show_device(CAMERA)
    qtbot.waitUntil(lambda: page.picture._shown is not None, timeout=30_000)
    assert page.picture.isVisible() and words(page) == "picture 12 s ago"
    assert near(middle(page), "#3060c0")
    for _ in range(3):
        desk.model.beat.emit()
    assert cameras.asked == [CAMERA]
    cameras.taken, cameras.data = NOW - 1000, jpeg("#a02020")
    desk.model.beat.emit()
    qtbot.waitUntil(lambda: page.picture._shown == (CAMERA, NOW - 1000), timeout=30_000)
    assert near(middle(page), "#a02020") and words(page) == "picture 1 s ago"
    assert page.picture.accessibleName().endswith("picture 1 s ago")


def test_a_camera_that_gives_no_more_pictures_keeps_its_last_one_and_says_since_when(qtbot, desk, page, cameras):
    page.show_device(CAMERA)
    qtbot.waitUntil(lambda: page.picture._shown is not None, timeout=30_000)
    plain = middle(page)
    cameras.good = False
    desk.model.beat.emit()
    assert words(page).startswith("no picture since ") and page.picture._old
    cameras.good, cameras.dead = True, True
    desk.model.beat.emit()
    assert words(page).startswith("no picture since ")
    cameras.dead = False
    desk.model.beat.emit()
    assert words(page).startswith("picture ") and middle(page) == plain


def test_before_the_first_picture(desk, page, cameras):
    cameras.taken, cameras.good = None, False
    page.show_device(CAMERA)
    assert page.picture.isVisible() and words(page) == "no picture yet"
    assert cameras.asked == []


def test_no_other_device_has_a_place_for_a_picture(qtbot, page, cameras):
    page.show_device("ups-1")
    assert not page.picture.isVisible()
    page.show_device(CAMERA)
    qtbot.waitUntil(lambda: page.picture._shown is not None, timeout=30_000)
    page.show_device("ups-1")
    assert not page.picture.isVisible() and page.picture._shown is None, "one camera's picture is never shown as another's"


BOMB = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\0\0\0"
"""Says that it is 2147483647 px wide and high."""


@pytest.mark.qt_log_ignore("JPEG", "libpng", "QImage", extend=True)
@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff" + bytes(50), b"GIF89a", BOMB], ids=["nothing", "half", "gif", "bomb"])
def test_what_is_no_picture_harms_nothing(qtbot, page, cameras, data):
    cameras.data = data
    page.show_device(CAMERA)
    qtbot.waitUntil(lambda: page.picture._shown is not None, timeout=30_000)
    assert words(page) == "this picture cannot be shown"
    page.picture.grab()


def test_over_http(qtbot, tmp_path: Path):
    station = CannedStation(tmp_path)
    station.start()
    station.answers["/api/v1/devices/cam%201/picture"] = (200, jpeg())
    station.answers["/api/v1/devices/none/picture"] = (404, b'{"code": "no_such_picture"}')
    model = RoomModel()
    link = Link(tmp_path, model)
    model.connected = True
    came: list[bytes | None] = []
    try:
        for id in ("cam 1", "none"):
            link.picture(id, came.append)
            qtbot.waitUntil(lambda n=len(came): len(came) > n, timeout=30_000)
    finally:
        link.stop()
        station.stop()
    assert came == [jpeg(), None]
