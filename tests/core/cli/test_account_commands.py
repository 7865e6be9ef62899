"""`account …` and `rights …` as typed: on a running station, with a second factor, and the way back on a stopped one."""

import base64
import json
import subprocess
import time
from pathlib import Path

from cityops_desktop.errors import Exit
from cityops_desktop.model.people import Preset
from cityops_desktop.people import rights
from cityops_desktop.people.factors import totp_code
from tests.core.cli.test_commands import cityops
from tests.peers.station import PASSWORD, StationPeer, slave, station, write_room

OTHER, THIRD = "Other-horse-8", "Third-horse-9"


def as_(peer: StationPeer, who: str, *arguments: object, said: str = PASSWORD, **more: bool) -> subprocess.CompletedProcess[str]:
    options = ["--code-stdin"] * bool(more.get("code"))
    return cityops(*arguments, "--as", who, "--data", peer.data, "--password-stdin", *options, said=said + "\n")


def state_of(peer: StationPeer, name: str, who: str = "root") -> dict[str, object]:
    done = as_(peer, who, "account", "show", name, "--json")
    assert done.returncode == Exit.OK, done.stderr
    return dict(json.loads(done.stdout))


def test_the_life_of_an_account(tmp_path: Path) -> None:
    with slave() as device, station(tmp_path, device.port) as peer:
        peer.first_administrator()
        new = ("account", "add", "--name", "zhang", "--display", "张工", "--role", "duty", "--until", "2099-12-31", "--temporary")
        made = as_(peer, "root", *new, said=f"{PASSWORD}\n{OTHER}")
        assert made.returncode == Exit.OK and "张工" in made.stdout, made.stderr
        zhang = state_of(peer, "ZHANG")
        assert (zhang["expires"], zhang["must_change"]) == (4102416000000, True), "the end of the day in Shanghai"
        assert as_(peer, "root", "account", "grant", "zhang", "--role", "engineer", "--until", "2099-01-01").returncode == Exit.OK
        twice = as_(peer, "root", "account", "grant", "zhang", "--role", "engineer")
        assert twice.returncode == Exit.REFUSED and "has this role there" in twice.stderr
        assert as_(peer, "root", "account", "grant", "zhang", "--role", "auditor", "--domain", "").returncode == Exit.REFUSED
        assert as_(peer, "root", "account", "revoke", "zhang", "--role", "duty").returncode == Exit.OK
        assert as_(peer, "root", "account", "revoke", "zhang", "--role", "duty").returncode == Exit.REFUSED
        roles = [(grant["role"], grant["domain"]) for grant in state_of(peer, "zhang")["grants"]]  # type: ignore[attr-defined]
        assert roles == [("engineer", "c/d/s/r1")]
        assert as_(peer, "root", "account", "leave", "zhang", "--to", "2099-01-02", "--why", "休假").returncode == Exit.OK
        told = as_(peer, "root", "account", "show", "zhang").stdout
        assert "on leave until 2099-01-03 00:00" in told and "休假" in told and "engineer" in told
        assert as_(peer, "root", "account", "leave", "zhang", "--back").returncode == Exit.OK
        assert state_of(peer, "zhang")["absences"] == []
        assert as_(peer, "root", "account", "leave", "zhang").returncode == Exit.USAGE
        assert as_(peer, "root", "account", "leave", "zhang", "--to", "someday", "--why", "x").returncode == Exit.USAGE
        assert as_(peer, "root", "account", "disable", "zhang", "--why", "left").returncode == Exit.OK
        assert "out of use" in as_(peer, "root", "account", "list").stdout
        assert as_(peer, "root", "account", "enable", "zhang", "--why", "back").returncode == Exit.OK
        assert as_(peer, "root", "account", "unlock", "zhang").returncode == Exit.OK
        last = as_(peer, "root", "account", "disable", "root", "--why", "x")
        assert last.returncode == Exit.REFUSED and "nobody would be left" in last.stderr
        assert as_(peer, "root", "account", "unlock", "nobody").returncode == Exit.REFUSED
        names = [json.loads(line)["name"] for line in as_(peer, "root", "account", "list", "--json").stdout.splitlines()]
        assert names == ["root", "zhang"]
        wrong = as_(peer, "root", "account", "list", said=OTHER)
        assert wrong.returncode == Exit.REFUSED and "wrong name or password" in wrong.stderr


