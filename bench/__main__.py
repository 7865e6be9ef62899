"""`python -m bench [PART ...] [--MODE]`: measure, print, and write into docs/measurements.md what was measured. Without names: PARTS."""

import importlib
import os
import sys
import tempfile

from bench.page import Measure, Part, load, section, write

PARTS = ("start", "latency", "login", "load", "ui", "acquisition", "faults")
"""Modules of this package that have `measures()`; those of LONG take a quarter of an hour or more: only measured when they are named."""
LONG = ("soak", "kills", "history", "alarms", "duty")
MODES = {"history": ("quick", "full")}
"""What `measures` of a part takes: `bench history --quick`."""


def main(arguments: list[str]) -> int:
    """0, whatever is measured; 2 for an unknown name."""
    modes = [argument.removeprefix("--") for argument in arguments if argument.startswith("--")]
    names = [argument for argument in arguments if not argument.startswith("--")]
    if modes and (len(modes) > 1 or len(names) != 1 or modes[0] not in MODES.get(names[0], ())):
        fitting = ", ".join(name for name, known in MODES.items() if modes[0] in known)
        print(f"--{modes[0]} goes with: {fitting or 'nothing'}", file=sys.stderr)
        return 2
    unknown = [name for name in names if name not in (*PARTS, *LONG)]
    if unknown:
        print(f"unknown part {unknown[0]}; there are: {', '.join((*PARTS, *LONG))}", file=sys.stderr)
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="cityops-bench-") as folder:
        os.environ["XDG_CONFIG_HOME"] = folder  # what the consoles measured here remember is not this person's
        for name in names or PARTS:
            before = load()
            write([section(measured(name, *modes), f"python3 dev.py bench {' '.join([name, *(f'--{mode}' for mode in modes)])}", before)])
    print("written: docs/measurements.md")
    return 0


def measured(name: str, *modes: str) -> Part:
    """One part, measured and printed."""
    print(f"measuring: {name} ...", flush=True)
    part: Part = importlib.import_module(f"bench.{name}").measures(*modes)
    for measure in part[2]:
        print(f"  {told(measure)}", flush=True)
    return part


def told(measure: Measure) -> str:
    """One figure as a line."""
    verdict = "met" if measure.met else "MISSED"
    figure = f"{measure.value:.3g} {measure.unit} (asked: {measure.asked}) {measure.spread}"
    return f"{verdict:<7} {measure.name}: {figure}; {measure.beside}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
