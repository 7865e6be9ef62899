"""The driver of recorders and cameras: the profiles that come with the program on pages as devices give them, faults, pictures."""

import base64
import json
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import OperatorError
from cityops_desktop.model.pictures import Photographer
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.rooms import Room
from cityops_desktop.room import load_room
from drivers.recorder import onvif
from drivers.recorder.driver import RecorderDriver
from drivers.recorder.pages import PageError
from tests.drivers.recorder.test_pages import HIKVISION
from tests.peers.slaves import free_port
from tests.peers.webservers import answering, apache, page

JPEG = b"\xff\xd8\xff\xe0" + bytes(500) + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
CAMERAS = b"""<InputProxyChannelStatusList><InputProxyChannelStatus><id>1</id><online>true</online></InputProxyChannelStatus>
<InputProxyChannelStatus><id>2</id><online>false</online></InputProxyChannelStatus></InputProxyChannelStatusList>"""
HIK_INFO = b"<DeviceInfo><model>DS-7632</model><serialNumber>X1</serialNumber><firmwareVersion>V4.61</firmwareVersion></DeviceInfo>"
DAHUA_DISKS = b"""list.info[0].Detail[0].IsError=false\r
list.info[0].Detail[0].TotalBytes=1000.000000\r
list.info[0].Detail[0].UsedBytes=400.000000\r
list.info[0].State=Success\r
list.info[1].Detail[0].IsError=true\r
list.info[1].Detail[0].TotalBytes=1000.000000\r
list.info[1].Detail[0].UsedBytes=1000.000000\r
list.info[1].State=Failure\r
"""
RECORD_MODE = b"table.RecordMode[0].Mode=0\r\ntable.RecordMode[0].ModeExtra1=2\r\ntable.RecordMode[1].Mode=2\r\n"


def room_of(folder: Path, port: int, devices: str, bus: str = "") -> Room:
    file = folder / "room.yaml"
    file.write_text(
        "room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
        f"buses: [{{id: nvr, driver: recorder-http, host: 127.0.0.1, port: {port}, timeout: 5{bus}}}]\n"
        f"devices:\n{devices}",
        "utf-8",
    )
    return load_room(file, {"recorder-http": RecorderDriver()})


@contextmanager
def session_of(room: Room, driver: RecorderDriver) -> Iterator[Callable[[], Mapping[str, Reading]]]:
    """A function that asks everything once."""
    session = driver.connect(room.buses[0], room.devices, SystemClock())
    try:

        def ask() -> Mapping[str, Reading]:
            results = [session.execute(request) for device in room.devices for request in driver.plan(room.buses[0], device, device.points)]
            return {reading.point: reading for result in results for reading in result.readings}

        yield ask
    finally:
        session.close()


def read(room: Room, driver: RecorderDriver | None = None) -> Mapping[str, Reading]:
    with session_of(room, driver or RecorderDriver()) as ask:
        return ask()


def serving(pages: Mapping[str, bytes], heard: list[bytes] | None = None) -> Callable[[socket.socket, bytes], None]:
    def answer(connection: socket.socket, head: bytes) -> None:
        if heard is not None:
            heard.append(head)
        path = head.split(b" ")[1].decode()
        connection.sendall(page("200 OK", pages[path]) if path in pages else page("404 Not Found"))

    return answer


def values(readings: Mapping[str, Reading]) -> dict[str, object]:
    return {key: reading.value for key, reading in readings.items()}


HIK = {"/": b"login", "/ISAPI/ContentMgmt/Storage": HIKVISION, "/ISAPI/ContentMgmt/InputProxy/channels/status": CAMERAS}


