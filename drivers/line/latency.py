"""The latency timer of a USB adapter (Linux): how long it holds back what it has received. Changes nothing."""

import os
from pathlib import Path

from cityops_desktop.model.drivers import Setting
from drivers.line.options import SerialBus

BEARABLE = 2
"""ms; drivers set 16, which is more than the whole answer of a sensor takes at 115200 baud."""
DEVICES = Path("/sys/bus/usb-serial/devices")


def timer(port: str, devices: Path | None = None) -> tuple[int, Path] | None:
    """Milliseconds, and the file that says so; None where this port has no such timer."""
    file = (devices or DEVICES) / Path(os.path.realpath(port)).name / "latency_timer"
    try:
        return int(file.read_text("ascii")), file
    except (OSError, ValueError):
        return None


def told(options: SerialBus, devices: Path | None = None) -> dict[str, Setting]:
    """The timer of this bus among its settings, with the cure where it costs time."""
    found = None if options.remote else timer(options.port, devices)
    if found is None:
        return {}
    ms, file = found
    settings: dict[str, Setting] = {"latency_timer": ms}
    if ms > BEARABLE:
        settings["latency_cure"] = f"echo 1 > {file}"
    return settings
