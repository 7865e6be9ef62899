"""The picture of a camera from its web page to the console's question: in memory only, with its age, refused where there is none."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import httpx
from httpx import ASGITransport

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.link.api import create_app
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.messages import LiveInfo, Refusal
from cityops_desktop.model.pictures import Picture
from cityops_desktop.model.readings import Quality
from cityops_desktop.model.refused import Refused
from cityops_desktop.room.load import load_room
from cityops_desktop.station.equipment import Equipment
from cityops_desktop.station.info import room_info
from drivers.recorder.driver import RecorderDriver
from tests.conftest import FakeClock
from tests.peers.webservers import answering, page

JPEG = b"\xff\xd8\xff\xe0" + bytes(500) + b"\xff\xd9"
ROOM = """room: {{id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}}
buses: [{{id: nvr, driver: recorder-http, host: 127.0.0.1, port: {port}, timeout: 10}}]
devices:
  - {{id: nvr, bus: nvr, channel: 0, profile: recorder-dahua, without: [disk_error, disks, disk_used, record]}}
  - {{id: cam, bus: nvr, channel: 1, profile: camera-dahua}}
"""


class Desk:
    """What the route asks of a station."""

    def __init__(self, equipment: Equipment, clock: FakeClock) -> None:
        self.equipment, self.clock = equipment, clock

    async def picture(self, id: str, credentials: Credentials) -> Picture:
        found = self.equipment.picture(id)
        if found is None:
            raise Refused("no_such_picture", device=id)
        return found


def asked(desk: Any, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=ASGITransport(create_app(desk)), base_url="http://127.0.0.1") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_from_the_camera_to_the_console(tmp_path: Path, clock: FakeClock) -> None:
    def answer(connection: socket.socket, head: bytes) -> None:
        connection.sendall(page("200 OK", JPEG, "image/jpeg"))

    with answering(answer) as port:
        (tmp_path / "room.yaml").write_text(ROOM.format(port=port), "utf-8")
        driver = RecorderDriver()
        room = load_room(tmp_path / "room.yaml", {driver.name: driver})
        info = room_info(room, {"nvr": ""}, {"nvr": "0", "cam": "1"})
        equipment = Equipment(room, info, {driver.name: driver}, LiveTable(room, clock), lambda id: None)
        desk = Desk(equipment, clock)
        before = asked(desk, "/api/v1/devices/cam/picture")
        assert (before.status_code, Refusal.model_validate_json(before.content).code) == (404, "no_such_picture")
        session = driver.connect(room.buses[0], room.devices, clock)
        for request in driver.plan(room.buses[0], room.devices[1], room.devices[1].points):
            assert session.execute(request).readings[0].value == 1
        session.close()
    taken = clock.wall()
    clock.advance(7.0)
    answer_ = asked(desk, "/api/v1/devices/cam/picture")
    assert (answer_.status_code, answer_.content, answer_.headers["content-type"]) == (200, JPEG, "image/jpeg")
    assert (answer_.headers["age"], answer_.headers["x-cityops-taken"], answer_.headers["cache-control"]) == ("7", str(taken), "no-store")
    assert asked(desk, "/api/v1/devices/nvr/picture").status_code == 404, "a recorder is no camera"
    assert asked(desk, "/api/v1/devices/nobody/picture").status_code == 404
    told = {id: equipment.detail(id, clock.wall(), lambda keys: [live(key) for key in keys], {}, {}) for id in ("nvr", "cam")}
    assert told["cam"] is not None and (told["cam"].pictures, told["cam"].picture) == (True, taken)
    assert told["nvr"] is not None and (told["nvr"].pictures, told["nvr"].picture) == (False, None)


def live(key: str) -> Any:
    return LiveInfo(key=key, value=None, quality=Quality.BAD, time=0)
