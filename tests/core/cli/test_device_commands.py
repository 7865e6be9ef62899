"""`device list`, `device admit` on a running station: what waits is shown and admitted, nothing else."""

import json
import subprocess
from pathlib import Path

import pytest

from cityops_desktop.errors import Exit
from tests.core.cli.test_commands import cityops
from tests.core.station.test_admission import A, B, House, slaves
from tests.peers.station import PASSWORD


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def admit(house: House, *arguments: str, who: str = "li", yes: bool = True) -> subprocess.CompletedProcess[str]:
    options = ("--as", who, "--why", "as ordered", "--password-stdin", "--data", str(house.folder / "data"), *(["--yes"] * yes))
    return cityops("device", "admit", *arguments, *options, said=PASSWORD + "\nn\n")


def listed(house: House) -> subprocess.CompletedProcess[str]:
    return cityops("device", "list", "--data", str(house.folder / "data"))


def test_what_waits_is_listed_first_and_admitted_by_an_engineer(house: House) -> None:
    with slaves(house.port, "1=100", "2=200"), house.station(A) as peer:
        assert listed(house).returncode == Exit.OK
        house.apply(house.engineer(), A, B)
        peer.until(lambda _: house.identity("b").seen.facts == {"serial": "200"}, "it says who it is")  # type: ignore[union-attr]
        done = listed(house)
        first, second = done.stdout.splitlines()
        assert done.returncode == Exit.WRONG
        assert first.startswith("b  new, waits for its admission: line tcp, address 2") and "serial number 200" in first
        assert second.startswith("a  admitted")
        told = cityops("device", "list", "--json", "--data", str(house.folder / "data"), cold=True).stdout.splitlines()
        assert [json.loads(line)["waits"] for line in told] == ["new", ""]
        assert admit(house, "a").returncode == Exit.REFUSED
        assert "does not wait" in admit(house, "a").stderr
        assert "no right" in admit(house, "b", who="root").stderr
        assert admit(house, "b", yes=False).returncode == Exit.REFUSED, "the answer was no"
        assert house.identity("b").waits == "new"
        done = admit(house, "b")
        assert done.returncode == Exit.OK and "serial number 200" in done.stdout, done.stderr
        assert house.identity("b").waits == "" and listed(house).returncode == Exit.OK
