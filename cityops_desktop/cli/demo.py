"""`demo`: a simulated machine room, its station and its console, started together on a data directory of their own."""

import json
import os
import secrets
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import filelock
import httpx
import typer

from cityops_desktop.cli.app import Data, Json, Port, app
from cityops_desktop.cli.client import broken, connect, events, no_station, post, refused
from cityops_desktop.cli.console import Language, Theme
from cityops_desktop.cli.demoduty import begin_duty
from cityops_desktop.cli.processes import ConsoleProcess, Running, SimProcess, StationProcess, refuse_installed
from cityops_desktop.cli.table import Picture
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.link.files import read_small, write_private
from cityops_desktop.link.messages import Beat, Copy
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Outcome, Role
from cityops_desktop.model.readings import Quality
from cityops_desktop.paths import ROOMS, default_data, prepare_data
from cityops_desktop.texts import LANGUAGES, N_, language, speaking, tr

PEOPLE_FILE = "demo-people.json"
HEADLESS_SECONDS = 20.0
TABLE_SECONDS = 2.0
GONE_SECONDS = 30.0
"""A station that is not there again after so long does not come back by itself."""
AGAIN_SECONDS = 0.3
PICTURE_SECONDS = 30.0
"""How long a console on a busy machine may still need for its picture after the table has ended."""
PEOPLE = (
    ("admin", "王管理 (Admin)", Role.ADMINISTRATOR),
    ("zhang", "张工 (Zhang)", Role.SHIFT_LEADER),
    ("li", "李工 (Li)", Role.DUTY),
    ("chen", "陈工 (Chen)", Role.ENGINEER),
    ("zhou", "周安全 (Zhou)", Role.SECURITY_ADMINISTRATOR),
    ("wu", "吴审计 (Wu)", Role.AUDITOR),
)


@app.command(help=tr("Open the demo room: simulated equipment on real Modbus lines, a station and a console."))
def demo(
    data: Data = None,
    port: Port = 0,
    headless: Annotated[bool, typer.Option("--headless", help=tr("no window and no picture, only the live table"))] = False,
    seconds: Annotated[float | None, typer.Option("--for", min=1, help=tr("end after so many seconds"), show_default=False)] = None,
    speed: Annotated[float, typer.Option("--speed", min=1, max=60, help=tr("so many times as fast runs the simulated room"))] = 1.0,
    as_json: Json = False,
    lang: Language = None,
    theme: Theme = None,
) -> None:
    """Exit code 0 when it ran to its end. Everything of the demo says 演示."""
    folder = data or default_data().with_name("cityops-desktop-demo")
    refuse_installed(folder)
    _refuse_real(folder)
    folder = prepare_data(folder)
    lock = filelock.FileLock(folder / "demo.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise OperatorError(
            Problem(
                what=N_("a demo is already running on this data directory"),
                do=N_("use its window, or give this one another directory with --data"),
                where=str(folder),
            ),
            Exit.IN_USE,
        ) from error
    children: list[Running] = []
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _run(folder, port, children, headless=headless, seconds=seconds, speed=speed, as_json=as_json, lang=lang, theme=theme)
    except KeyboardInterrupt:
        pass
    finally:
        for child in reversed(children):
            child.stop()
        lock.release()


def _refuse_real(folder: Path) -> None:
    """OperatorError when a real room was recorded here, before anything of the demo is laid down; the station refuses it once more."""
    try:
        held = read_small(folder / "origin").decode("utf-8", "replace").strip()[:100]
    except OSError:
        return
    if held != "demo":
        raise OperatorError(
            Problem(
                what=N_("this data directory holds {held} data, the room file is {asked}"),
                do=N_("choose another directory with --data: demo and real records are never mixed"),
                where=str(folder),
                params={"held": held, "asked": "demo"},
            )
        )