def test_level_three_from_the_command_line(tmp_path: Path) -> None:
    """Three persons at once; whoever has a second factor is asked for its code, on standard input after the passwords."""
    three = ["--preset", "mlps3", "--security-name", "zhou", "--security-display", "周安全"]
    three += ["--auditor-name", "wu", "--auditor-display", "吴审计"]
    first = ["account", "first", "--name", "root", "--display", "王管理", *three, "--password-stdin", "--json"]
    with slave() as device, station(tmp_path, device.port) as peer:
        same = cityops(*first, "--data", peer.data, said=f"{PASSWORD}\n{PASSWORD}\n{THIRD}\n")
        assert same.returncode == Exit.REFUSED and "three different persons" in same.stderr
        done = cityops(*first, "--data", peer.data, said=f"{PASSWORD}\n{OTHER}\n{THIRD}\n")
        assert done.returncode == Exit.OK, done.stderr
        roles = [json.loads(line)["roles"] for line in done.stdout.splitlines()]
        assert roles == [["administrator"], ["security_administrator"], ["auditor"]]
        early = as_(peer, "root", "account", "list")
        assert early.returncode == Exit.REFUSED and "second factor" in early.stderr
        secret = enrolled(peer)
        step = int(time.time()) // 30
        code = totp_code(secret, step * 30)
        unread = as_(peer, "root", "audit", "show", said=f"{PASSWORD}\n{code}", code=True)
        assert unread.returncode == Exit.REFUSED and "no right to do this" in unread.stderr, "logged in; no administrator reads it"
        code = totp_code(secret, (step + 1) * 30)
        listed = as_(peer, "root", "account", "list", said=f"{PASSWORD}\n{code}", code=True)
        assert listed.returncode == Exit.OK and "security administrator" in listed.stdout, listed.stderr
        again = as_(peer, "root", "account", "list", said=f"{PASSWORD}\n{code}", code=True)
        assert again.returncode == Exit.REFUSED, "a code is good for one log-in"


def enrolled(peer: StationPeer) -> bytes:
    """The administrator sets an authenticator app up, with the code of one step ago; its secret."""
    assert peer.client is not None
    console = {"X-CityOps-Console": "enrolling"}
    session = peer.client.post("/api/v1/session", json={"name": "root", "password": PASSWORD, "console": "x"}, headers=console)
    console["X-CityOps-Session"] = session.json()["token"]

    def act(number: int, **act: str) -> dict[str, str]:
        body = {"id": f"enrol-{number:04}", "deadline": peer.state().now + 20_000, "act": act}
        answer = peer.client.post("/api/v1/commands", json=body, headers=console).json()  # type: ignore[union-attr]
        assert answer["outcome"] == "done", answer
        return dict(answer["data"])

    begun = act(1, kind="own.factor_begin", password=PASSWORD, factor="totp", name="app")
    secret = base64.b32decode(begun["secret"])
    code = totp_code(secret, (int(time.time()) // 30 - 1) * 30)
    act(2, kind="own.factor_confirm", factor=begun["factor"], code=code)
    peer.client.delete("/api/v1/session", headers=console)
    return secret


def test_the_way_back_on_the_stopped_station(tmp_path: Path) -> None:
    with slave() as device:
        with station(tmp_path, device.port) as peer:
            peer.first_administrator()
            running = cityops("account", "recover", "root", "--data", peer.data, "--password-stdin", said=f"{OTHER}\n")
            assert running.returncode == Exit.IN_USE and "stop it" in running.stderr
        data = tmp_path / "data"
        assert cityops("account", "recover", "root", "--data", data, "--password-stdin", said="weak\n").returncode == Exit.REFUSED
        assert cityops("account", "recover", "nobody", "--data", data, "--password-stdin", said=f"{OTHER}\n").returncode == Exit.REFUSED
        assert cityops("account", "recover", "root", "--data", tmp_path / "none", said="x\n").returncode == Exit.STORE
        done = cityops("account", "recover", "root", "--data", data, "--password-stdin", said=f"{OTHER}\n")
        assert done.returncode == Exit.OK, done.stderr
        assert cityops("audit", "verify", "--data", data).returncode == Exit.OK, "the record tells of every row"
        again = StationPeer(write_room(tmp_path, device.port), data)
        try:
            again.wait_ready()
            assert again.client is not None
            body = {"name": "root", "password": OTHER, "console": "x"}
            assert again.client.post("/api/v1/session", json=body).json()["limited"] == "change_password"
            assert again.client.post("/api/v1/session", json=body | {"password": PASSWORD}).status_code == 403
        finally:
            again.stop()


def test_the_matrix_is_printed_as_it_is() -> None:
    for preset in Preset:
        told = json.loads(cityops("rights", "show", "--preset", preset.value, "--json").stdout)
        assert {kind: set(roles) for kind, roles in told["matrix"].items()} == dict(rights.MATRIX[preset])
    lines = cityops("rights", "show", "--preset", "mlps3").stdout.splitlines()
    assert len(lines) == len(rights.BASIC)
    grant = next(line for line in lines if line.startswith("role.grant"))
    assert "security administrator" in grant and "engineer" not in grant
    assert any("two persons" in line for line in lines) and any("without log-in" in line for line in lines)


def test_the_conformity_list_names_what_is_not_met(tmp_path: Path) -> None:
    with slave() as device, station(tmp_path, device.port) as peer:
        peer.first_administrator()
        beside = cityops("rights", "conformity", "--data", peer.data, "--json")
    after = cityops("rights", "conformity", "--data", tmp_path / "data")
    assert beside.returncode == after.returncode == Exit.WRONG
    items = {item["code"]: item for item in map(json.loads, beside.stdout.splitlines())}
    assert items["identity_unique"]["evidence"] == {"accounts": 1}
    assert {code for code, item in items.items() if item["state"] == "not_met"} >= {"two_factors", "three_administrators"}
    assert items["malware"]["state"] == "not_known"
    assert "[not met]" in after.stdout and "[to be looked at]" in after.stdout
    assert cityops("rights", "conformity", "--data", tmp_path / "nothing").returncode == Exit.STORE
