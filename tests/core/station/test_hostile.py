"""A client that is not our window: stolen tokens, replayed, late and re-ordered orders, brute force. All refused, and recorded."""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.peers.slaves import free_port
from tests.peers.station import PASSWORD, StationPeer, station

TRIES = 5


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[StationPeer]:
    with station(tmp_path, free_port(), cold=True) as found:  # guessing meets argon2 at its real cost
        yield found


def guess(peer: StationPeer, name: str, password: str, console: str, code: str = "") -> httpx.Response:
    assert peer.client is not None
    body = {"name": name, "password": password, "console": "desk", "code": code}
    return peer.client.post("/api/v1/session", json=body, headers={"X-CityOps-Console": console})


def send(peer: StationPeer, session: str, console: str, body: dict[str, Any]) -> dict[str, Any]:
    assert peer.client is not None
    headers = {"X-CityOps-Session": session, "X-CityOps-Console": console}
    return dict(peer.client.post("/api/v1/commands", json=body, headers=headers).json())


def account(name: str) -> dict[str, Any]:
    return {"kind": "account.create", "name": name, "display": f"{name}工", "password": PASSWORD, "roles": ["duty"]}


def recorded(peer: StationPeer) -> list[dict[str, Any]]:
    """What the log says of refusals; the station has stopped."""
    assert peer.stop() == 0
    with closing(sqlite3.connect(peer.data / "records.db")) as records:
        rows = records.execute("SELECT actor, body FROM change WHERE kind = 'act.refused' ORDER BY seq").fetchall()
    return [{"actor": actor, **json.loads(body)} for actor, body in rows]


def test_a_stolen_token_is_refused_and_recorded_and_its_owner_goes_on(peer: StationPeer) -> None:
    peer.first_administrator()
    admin = peer.login("root")
    assert peer.client is not None
    now = peer.state().now
    order = {"id": "stolen-order-1", "deadline": now + 30_000, "act": account("thief")}
    for console in ("another console", ""):
        told = send(peer, admin, console, order | {"id": f"stolen-{len(console):03}"})
        assert (told["outcome"], told["code"], told["params"]) == ("refused", "stolen_session", {})
        headers = {"X-CityOps-Session": admin, "X-CityOps-Console": console}
        assert peer.client.put("/api/v1/session", headers=headers).json()["code"] == "stolen_session"
        assert peer.client.get("/api/v1/session/quick", headers=headers).json() == []
        assert peer.client.delete("/api/v1/session", headers=headers).status_code == 204, "which ends nothing"
    assert peer.act(admin, account("li"))["outcome"] == "done"
    found = [row for row in recorded(peer) if row["code"] == "stolen_session"]
    assert len(found) == 4
    assert {row["actor"] for row in found} == {"console:local"}
    assert len({(row["account"], row["session"]) for row in found}) == 1, "the record says whose session it was"


def test_a_replayed_order_is_not_carried_out_again_even_after_a_fall(peer: StationPeer) -> None:
    peer.first_administrator()
    admin = peer.login("root")
    deadline = peer.state().now + 60_000
    assert peer.act(admin, account("li"), id="replayed-order", deadline=deadline)["outcome"] == "done"
    os.kill(peer.child(), signal.SIGKILL)
    peer.wait_ready()
    again = peer.act(admin, account("li"), id="replayed-order", deadline=peer.state().now + 30_000)
    assert (again["outcome"], again["code"]) == ("refused", "done_before")
    other = peer.act(admin, account("wang"), id="replayed-order")
    assert (other["outcome"], other["code"]) == ("refused", "id_used")
    assert peer.act(admin, account("li"))["code"] == "name_taken"
    assert [row["code"] for row in recorded(peer)] == ["done_before", "id_used", "name_taken"]


def test_orders_too_late_too_early_and_out_of_order(peer: StationPeer) -> None:
    peer.first_administrator()
    admin = peer.login("root")
    now = peer.state().now
    later, earlier = (account(name) for name in ("later", "earlier"))
    assert peer.act(admin, later, id="second-order", deadline=now + 9000)["outcome"] == "done"
    assert peer.act(admin, earlier, id="first-order", deadline=now - 1)["code"] == "expired", "overtaken on the way: not carried out"
    assert peer.act(admin, earlier, id="future-order", deadline=now + 3_600_000)["code"] == "deadline_too_far"
    assert peer.client is not None
    peer.client.delete("/api/v1/session", headers=peer.headers(admin))
    assert peer.act(admin, earlier, id="after-logout")["code"] == "not_logged_in"
    assert peer.act("forged-token", earlier, id="forged-token-1")["code"] == "not_logged_in"
    assert [row["code"] for row in recorded(peer)] == ["expired", "deadline_too_far", "not_logged_in", "not_logged_in"]


def test_brute_force_makes_wait_and_locks_and_a_restart_frees_no_lock(peer: StationPeer) -> None:
    peer.first_administrator()
    known = [guess(peer, "root", f"Wrong-{n}-words", f"c{n}") for n in range(TRIES + 1)]
    unknown = [guess(peer, "nobody", f"Wrong-{n}-words", f"d{n}") for n in range(TRIES + 1)]
    for answers in (known, unknown):
        assert [answer.status_code for answer in answers] == [403] * (TRIES + 1)
        told = [(answer.json()["code"], sorted(answer.json()["params"])) for answer in answers]
        assert told == [("wrong_name_or_password", [])] * TRIES + [("too_many_attempts", ["seconds"])]
    assert guess(peer, "root", PASSWORD, "e").json()["code"] == "too_many_attempts", "not even with the right password"
    end = time.monotonic() + 30
    while not locked(peer):
        assert time.monotonic() < end, "the lock was never written"
        time.sleep(0.02)
    os.kill(peer.child(), signal.SIGKILL)
    peer.wait_ready()
    assert guess(peer, "root", PASSWORD, "f").json()["code"] == "account_locked"
    assert guess(peer, "root", "Wrong-again-1", "f").json()["code"] == "wrong_name_or_password"
    found = recorded(peer)
    assert [row["code"] for row in found].count("wrong_name_or_password") == 2 * TRIES + 1
    accounts = {row["account"] for row in found}
    assert len(accounts) == 2 and None in accounts, "the account where there is one, and never the name that was typed"
    text = json.dumps(found)
    assert "nobody" not in text and "Wrong" not in text and PASSWORD not in text


def locked(peer: StationPeer) -> bool:
    with closing(sqlite3.connect(peer.data / "records.db")) as records:
        return bool(records.execute("SELECT 1 FROM change WHERE kind = 'account.locked'").fetchone())