def test_a_hikvision_recorder(tmp_path: Path) -> None:
    with answering(serving({**HIK, "/ISAPI/System/deviceInfo": HIK_INFO})) as port:
        driver, room = RecorderDriver(), room_of(tmp_path, port, "  - {id: a, bus: nvr, channel: 0, profile: recorder-hikvision}\n")
        readings = read(room, driver)
        session = driver.connect(room.buses[0], room.devices, SystemClock())
        identity = session.identify("a")
        session.close()
    assert values(readings) == {"a.reachable": 1, "a.disks": 2, "a.disk_used": 87.5, "a.cameras": 1}
    assert {reading.quality for reading in readings.values()} == {Quality.GOOD}
    assert identity is not None and identity.facts == {"model": "DS-7632", "serial": "X1", "version": "V4.61"}


def test_a_dahua_recorder(tmp_path: Path) -> None:
    pages = {"/cgi-bin/storageDevice.cgi?action=getDeviceAllInfo": DAHUA_DISKS, "/": b"x"}
    pages["/cgi-bin/configManager.cgi?action=getConfig&name=RecordMode"] = RECORD_MODE
    with answering(serving(pages)) as port:
        room = room_of(tmp_path, port, "  - {id: a, bus: nvr, channel: 0, profile: recorder-dahua}\n")
        readings = read(room)
    assert values(readings) == {"a.reachable": 1, "a.disk_error": 1, "a.disks": 1, "a.disk_used": 70.0, "a.record": 2}


OWN = """  - id: a
    bus: nvr
    points:
      - {id: word, kind: digital, page: /state.json, value: state, words: {ok: 0, bad: 1}, states: {0: ok, 1: bad}}
      - {id: free, kind: analog, page: /state.json, value: disks.*.free, take: min, scale: 0.001}
      - {id: most, kind: analog, page: /state.json, value: disks.*.free, take: max}
      - {id: version, kind: text, page: /state.json, value: version}
      - {id: gone, kind: analog, page: /state.json, value: nothing}
"""
STATE: dict[str, Any] = {"state": "OK", "disks": [{"free": 3000}, {"free": 1500}], "version": "V4.30.005 中文"}
GOOD = {"a.word": 0, "a.free": 1.5, "a.most": 3000.0, "a.version": "V4.30.005 中文", "a.gone": None}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, {}),
        ({"state": "melting"}, {"a.word": None}),
        ({"disks": [{"free": 3000}, {"free": "?"}]}, {"a.free": None, "a.most": None}),
        ({"disks": [{"free": 1e999}]}, {"a.free": None, "a.most": None}),
        ({"disks": []}, {"a.free": None, "a.most": None}),
        ({"version": "\x07"}, {"a.version": None}),
        ({"version": ["V4"]}, {"a.version": None}),
    ],
)
def test_a_page_that_lacks_something_lacks_nothing_else(tmp_path: Path, change: dict[str, Any], wrong: dict[str, Any]) -> None:
    body = json.dumps({**STATE, **change}, ensure_ascii=False).encode()
    with answering(serving({"/state.json": body})) as port:
        readings = read(room_of(tmp_path, port, OWN))
    assert values(readings) == {**GOOD, **wrong}
    assert all(readings[key].reason is Reason.INVALID_VALUE for key in {"a.gone", *wrong})


@pytest.mark.parametrize("body", [b"", b"{", b"<html><p>Login</html>", b"\xff" * 100, b"null"])
def test_a_page_of_another_kind_brings_no_value(tmp_path: Path, body: bytes) -> None:
    with answering(serving({"/state.json": body})) as port:
        readings = read(room_of(tmp_path, port, OWN))
    assert not any(reading.usable for reading in readings.values())


def test_whether_anybody_is_there(tmp_path: Path) -> None:
    device = "  - {id: a, bus: nvr, channel: 0, profile: recorder-hikvision}\n"
    for status, there in (("200 OK", 1), ("401 no", 1), ("302 Found", 1), ("404 no", 1), ("503 busy", 1)):

        def answer(connection: socket.socket, head: bytes, status: str = status) -> None:
            connection.sendall(page(status))

        with answering(answer) as port:
            readings = read(room_of(tmp_path, port, device))
        assert (readings["a.reachable"].value, readings["a.reachable"].quality) == (there, Quality.GOOD), status
        assert not readings["a.disks"].usable, status


