"""`python -m bench [PART ...]`: measure, print, and write into docs/measurements.md what was measured. Without names: all of PARTS."""

import importlib
import os
import sys
import tempfile

from bench.page import Measure, Part, load, section, write

PARTS = ("start", "latency", "login", "load", "ui", "acquisition", "faults")
"""Modules of this package that have `measures()`; "soak" and "kills" take half an hour each and are only measured when they are named."""
LONG = ("soak", "kills")


def main(names: list[str]) -> int:
    """0, whatever is measured; 2 for an unknown name."""
    unknown = [name for name in names if name not in (*PARTS, *LONG)]
    if unknown:
        print(f"unknown part {unknown[0]}; there are: {', '.join((*PARTS, *LONG))}", file=sys.stderr)
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="cityops-bench-") as folder:
        os.environ["XDG_CONFIG_HOME"] = folder  # what the consoles measured here remember is not this person's
        for name in names or PARTS:
            before = load()
            write([section(measured(name), f"python3 dev.py bench {name}", before)])
    print("written: docs/measurements.md")
    return 0


def measured(name: str) -> Part:
    """One part, measured and printed."""
    print(f"measuring: {name} ...", flush=True)
    part: Part = importlib.import_module(f"bench.{name}").measures()
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
