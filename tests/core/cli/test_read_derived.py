"""`read` of figures that follow from others: what they need is read as well, and only what was asked for is printed."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.peers.slaves import HERE, free_port, running

ROOM = """
room: {{id: r1, name: Test room, domain: c/d/s/r1, timezone: Asia/Shanghai}}
buses:
  - {{id: line, driver: modbus-tcp, host: 127.0.0.1, port: {port}}}
  - {{id: made, driver: derived}}
devices:
  - id: a
    bus: line
    address: 1
    points:
      - {{id: temp, kind: analog, unit: "°C", table: holding, address: 10}}
      - {{id: serial, kind: analog, table: holding, address: 100}}
  - id: d
    bus: made
    points:
      - {{id: sum, kind: analog, resolution: 1, expr: "sum({{a.*}})"}}
      - {{id: half, kind: analog, resolution: 0.1, expr: "{{d.sum}} / 2"}}
      - {{id: rise, kind: analog, resolution: 0.1, expr: "rate({{a.temp}}, 10)"}}
"""


def test_what_a_derived_point_needs_is_read_for_it(tmp_path: Path) -> None:
    port = free_port()
    room = tmp_path / "room.yaml"
    room.write_text(ROOM.format(port=port), "utf-8")
    command = [sys.executable, "-m", "cityops_desktop", "read", "--room", str(room), "--json", "--point", "d.half", "--point", "d.rise"]
    with running([sys.executable, HERE / "identified_slave.py", str(port), "M1", "1.0", "1=100"]):
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "CITYOPS_LANG": "en"}, timeout=90, check=False)
    told = {one["point"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0 and set(told) == {"d.half", "d.rise"}
    assert told["d.half"]["value"] == 53.5
    assert (told["d.rise"]["value"], told["d.rise"]["reason"]) == (None, "waiting")