def test_a_server_that_is_gone_is_not_knocked_at_for_every_page_and_is_found_when_it_is_back(tmp_path: Path) -> None:
    port, driver = free_port(), RecorderDriver()
    room = room_of(tmp_path, port, "  - {id: a, bus: nvr, channel: 0, profile: recorder-hikvision}\n")
    session = driver.connect(room.buses[0], room.devices, SystemClock())
    plan = driver.plan(room.buses[0], room.devices[0], room.devices[0].points)

    def ask() -> dict[str, Reading]:
        return {reading.point: reading for request in plan for reading in session.execute(request).readings}

    try:
        readings = ask()
        assert readings["a.reachable"].value == 0
        assert {readings[key].reason for key in ("a.disks", "a.cameras")} == {Reason.CONNECTION_REFUSED}
        assert session.counters.requests == 1, "the other questions were not even sent"
        with answering(serving(HIK), port):
            assert values(ask()) == {"a.reachable": 1, "a.disks": 2, "a.disk_used": 87.5, "a.cameras": 1}
        assert ask()["a.reachable"].value == 0
    finally:
        session.close()


def test_with_a_login_against_apache(tmp_path: Path) -> None:
    storage = tmp_path / "www" / "ISAPI" / "ContentMgmt" / "Storage"
    storage.parent.mkdir(parents=True)
    storage.write_bytes(HIKVISION)
    password = tmp_path / "password"
    password.write_text("geheim")
    password.chmod(0o600)
    device = "  - {id: a, bus: nvr, channel: 0, profile: recorder-hikvision, without: [cameras]}\n"
    with apache(tmp_path, user="duty", password="geheim") as port:
        room = room_of(tmp_path, port, device, f", user: duty, password_file: {password}")
        assert values(read(room)) == {"a.reachable": 1, "a.disks": 2, "a.disk_used": 87.5}
        password.chmod(0o644)
        assert read(room)["a.disks"].reason is Reason.DENIED
    settings = RecorderDriver().settings(room.buses[0].options)  # type: ignore[arg-type]
    assert settings["user"] == "duty" and "geheim" not in str(settings) and str(password) not in str(settings)


CHANNELS = """  - {id: one, bus: nvr, channel: 1, profile: camera-hikvision}
  - {id: two, bus: nvr, channel: 2, profile: camera-hikvision}
"""


def test_pictures_of_two_cameras_are_kept_the_newest_of_each(tmp_path: Path) -> None:
    pages = {"/ISAPI/Streaming/channels/101/picture": JPEG, "/ISAPI/Streaming/channels/201/picture": PNG}
    driver = RecorderDriver()
    assert isinstance(driver, Photographer)
    with answering(serving(pages)) as port:
        room = room_of(tmp_path, port, CHANNELS)
        bus, one, two = room.buses[0].options, room.devices[0].options, room.devices[1].options
        assert driver.picture(bus, one) is None  # type: ignore[arg-type]
        with session_of(room, driver) as ask:
            assert values(ask()) == {"one.picture": 1, "two.picture": 1}
            first = driver.picture(bus, one)  # type: ignore[arg-type]
            pages["/ISAPI/Streaming/channels/101/picture"] = b"<html>login</html>"
            pages["/ISAPI/Streaming/channels/201/picture"] = JPEG
            readings = ask()
        assert (readings["one.picture"].reason, readings["two.picture"].value) == (Reason.BAD_REPLY, 1)
        assert first is not None and (first.data, first.kind) == (JPEG, "image/jpeg")
        assert driver.picture(bus, one) is first, "what came was no picture: the one before stays, with its age"  # type: ignore[arg-type]
        newest = driver.picture(bus, two)  # type: ignore[arg-type]
        assert newest is not None and newest.kind == "image/jpeg"


