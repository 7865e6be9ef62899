"""What a look at one thing gave, and the machine that is looked at. Text is made where it is read."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

COMMAND_SECONDS = 5.0


class State(StrEnum):
    """What became of a look: nothing to do; better done otherwise; wrong; not to be seen from here."""

    FINE = "fine"
    ADVICE = "advice"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `what` and `do` are message ids of the catalogue, `params` fills their {names}; `do` may be empty."""

    area: str
    state: State
    what: str
    do: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


def run_command(words: Sequence[str]) -> str | None:
    """What a program of the system prints; None when it is not there, fails or takes longer than 5 s."""
    program = shutil.which(words[0])
    if program is None:
        return None
    try:
        done = subprocess.run([program, *words[1:]], capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


@dataclass(frozen=True)
class Machine:
    """The roots and the ways by which the machine is looked at; a test hands in its own."""

    root: Path = Path("/")
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    which: Callable[[str], str | None] = shutil.which
    may_open: Callable[[Path], bool] = lambda path: os.access(path, os.R_OK | os.W_OK)
    run: Callable[[Sequence[str]], str | None] = run_command

    @property
    def sys(self) -> Path:
        """sysfs."""
        return self.root / "sys"

    @property
    def proc(self) -> Path:
        """procfs."""
        return self.root / "proc"

    @property
    def dev(self) -> Path:
        """The device files."""
        return self.root / "dev"
