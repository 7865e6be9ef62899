"""The page of measurements: what is written there, and nothing else writes it."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "measurements.md"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. `limit` is the most that was asked for in `unit`; `beside` the peer's or the physical limit's figure of the same run."""

    name: str
    value: float
    limit: float
    unit: str
    beside: str
    spread: str = ""

    @property
    def met(self) -> bool:
        """Is the value within the limit?"""
        return self.value <= self.limit


def machine() -> str:
    """What it was measured on."""
    try:
        model = next(
            line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
        )
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    libraries = ", ".join(f"{name} {version(name)}" for name in ("PySide6_Essentials", "pyqtgraph", "numpy", "pysqlite3", "pydantic"))
    return f"{os.cpu_count()} cores, {model}, {platform.platform()}, Python {platform.python_version()}, {libraries}"


def write(parts: Sequence[tuple[str, str, Sequence[Measure]]], command: str) -> None:
    """Write the whole page: for each part its title, how it was measured, and its figures."""
    lines = [
        "# Measurements",
        "",
        "Written by the program itself; a missed measure stands here as missed.",
        "",
        f"- when: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"- machine: {machine()}",
        f"- load of the machine before the run: {_load()}",
        f"- command: `{command}`",
        "",
    ]
    for title, how, measures in parts:
        lines += [
            f"## {title}",
            "",
            how,
            "",
            "| measure | value | asked for | | beside it, in the same run |",
            "| --- | --- | --- | --- | --- |",
        ]
        for m in measures:
            spread = f" ({m.spread})" if m.spread else ""
            verdict = "met" if m.met else "**missed**"
            lines.append(f"| {m.name} | {m.value:.3g} {m.unit}{spread} | ≤ {m.limit:.3g} {m.unit} | {verdict} | {m.beside} |")
        lines.append("")
    PAGE.write_text("\n".join(lines), "utf-8")


def _load() -> str:
    try:
        return f"{os.getloadavg()[0]:.2f}"
    except (AttributeError, OSError):
        return "unknown"
