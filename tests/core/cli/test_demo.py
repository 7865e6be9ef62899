"""The demo as a newcomer runs it: without a display, as JSON, twice at once, and ended from outside."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from pysqlite3 import dbapi2

from cityops_desktop.errors import Exit


def start(data: Path, *arguments: str) -> "subprocess.Popen[str]":
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    environment |= {"CITYOPS_LANG": "zh_CN", "XDG_CONFIG_HOME": str(data / "config")}
    command = [sys.executable, "-m", "cityops_desktop", "demo", "--data", str(data / "demo"), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment)


def people_made(records: Path) -> bool:
    """Do all accounts stand in the store, and has whoever made them logged out?"""
    if not records.exists():
        return False
    with contextlib.closing(dbapi2.connect(f"{records.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM session)").fetchone() == (6, 0)


PLANNED = {
    "duty.planned": 2,
    "patrol_route.published": 1,
    "cleaning.planned": 4,
    "maintenance.planned": 18,
    "rotation_plan.put": 2,
    "stock.put": 4,
    "logbook.written": 1,
}


def asked(data: Path, statement: str) -> "list[tuple[object, ...]]":
    with contextlib.closing(dbapi2.connect(f"{(data / 'records.db').as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(statement).fetchall()


def planned(data: Path) -> dict[str, int]:
    """How often the people of the demo have done what fills its room."""
    done = dict(asked(data, "SELECT kind, count(*) FROM change GROUP BY kind"))
    return {kind: done.get(kind, 0) for kind in PLANNED}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> tuple[Path, str, str, int]:
    """One demo without a display: table and picture."""
    folder = tmp_path_factory.mktemp("demo")
    demo = start(folder, "--for", "14")
    out, err = demo.communicate(timeout=110)
    return folder / "demo", out, err, demo.returncode


def test_without_a_display_it_prints_a_table_and_saves_a_picture(run):
    data, out, err, code = run
    assert code == Exit.OK, err
    assert "【演示】一号机房" in out
    assert "良好" in out
    picture = (data / "demo.png").read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n" and len(picture) > 20_000


def test_six_people_with_random_passwords_that_nobody_else_may_read(run):
    people = json.loads((run[0] / "demo-people.json").read_text("utf-8"))
    assert len({person["password"] for person in people}) == 6
    held = {role for person in people for role in person["roles"]}
    assert held == {"administrator", "security_administrator", "auditor", "shift_leader", "duty", "engineer"}
    assert (run[0] / "demo-people.json").stat().st_mode & 0o077 == 0


def test_its_people_have_planned_and_somebody_is_on_duty(run):
    data, _, err, _ = run
    assert planned(data) == PLANNED, err
    here = asked(data, 'SELECT name FROM duty_sign WHERE "left" IS NULL')
    running = asked(data, "SELECT name FROM duty_sign WHERE planned")
    assert len(here) == 1 and running in ([], here), "relieved by whoever the plan names, or kept until its first turn"
    assert [text for (text,) in asked(data, "SELECT text FROM log_entry") if "演示" in text]
    assert asked(data, "SELECT count(*) FROM session") == [(0,)], "all have logged out"


def test_no_alarm_comes_of_it(run):
    causes = {cause for (cause,) in asked(run[0], "SELECT cause FROM alarm")}
    assert not causes & {
        "duty_uncovered",
        "patrol_overdue",
        "patrol_missed",
        "cleaning_missed",
        "rotation_due",
        "maintenance_due",
        "handover_late",
    }


def test_headless_json_ends_with_the_figures_of_the_run(run, tmp_path):
    demo = start(run[0].parent, "--headless", "--for", "12", "--json")
    out, err = demo.communicate(timeout=110)
    assert demo.returncode == Exit.OK, err
    facts = json.loads(out.splitlines()[-1])
    assert 750 <= facts["points"] <= 850
    assert facts["good"] == facts["points"]
    assert facts["samples"] > facts["points"] * 5
    assert set(facts) >= {"points", "good", "samples", "late_p99_ms", "alarms"}
    assert planned(run[0]) == PLANNED, "once for each data directory"


def test_on_the_directory_of_a_real_room_a_demo_lays_nothing_down(tmp_path):
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "origin").write_text("real\n")
    demo = start(tmp_path, "--headless", "--for", "2")
    _, err = demo.communicate(timeout=60)
    assert demo.returncode == Exit.CONFIGURATION and "Traceback" not in err
    assert [file.name for file in folder.iterdir()] == ["origin"]


def test_two_demos_on_one_directory_and_an_end_from_outside(tmp_path):
    first = start(tmp_path, "--headless", "--for", "60", "--json")
    try:
        waited = time.monotonic() + 60
        while not (tmp_path / "demo" / "station.json").exists():
            assert time.monotonic() < waited and first.poll() is None
            time.sleep(0.1)
        second = start(tmp_path, "--headless", "--for", "5")
        _, err = second.communicate(timeout=60)
        assert second.returncode == Exit.IN_USE and "--data" in err
        family = psutil.Process(first.pid).children(recursive=True)
        assert len(family) >= 3, "simulator, supervisor, station"
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=60)
        assert first.returncode == Exit.OK
        assert not [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    finally:
        first.kill()
        first.communicate()


def test_a_killed_demo_leaves_no_process_behind(tmp_path):
    demo = start(tmp_path, "--for", "60", "--json")
    waited = time.monotonic() + 60
    family: list[psutil.Process] = []
    while not any("console" in process.cmdline() for process in family):
        assert time.monotonic() < waited and demo.poll() is None
        time.sleep(0.1)
        family = psutil.Process(demo.pid).children(recursive=True)
    demo.kill()
    demo.communicate()
    gone, alive = psutil.wait_procs(family, timeout=40)
    assert not alive
    assert len(gone) >= 4, "simulator, supervisor, station, console"


def test_a_station_that_starts_anew_is_waited_for(tmp_path):
    demo = start(tmp_path, "--headless", "--for", "9", "--json")
    records, end = tmp_path / "demo" / "records.db", time.monotonic() + 60
    while not people_made(records):
        assert time.monotonic() < end and demo.poll() is None
        time.sleep(0.1)
    first = json.loads((tmp_path / "demo" / "station.json").read_text())
    os.kill(first["pid"], signal.SIGKILL)
    out, err = demo.communicate(timeout=110)
    assert demo.returncode == Exit.OK, err
    assert json.loads(out.splitlines()[-1])["points"] > 700
