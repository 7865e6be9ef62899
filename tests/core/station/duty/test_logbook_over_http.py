"""The log book at a real station: attachments come and go byte for byte, nothing else may be large, and a fall in the middle of writing
loses nothing that was acknowledged, doubles nothing, and leaves nothing that no search finds."""

import base64
import os
import signal
from pathlib import Path
from typing import Any

import httpx

from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import SystemClock
from cityops_desktop.duty.attachments import MOST_BYTES
from cityops_desktop.model.ids import uuid7
from tests.core.station.duty.bookroom import PNG
from tests.peers.slaves import free_port
from tests.peers.station import StationPeer, station


def search(peer: StationPeer, session: str, **asked: Any) -> list[dict[str, Any]]:
    assert peer.client is not None
    answer = peer.client.get("/api/v1/duty/log", params=asked, headers=peer.headers(session))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["entries"])


def entry(text: str, **more: Any) -> dict[str, Any]:
    now = SystemClock().wall()
    return {"kind": "logbook.write", "id": uuid7(now), "time": now, "text": text, **more}


def attached(peer: StationPeer, session: str, data: bytes, name: str, id: str) -> dict[str, Any]:
    assert peer.client is not None
    now = peer.state().now
    act = {"kind": "attachment.add", "id": id, "about": "log", "name": name, "content": base64.b64encode(data).decode()}
    body = {"id": uuid7(now), "deadline": now + 30_000, "act": act}
    answer = peer.client.post("/api/v1/duty/attachments", json=body, headers=peer.headers(session))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_files_and_falls(tmp_path: Path) -> None:
    with station(tmp_path, free_port()) as peer:
        session = peer.duty()
        assert peer.client is not None
        files_come_and_go(peer, session)
        nothing_else_is_large(peer, session)
        written = [entry(f"第{n}次 漏水 巡视") for n in range(12)]
        taken = 0
        for n, act in enumerate(written):
            if n == 8:
                os.kill(peer.child(), signal.SIGKILL)
            try:
                taken += peer.act(session, act)["outcome"] == "done"
            except (httpx.TransportError, OSError, KeyError, ValueError):
                break
        peer.wait_ready()
        session = peer.login("zhang")
        held = {one["id"] for one in search(peer, session, q="漏水")}
        assert taken <= len(held) and held <= {act["id"] for act in written}
        for act in (*written, *written):
            assert peer.act(session, act)["data"] == {"entry": act["id"]}
        assert [one["id"] for one in search(peer, session, q="漏水 次")] == [act["id"] for act in reversed(written)]
        assert [one["text"] for one in search(peer, session, q="第3次")] == ["第3次 漏水 巡视"]
        peer.stop()
    assert verify(tmp_path / "data", SystemClock()).findings == []


def files_come_and_go(peer: StationPeer, session: str) -> None:
    assert peer.client is not None
    id = uuid7(SystemClock().wall())
    largest = PNG + os.urandom(MOST_BYTES - len(PNG))
    for _ in range(2):
        assert attached(peer, session, largest, "现场\\照片.png", id)["data"] == {"attachment": id}
    assert attached(peer, session, PNG, "照片.png", id)["code"] == "attachment_differs"
    assert attached(peer, session, largest + b"x", "a.png", uuid7(1))["code"] == "attachment_too_large"
    assert attached(peer, session, b"MZ\x90\0", "a.png", uuid7(1))["code"] == "attachment_sort"
    path = f"/api/v1/duty/attachments/{id}"
    answer = peer.client.get(path, headers=peer.headers(session))
    assert answer.content == largest and answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E7%85%A7%E7%89%87.png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert peer.client.get(path).status_code == 403
    assert peer.client.get("/api/v1/duty/attachments/none", headers=peer.headers(session)).status_code == 404
    told = peer.act(session, entry("照片", attachments=[id]))
    assert told["outcome"] == "done"
    (one,) = search(peer, session, q="照片")
    assert [(file["name"], file["size"]) for file in one["attachments"]] == [("照片.png", MOST_BYTES)]


def nothing_else_is_large(peer: StationPeer, session: str) -> None:
    assert peer.client is not None
    now = peer.state().now
    body = {"id": uuid7(now), "deadline": now + 30_000, "act": entry("x") | {"more": "x" * 300_000}}
    headers = peer.headers(session)
    assert peer.client.post("/api/v1/commands", json=body, headers=headers).status_code == 413
    assert peer.client.post("/api/v1/duty/attachments", json=body, headers=headers).status_code == 422
    body["act"] = {"kind": "attachment.add", "id": uuid7(now), "name": "x", "content": "A" * 2_950_000}
    assert peer.client.post("/api/v1/duty/attachments", json=body, headers=headers).status_code == 413
