"""`room schema` as it is typed: what it prints is the schema, ready to be put into a file."""

import json
import subprocess
import sys

import pytest

from cityops_desktop.room.schema import profile_schema, room_schema
from drivers.registry import DRIVERS


@pytest.mark.parametrize(("options", "schema"), [((), room_schema(DRIVERS)), (("--profile",), profile_schema(DRIVERS))])
def test_the_schema_is_printed(options: tuple[str, ...], schema: object) -> None:
    command = [sys.executable, "-m", "cityops_desktop", "room", "schema", *options]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=True)
    assert json.loads(done.stdout) == schema
    assert done.stderr == ""
