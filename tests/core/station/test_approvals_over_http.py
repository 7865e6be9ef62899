"""Two-person acts of a real station over HTTP: forged, replayed and repeated consents, and a station that is killed while it answers."""

import hashlib
import hmac
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from cityops_desktop.clock import SystemClock
from cityops_desktop.link.acts import ConfirmApproval
from cityops_desktop.link.credentials import LOCAL, bound_to
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Preset
from cityops_desktop.people import ocra, policy
from cityops_desktop.people.quick import badge_key
from cityops_desktop.store import changes
from cityops_desktop.store.schema import approval, change, command, setting
from cityops_desktop.store.store import Store
from tests.peers.station import PASSWORD, StationPeer, slave, station

STRICT = {"kind": "policy.set", "preset": "mlps3", "why": "inspection"}


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[StationPeer]:
    with slave() as device, station(tmp_path, device.port) as running:
        running.first_administrator()
        root = running.login("root")
        for name, role in (("sara", "security_administrator"), ("udo", "auditor"), ("dina", "duty")):
            act = {"kind": "account.create", "name": name, "display": name.title(), "password": PASSWORD, "roles": [role]}
            assert running.act(root, act)["outcome"] == "done"
        yield running


def opened(peer: StationPeer, session: str) -> dict[str, Any]:
    told = peer.act(session, {"kind": "approval.open", "password": PASSWORD, "act": STRICT})
    assert told["outcome"] == "done", told
    return dict(told["data"])


def consent(begun: dict[str, Any], name: str = "sara", **more: str) -> dict[str, Any]:
    proof = {} if "answer" in more else {"password": PASSWORD}
    return {"kind": "approval.confirm", "approval": begun["approval"], "digest": begun["digest"], "name": name, **proof, **more}


def refusals(peer: StationPeer) -> list[tuple[str, str, object]]:
    """Code, who gave it, and whose account the record names, of every refused consent; read when the station has stopped."""
    query = select(change.c.body, change.c.actor).where(change.c.subject == "refused:approval.confirm").order_by(change.c.seq)
    store = Store.open(peer.data, SystemClock())
    try:
        assert store.read(changes.verify) is None
        rows = store.read(lambda conn: conn.execute(query).all())
    finally:
        store.close()
    bodies = [(json.loads(row.body), row.actor) for row in rows]
    return [(body["code"], actor, body.get("account")) for body, actor in bodies]


def test_what_is_forged_replayed_or_agreed_to_by_the_same_person_is_refused_and_recorded(peer: StationPeer):
    root, udo = peer.login("root"), peer.login("udo")
    begun = opened(peer, root)
    [shown] = peer.state().station.approvals
    assert (shown.id, shown.challenge, shown.initiator_name) == (begun["approval"], begun["challenge"], "王管理")
    assert PASSWORD not in shown.model_dump_json()

    assert peer.act(root, STRICT)["code"] == "two_persons"
    assert peer.act(udo, consent(begun, digest="f" * 64))["code"] == "other_act"
    again = peer.login("root", "another console")
    assert peer.act(again, consent(begun, "root"))["code"] == "same_person"
    assert peer.act(None, consent(begun, "dina"))["code"] == "no_right"
    assert peer.act(None, consent(begun, password="Wrong-password-1"))["code"] == "wrong_name_or_password"
    assert peer.act(None, consent(begun, "udo", answer="12345678"))["code"] == "wrong_answer"
    assert peer.client is not None
    bare = httpx.post(f"{peer.url}/api/v1/commands", json={"id": "x" * 8, "deadline": 0, "act": consent(begun)}, trust_env=False)
    assert bare.status_code == 401
    assert peer.state().station.preset is Preset.BASIC

    id = uuid7(peer.state().now)
    deadline = peer.state().now + 20_000
    done = peer.act(None, consent(begun), id=id, deadline=deadline)
    assert done["outcome"] == "done"
    assert peer.act(None, consent(begun), id=id, deadline=deadline) == done
    assert peer.act(None, consent(begun))["code"] == "approval_closed"
    assert peer.act(None, consent(begun), id=id + "-2")["code"] == "approval_closed"
    state = peer.state().station
    assert (state.preset, state.approvals) == (Preset.MLPS3, [])
    assert peer.stop() == 0
    told = refusals(peer)
    assert [code for code, _, _ in told] == [
        "other_act",
        "same_person",
        "no_right",
        "wrong_name_or_password",
        "wrong_answer",
        "approval_closed",
        "approval_closed",
    ]
    assert {actor for _, actor, _ in told} == {"console:local"}
    assert [account is not None for _, _, account in told] == [False, True, True, True, True, False, False]


