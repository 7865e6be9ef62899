"""How long a change of a register takes to reach the screen, and to become an alarm."""

import queue
import threading
import time

import httpx
import numpy as np

from bench.page import Measure
from bench.rooms import Probe, Rooms, demo_room
from cityops_desktop.cli.client import connect, events
from cityops_desktop.link.messages import Change
from cityops_desktop.model.alarms import AlarmState

POINT = "crac1.return_temperature"
LEAK = "leak-rope.wet"
PERIOD = 1.0
CHANGES = 120
ALARMS = 15


def measures() -> tuple[str, str, list[Measure]]:
    """Change registers in the simulator at moments that have nothing to do with the poll."""
    with demo_room() as rooms:
        rooms.start_station()
        probe = Probe("console", str(rooms.data), "overview")
        try:
            probe.wait_for("ready")
            time.sleep(6)
            screen = screen_latencies(rooms, probe)
        finally:
            probe.stop()
        alarms = alarm_latencies(rooms)
    p99 = float(np.percentile(screen, 99)) * 1000
    worst = max(alarms) * 1000
    how = (
        f"A register is changed in the simulator {CHANGES} times at random moments and the time is taken until the console (offscreen, "
        f"1920 × 1080, whole demo room live) has painted the new value; a leak contact is closed {ALARMS} times and the time is taken "
        f"until a client of the event stream has the alarm, which by then is in the store. "
        f"The points are polled once a second ({PERIOD * 1000:.0f} ms)."
    )
    beside = f"the poll cycle itself: {PERIOD * 1000:.0f} ms; median {float(np.median(screen)) * 1000:.0f} ms"
    return (
        "From the register to the person",
        how,
        [
            Measure("register → painted on the screen, p99", p99, PERIOD * 1000 + 400, "ms", beside, f"most {max(screen) * 1000:.0f}"),
            Measure(
                "register → alarm at a client, most",
                worst,
                PERIOD * 1000 + 150,
                "ms",
                f"the poll cycle itself: {PERIOD * 1000:.0f} ms; median {float(np.median(alarms)) * 1000:.0f} ms",
            ),
        ],
    )


def screen_latencies(rooms: Rooms, probe: Probe) -> list[float]:
    """Seconds from the change of the register to the end of the paint, for each change."""
    random = np.random.default_rng(7)
    found = []
    for number in range(CHANGES):
        value = 30.0 + (number % 40) / 10
        changed = rooms.set(POINT, value)
        wanted = f"{value:.1f}"
        while True:
            event = probe.wait_for("painted", 20)
            if event["key"] == POINT and event["value"] == wanted:
                break
        found.append(event["time"] - changed)
        time.sleep(float(random.uniform(0.0, PERIOD)))
    return found


def alarm_latencies(rooms: Rooms) -> list[float]:
    """Seconds from the closing of the contact to the arrival of the alarm at a client."""
    random = np.random.default_rng(8)
    arrivals: queue.Queue[tuple[float, AlarmState]] = queue.Queue()
    client = connect(rooms.data)

    def listen() -> None:
        try:
            for event in events(client):
                if isinstance(event, Change):
                    for alarm in event.alarms:
                        if alarm.subject == LEAK:
                            arrivals.put((time.time(), alarm.state))
        except httpx.HTTPError:
            return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    time.sleep(2)
    found = []
    for _ in range(ALARMS):
        changed = rooms.set(LEAK, 1)
        found.append(until(arrivals, AlarmState.UNACKNOWLEDGED) - changed)
        time.sleep(float(random.uniform(0.0, PERIOD)))
        rooms.set(LEAK, 0)
        until(arrivals, AlarmState.LATCHED)
        time.sleep(float(random.uniform(0.0, PERIOD)))
    client.close()
    return found


def until(arrivals: "queue.Queue[tuple[float, AlarmState]]", state: AlarmState) -> float:
    """When the alarm came in this state."""
    while True:
        at, found = arrivals.get(timeout=300)
        if found is state:
            return at
