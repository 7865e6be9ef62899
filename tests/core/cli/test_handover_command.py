"""`handover verify` of a file and of a data directory, sound and changed."""

import json
from pathlib import Path

import pytest
import typer

from cityops_desktop.cli import handover as command
from cityops_desktop.errors import OperatorError
from tests.core.station.duty.handoverroom import handover_room


def run(
    capsys: pytest.CaptureFixture[str], file: Path | None = None, data: Path | None = None, key: str = "", as_json: bool = False
) -> tuple[int, str]:
    """The exit code, and what was said."""
    with pytest.raises(typer.Exit) as ended:
        command.verify(file, data, key, as_json)
    return ended.value.exit_code, capsys.readouterr().out


def test_a_file_and_a_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    with handover_room(data) as house:
        offered = house.offer()
        house.done("", house.signs(offered, "lea", "outgoing"))
        house.done("", house.signs(offered, "max", "incoming"))
        _, content = house.ask(house.part.file(str(offered["handover"]), house.at("ann")))
    file = tmp_path / "sheet.json"
    file.write_bytes(content)

    code, said = run(capsys, file, data, as_json=True)
    told = json.loads(said)
    assert (code, told["sound"], told["papers"][1]["incoming"]) == (0, True, "Max")
    assert run(capsys, file, key="0" * 16)[0] == 9
    code, said = run(capsys, data=data)
    assert code == 0, said
    assert f"handover {offered['number']}" in said

    file.write_bytes(content.replace(b"Max", b"Mix", 1))
    code, said = run(capsys, file)
    assert code == 9
    assert "was altered" in said
    file.write_bytes(b"nothing")
    assert run(capsys, file)[0] == 9
    with pytest.raises(OperatorError):
        command.verify(tmp_path / "nowhere.json", None, "", False)