def test_by_an_authenticator_from_afar(peer: StationPeer):
    udo = peer.login("udo")
    begin = {"kind": "own.factor_begin", "password": PASSWORD, "factor": "authenticator", "name": "laptop"}
    begun = peer.act(udo, begin)["data"]
    now = peer.state().now
    first = ocra.now(begun["secret"], begun["challenge"], now)
    assert peer.act(udo, {"kind": "own.factor_confirm", "factor": begun["factor"], "code": first})["outcome"] == "done"
    root = peer.login("root")
    waiting = opened(peer, root)
    answer = ocra.now(begun["secret"], waiting["challenge"], peer.state().now)
    assert peer.act(root, consent(waiting, "udo", answer=answer))["outcome"] == "done", "typed at the initiator's console"
    assert peer.state().station.preset is Preset.MLPS3


def test_a_station_that_is_killed_while_it_answers_has_done_all_or_nothing(peer: StationPeer):
    """Each time the kill comes a little later, until the act was carried out; a restart leaves no approval open."""
    wait, seen = 0.0, set()
    while "all" not in seen:
        begun = opened(peer, peer.login("root"))
        id, deadline = uuid7(peer.state().now), peer.state().now + 20_000
        answers: list[object] = []
        sending = threading.Thread(target=send, args=(peer, consent(begun), id, deadline, answers))
        sending.start()
        sending.join(wait)
        os.kill(peer.child(), signal.SIGKILL)
        sending.join()
        peer.wait_ready()
        station_info = peer.state().station
        assert station_info.approvals == []
        found = "all" if station_info.preset is Preset.MLPS3 else "nothing"
        seen.add(found)
        assert found == "all" or answers == [], "what was acknowledged was done"
        assert peer.act(None, consent(begun), id=id)["code"] == "approval_closed"
        wait += 0.2
    assert seen == {"all", "nothing"}
    assert peer.stop() == 0
    store = Store.open(peer.data, SystemClock())
    try:
        assert store.read(changes.verify) is None
        states = store.read(lambda conn: [row.state for row in conn.execute(select(approval).order_by(approval.c.opened))])
        preset = store.read(lambda conn: conn.execute(select(setting.c.value).where(setting.c.id == policy.PRESET)).scalar())
    finally:
        store.close()
    assert states == ["expired"] * (len(states) - 1) + ["confirmed"]
    assert preset == "mlps3"


def send(peer: StationPeer, act: dict[str, Any], id: str, deadline: int, answers: list[object]) -> None:
    """The answer, if there was one."""
    assert peer.client is not None
    try:
        told = peer.client.post("/api/v1/commands", json={"id": id, "deadline": deadline, "act": act})
    except httpx.HTTPError:
        return
    answers.append(told.json()["outcome"])


def test_whoever_has_only_the_database_cannot_try_passwords_against_a_consent(peer: StationPeer):
    """The store keeps of a command what tells it from another one; a consent holds a password, and is bound to no secret session."""
    begun = opened(peer, peer.login("root"))
    act = consent(begun)
    assert peer.act(None, act)["outcome"] == "done"
    peer.stop()
    store = Store.open(peer.data, SystemClock())
    try:
        kept = set(store.read(lambda conn: conn.execute(select(command.c.content)).scalars().all()))
    finally:
        store.close()
    guess = f"None\n{bound_to(LOCAL, '')}\n{ConfirmApproval.model_validate(act).model_dump_json()}".encode()
    sealed = hmac.digest(badge_key(peer.data), b"command\n" + guess, "sha256")
    assert sealed in kept, "this is the text, and the key lies beside the database"
    assert hashlib.sha256(guess).digest() not in kept