PROFILES = b"""<?xml version="1.0"?>
<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:t="http://www.onvif.org/ver10/media/wsdl"><e:Body><t:GetProfilesResponse>
<t:Profiles token="main" fixed="true"/><t:Profiles token="sub"/></t:GetProfilesResponse></e:Body></e:Envelope>"""
URI = b"""<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><t:GetSnapshotUriResponse xmlns:t="x"><t:MediaUri>
<u:Uri xmlns:u="y">http://192.168.1.64:8080/onvif/snap?profile=main&amp;x=1</u:Uri></t:MediaUri>
</t:GetSnapshotUriResponse></e:Body></e:Envelope>"""


def test_an_onvif_camera_is_asked_where_its_picture_is_and_it_is_fetched_from_the_camera_itself(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def answer(connection: socket.socket, head: bytes) -> None:
        text, _, body = head.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", text, re.IGNORECASE)
        while length and len(body) < int(length.group(1)):
            body += connection.recv(65536)
        heard.append(text.split(b"\r\n")[0] + b" " + body)
        reply = PROFILES if b"GetProfiles" in body else URI if b"GetSnapshotUri" in body else JPEG
        connection.sendall(page("200 OK", reply))

    password = tmp_path / "password"
    password.write_text("geheim")
    password.chmod(0o600)
    driver = RecorderDriver()
    with answering(answer) as port:
        room = room_of(tmp_path, port, "  - {id: a, bus: nvr, profile: camera-onvif}\n", f", user: duty, password_file: {password}")
        with session_of(room, driver) as ask:
            assert ask()["a.picture"].value == 1
            ask()
    asked = [line for line in heard if not line.startswith(b"GET / ")]
    assert [line.split(b" ")[1] for line in asked] == [b"/onvif/media_service"] * 2 + [b"/onvif/snap?profile=main&x=1"] * 2
    assert b"<m:ProfileToken>main</m:ProfileToken>" in asked[1] and b"geheim" not in b"".join(heard)
    nonce = re.search(rb"Base64Binary\">([^<]+)<", asked[0])
    created, sent = re.search(rb"Created[^>]*>([^<]+)<", asked[0]), re.search(rb"PasswordDigest\">([^<]+)<", asked[0])
    assert nonce and created and sent
    assert sent.group(1).decode() == onvif.digest(base64.b64decode(nonce.group(1)), created.group(1).decode(), "geheim")


@pytest.mark.parametrize("uri", ["@127.0.0.2/x", "http:@127.0.0.2/x", ":9/x", ".example/x", "\\\\127.0.0.2\\x", "mailto:a@b"])
def test_a_camera_leads_nobody_to_another_host(uri: str) -> None:
    with pytest.raises(PageError):
        onvif.picture_path_in(f"<a><Uri>{uri}</Uri></a>".encode())
    assert onvif.picture_path_in(b"<a><Uri>http://127.0.0.2:9/x?y=1</Uri></a>") == "/x?y=1"


def test_the_digest_of_the_wss_username_token() -> None:
    """The worked example of ONVIF's programmer's guide."""
    nonce = base64.b64decode("LKqI6G/AikKCQrN0zqZFlg==")
    assert onvif.digest(nonce, "2010-09-16T07:50:45Z", "userpassword") == "tuOSpGlFlIXsozq4HFNeeGeFLEI="


@pytest.mark.parametrize(
    ("point", "word"),
    [
        ("{id: x, kind: analog, page: /}", "digital"),
        ("{id: x, kind: analog, picture: true}", "digital"),
        ("{id: x, kind: analog, value: a, writable: true}", "writable"),
        ("{id: x, kind: analog, value: a, page: x}", "page"),
        ("{id: x, kind: analog, value: a, take: most}", "take"),
        ("{id: x, kind: analog, value: a, scale: 0}", "scale"),
    ],
)
def test_what_the_room_file_says_wrongly_is_refused(tmp_path: Path, point: str, word: str) -> None:
    with pytest.raises(OperatorError) as refused:
        room_of(tmp_path, 80, f"  - {{id: a, bus: nvr, points: [{point}]}}\n")
    told = " ".join(f"{problem.what} {problem.do} {problem.params}" for problem in refused.value.problems)
    assert word in told
