"""What a window needs around it: the program's fonts, a display, a player for the alarm's sound. Opens no window, plays nothing."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from cityops_desktop.doctor.finding import Finding, Machine, State
from cityops_desktop.station.horn import PLAYERS
from cityops_desktop.texts import N_

AREA = "surroundings"
FONTS = ("CityOpsSans-Regular.otf", "CityOpsSans-Bold.otf")
_OPENTYPE = b"OTTO"


def look(machine: Machine, fonts: Path) -> Iterator[Finding]:
    """`fonts` is resources/fonts."""
    yield _fonts(fonts)
    yield _display(machine)
    yield _sound(machine)


def _fonts(folder: Path) -> Finding:
    for name in FONTS:
        try:
            with (folder / name).open("rb") as file:
                sound = file.read(4) == _OPENTYPE
        except OSError:
            sound = False
        if not sound:
            what = N_("the font {path} is missing or damaged: Chinese may not be drawn")
            return Finding(AREA, State.WRONG, what, N_("install the program again"), {"path": str(folder / name)})
    return Finding(AREA, State.FINE, N_("the program's own fonts are there"))


def _display(machine: Machine) -> Finding:
    if sys.platform in ("win32", "darwin"):
        return Finding(AREA, State.FINE, N_("this system has a display of its own"))
    name = machine.environ.get("WAYLAND_DISPLAY") or machine.environ.get("DISPLAY") or ""
    if not name:
        return Finding(AREA, State.FINE, N_("no display here: a station needs none, a window cannot be opened"))
    local = re.fullmatch(r":(\d+)(\.\d+)?", name)
    if local is not None and not (machine.root / "tmp" / ".X11-unix" / f"X{local[1]}").exists():
        what = N_("DISPLAY names {name}, but no display answers there")
        return Finding(AREA, State.WRONG, what, N_("log in at the screen, or correct DISPLAY"), {"name": name})
    return Finding(AREA, State.FINE, N_("a display is there ({name})"), params={"name": name})


def _sound(machine: Machine) -> Finding:
    if sys.platform == "win32":
        return Finding(AREA, State.FINE, N_("this system plays sounds by itself"))
    names = [player[0] for player in PLAYERS]
    there = [name for name in names if machine.which(name)]
    if not there:
        what = N_("no program to play the alarm's sound: the horn stays silent here")
        do = N_("install one of: {names} (Debian: pipewire-bin, pulseaudio-utils or alsa-utils)")
        return Finding(AREA, State.WRONG, what, do, {"names": ", ".join(names)})
    return Finding(AREA, State.FINE, N_("the alarm's sound is played by {name}"), params={"name": there[0]})
