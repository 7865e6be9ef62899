"""The commands of dev.py. Each prepares what it needs, then hands over."""

import os
import signal
import sys
from io import TextIOWrapper
from types import FrameType

from devtools.checks import run_checks
from devtools.environment import PYTHON, QT_NEEDS, ROOT, display_trouble, qt_trouble, setup
from devtools.locks import write_locks
from devtools.steps import Steps, Stop, foreground
from devtools.system import OFFSCREEN, TESTS, WINDOW, has_display, is_debian, prepare

USAGE = """usage: python3 dev.py COMMAND [arguments]

  demo          open the demo room (sets up whatever is missing)
  station       run a station        } further arguments are passed on:
  console       open the console     } python3 dev.py station --help
  test          set up and check everything; with arguments: pytest with these
  bench         measure, and write docs/measurements.md
  soak          half an hour of the demo at ten times speed, into docs/measurements.md
  shots DIR     pictures of every page, in both languages and colours
  setup         only set up, with the tools of development
  format        bring the code into shape (ruff)
  translations  update the catalogues from the code and compile them
  fonts         make the fonts of resources/fonts anew
  speech        make the spoken words of resources/speech anew
  lock          write the hash-locked lists of packages anew
"""
SEEING = ("test", "bench", "soak", "shots")
"""Commands that draw windows without a screen."""


def no_qt(steps: Steps, lacking: list[str]) -> bool:
    """Can Qt not be loaded? Then it is said why. Where nothing is lacking this is not tried: it would take a moment at every start."""
    if not lacking and is_debian():
        return False
    if trouble := qt_trouble():
        steps.say(f"  Qt cannot be loaded: {trouble}")
        steps.say(f"  It needs {QT_NEEDS}.")
    return bool(trouble)


def open_program(command: str, arguments: list[str]) -> int:
    """demo, station, console: the program itself, with what it needs and no more."""
    steps = Steps(sys.stderr)
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    window = command != "station" and "--headless" not in arguments
    lacking = prepare(steps, (*OFFSCREEN, *(WINDOW if has_display() else ())) if window else ())
    setup(steps, dev=False)
    if window and no_qt(steps, lacking):
        if command == "console":
            return 1
        steps.say("  The demo runs without a window.")
        arguments = [*arguments, "--headless"]
    elif window and has_display() and (trouble := display_trouble()):
        steps.say(f"  No window can be opened here: {trouble}")
        if command == "console":
            return 1
        steps.say("  The demo runs without one, and saves a picture of it.")
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            environment.pop(name, None)
    line = [str(PYTHON), "-m", "cityops_desktop", command, *arguments]
    if os.name == "posix":
        sys.stderr.flush()
        os.execve(PYTHON, line, environment)
    return foreground(line, env=environment)


def develop(command: str, arguments: list[str]) -> int:
    """Everything else: with the tools of development."""
    steps = Steps(sys.stderr)
    if command == "lock":
        return write_locks(steps, arguments)
    lacking = prepare(steps, (*OFFSCREEN, *WINDOW, *TESTS)) if command in ("setup", *SEEING) else []
    setup(steps, dev=True)
    if command in SEEING and no_qt(steps, lacking):
        raise Stop(f"“{command}” needs Qt")
    if command == "test":
        return run_checks(arguments)
    if command == "format":
        return foreground([PYTHON, "-m", "ruff", "check", "--fix", *arguments], ROOT) | foreground(
            [PYTHON, "-m", "ruff", "format", *arguments], ROOT
        )
    if command == "setup":
        steps.say(f"Ready: {PYTHON}")
        return 0
    if command == "soak":
        return foreground([PYTHON, "-m", "bench", "soak", *arguments], ROOT)
    module = "bench" if command == "bench" else f"devtools.{command}"
    return foreground([PYTHON, "-m", module, *arguments], ROOT)


COMMANDS = {
    **dict.fromkeys(("demo", "station", "console"), open_program),
    **dict.fromkeys(("setup", *SEEING, "format", "translations", "fonts", "speech", "lock"), develop),
}


def _terminated(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code (2: wrong use or an unsuitable Python)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        (sys.stdout if arguments else sys.stderr).write(USAGE)
        return 0 if arguments else 2
    command, rest = arguments[0], arguments[1:]
    if command not in COMMANDS:
        sys.stderr.write(f"dev.py: no command “{command}”\n{USAGE}")
        return 2
    signal.signal(signal.SIGTERM, _terminated)
    try:
        return COMMANDS[command](command, rest)
    except Stop as stop:
        sys.stderr.write(f"dev.py: {stop}\n")
        return stop.code
    except KeyboardInterrupt:
        sys.stderr.write("\ndev.py: interrupted\n")
        return 130
