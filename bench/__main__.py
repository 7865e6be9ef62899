"""`python -m bench [start] [latency] [load]`: measure, print, and with no names given write docs/measurements.md."""

import os
import sys
import tempfile
from collections.abc import Callable

from bench import latency, load, start
from bench.page import Measure, write

Part = tuple[str, str, list[Measure]]
PARTS: dict[str, Callable[[], Part]] = {"start": start.measures, "latency": latency.measures, "load": load.measures}


def main(names: list[str]) -> int:
    """0, whatever is measured; 2 for an unknown name."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"unknown part {unknown[0]}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="cityops-bench-") as folder:
        os.environ["XDG_CONFIG_HOME"] = folder  # what the consoles measured here remember is not this person's
        done = [measured(name) for name in names or PARTS]
    if not names:
        write(done, "python3 dev.py bench")
        print("written: docs/measurements.md")
    return 0


def measured(name: str) -> Part:
    """One part, measured and printed."""
    print(f"measuring: {name} ...", flush=True)
    part = PARTS[name]()
    for measure in part[2]:
        verdict = "met" if measure.met else "MISSED"
        figure = f"{measure.value:.3g} {measure.unit} (asked: {measure.limit:.3g}) {measure.spread}"
        print(f"  {verdict:<7} {measure.name}: {figure}; {measure.beside}")
    return part


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