def _run(
    folder: Path,
    port: int,
    children: list[Running],
    *,
    headless: bool,
    seconds: float | None,
    speed: float,
    as_json: bool,
    lang: str | None,
    theme: str | None,
) -> None:
    quiet = as_json
    _say(quiet, tr("Starting the simulated equipment …"))
    sim = SimProcess(ROOMS / "demo.yaml", folder / "sim", speed=speed)
    children.append(sim)
    room = Path(str(sim.wait_ready()["room"]))
    _say(quiet, tr("Starting the station …"))
    station = StationProcess(room, folder, port=port)
    children.append(station)
    ready = station.wait_ready()
    _say(quiet, tr("The station reads the room and listens on {url}", url=ready["url"]))
    with connect(folder) as client:
        people = _make_people(folder, client)
        window = not headless and _has_display()
        run_for = seconds if window else (seconds or HEADLESS_SECONDS)
        console: ConsoleProcess | None = None
        if not headless:
            options = [f"--lang={lang}"] * bool(lang) + [f"--theme={theme}"] * bool(theme)
            if not window:
                os.environ["QT_QPA_PLATFORM"] = "offscreen"
                picture = folder / "demo.png"
                picture.unlink(missing_ok=True)
                options += [f"--screenshot={picture}", f"--for={max(1.0, (run_for or 0) - 2)}"]
            elif seconds:
                options.append(f"--for={seconds}")
            console = ConsoleProcess(folder, options)
            children.append(console)
        if people:  # while the console starts
            with speaking(lang if lang in LANGUAGES else language()):
                begin_duty(folder, people, lambda text: typer.echo(text, err=True))
        if window and console is not None:
            _say(quiet, tr("The window is open; close it to end the demo."))
            while console.running and sim.running and station.running:
                time.sleep(0.2)
        else:
            _watch(folder, run_for or HEADLESS_SECONDS, as_json=as_json)
        if console is not None and not window:
            late = time.monotonic() + PICTURE_SECONDS
            while console.running and time.monotonic() < late:
                time.sleep(0.1)
            console.stop()
            if not picture.exists():
                console.wait_ready()
            _say(quiet, tr("A picture of the window: {path}", path=picture))
    for child in (sim, station):
        if not child.running:
            child.wait_ready()


def _watch(folder: Path, seconds: float, *, as_json: bool) -> None:
    """Follow the stream for so long, print the live table, and in the end the figures of the run. A station that starts anew (another
    configuration, a fall) is waited for."""
    picture = Picture()
    end = time.monotonic() + seconds
    next_table = time.monotonic() + TABLE_SECONDS
    last, heard = Beat(seq=0, now=0, boot="", newest=None), time.monotonic()
    while time.monotonic() < end:
        fault: OperatorError | None = None
        try:
            with connect(folder) as client:
                for event in events(client):
                    picture.apply(event)
                    heard = time.monotonic()
                    if isinstance(event, Beat):
                        last = event
                    if not as_json and heard >= next_table and picture.copy is not None:
                        next_table += TABLE_SECONDS
                        typer.echo(picture.table())
                    if heard >= end:
                        break
        except httpx.HTTPError as error:
            fault = broken(error)
        except OperatorError as error:
            fault = error
        if time.monotonic() - heard > GONE_SECONDS:
            raise fault or no_station(folder)
        time.sleep(AGAIN_SECONDS)
    qualities = Counter(live.quality for live in picture.live.values())
    open_alarms = [a for a in picture.alarms.values() if a.state is not AlarmState.NORMAL]
    facts = {
        "points": len(picture.live),
        "good": qualities[Quality.GOOD],
        "samples": last.samples,
        "late_p99_ms": round(last.late_p99_ms, 1),
        "alarms": len(open_alarms),
        "seconds": seconds,
    }
    if as_json:
        typer.echo(json.dumps(facts))
    else:
        typer.echo(
            tr(
                "{points} points, {good} good, {samples} samples, polls late by {late_p99_ms} ms at most (p99), {alarms} open alarms",
                **facts,
            )
        )


def _make_people(folder: Path, client: httpx.Client) -> list[dict[str, Any]]:
    """People with random passwords, one a role, shown in the demo's own window and valid in its own directory only; none when there are
    people already."""
    copy = Copy.model_validate_json(client.get("/api/v1/state").content)
    if not copy.station.setup_required:
        return []
    made: list[dict[str, Any]] = [
        {"name": name, "display": display, "password": f"Demo-{secrets.token_hex(4)}", "roles": [role]} for name, display, role in PEOPLE
    ]
    # written first: killed in between, the passwords of those who were made are known all the same
    write_private(folder / PEOPLE_FILE, json.dumps(made, ensure_ascii=False))
    session = ""
    for person in made:
        name, display, password, roles = (person[key] for key in ("name", "display", "password", "roles"))
        if roles == [Role.ADMINISTRATOR]:
            post(client, "/api/v1/setup", {"administrator": {"name": name, "display": display, "password": password}})
            session = str(post(client, "/api/v1/session", {"name": name, "password": password, "console": "demo"})["token"])
        else:
            act = {"kind": "account.create", "name": name, "display": display, "password": password, "roles": roles}
            now = Copy.model_validate_json(client.get("/api/v1/state").content).now
            done = post(client, "/api/v1/commands", {"id": uuid7(now), "deadline": now + 10_000, "act": act}, session)
            if done["outcome"] != Outcome.DONE:
                raise refused(str(done["code"]), done["params"])
    client.delete("/api/v1/session", headers={"X-CityOps-Session": session})
    return made


def _has_display() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _say(quiet: bool, text: str) -> None:
    if not quiet:
        typer.echo(text)
