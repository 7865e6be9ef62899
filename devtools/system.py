"""System libraries that no Python package brings: looked up with dpkg, installed with apt when this is root on Debian or a relative."""

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from devtools.steps import Steps

OFFSCREEN = ("libgl1", "libegl1", "libdbus-1-3", "libfontconfig1", "libglib2.0-0", "libxkbcommon0")
WINDOW = ("libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0", "libxkbcommon-x11-0", "libxss1")
TESTS = (
    "xvfb",
    "xdotool",
    "x11-xserver-utils",
    "dbus-daemon",
    "python3-dbusmock",
    "libmodbus-dev",
    "mbpoll",
    "nut-server",
    "snmpd",
    "snmp",
    "apache2-bin",
    "gcc",
    "pkg-config",
    "libc6-dev",
    "poppler-utils",
)
LISTS = Path("/var/lib/apt/lists")


def has_display() -> bool:
    """Can a window be shown here?"""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_debian() -> bool:
    """Is this Debian, or something that installs packages as Debian does?"""
    return sys.platform == "linux" and shutil.which("dpkg-query") is not None and shutil.which("apt-get") is not None


def missing(packages: tuple[str, ...]) -> list[str]:
    """Those of `packages` that neither are installed nor provided by one that is (libglib2.0-0t64 provides libglib2.0-0)."""
    listing = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Abbrev}|${Package}|${Provides}\n"], capture_output=True, text=True, check=False
    ).stdout
    present = set()
    for line in listing.splitlines():
        status, _, names = line.partition("|")
        if status.strip().endswith("i"):
            own, _, provided = names.partition("|")
            present |= {own, *(name.split()[0].split(":")[0] for name in provided.split(",") if name.strip())}
    return [name for name in packages if name not in present]


def venv_package() -> tuple[str, ...]:
    """Debian's own Python comes without venv; this is the package that brings it, where it is needed."""
    own = sys.executable.startswith("/usr/bin/") and importlib.util.find_spec("ensurepip") is None
    return ("python{}.{}-venv".format(*sys.version_info[:2]),) if own else ()


def is_root() -> bool:
    """May this process install packages?"""
    return os.name == "posix" and os.geteuid() == 0


def no_lists() -> bool:
    """Does apt not know yet which packages there are?"""
    return not any(LISTS.glob("*Packages*"))


def apt_line(packages: list[str]) -> str:
    """What root types, or a person who may become root."""
    sudo = "sudo " if not is_root() and shutil.which("sudo") else ""
    update = f"{sudo}apt-get update && " if no_lists() else ""
    return f"{update}{sudo}apt-get install -y --no-install-recommends {' '.join(packages)}"


def prepare(steps: Steps, packages: tuple[str, ...]) -> list[str]:
    """Install what is missing where that is possible, else say the one line that does it. Returns what is still missing."""
    if not is_debian() or not (lacking := missing((*venv_package(), *packages))):
        return []
    if is_root():
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", *lacking]
        update = ["apt-get", "update"]
        root = Path("/")
        fresh = no_lists()
        if fresh:
            steps.run("list of system packages", update, root, environment)
        code = steps.run(f"system packages ({len(lacking)})", install, root, environment)
        if code != 0 and not fresh and steps.run("newer list of system packages", update, root, environment) == 0:
            steps.run(f"system packages ({len(lacking)}), once more", install, root, environment)
        lacking = missing(tuple(lacking))
        importlib.invalidate_caches()
    if lacking:
        steps.say("  System packages are missing. Install them as root with this line, then start again:")
        steps.say(f"    {apt_line(lacking)}")
        steps.say("  Going on without them, as far as it goes.")
    return lacking
