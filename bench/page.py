"""The page of measurements: what is written there, and nothing else writes it. A part measured anew replaces its section only."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "measurements.md"
HEAD = "# Measurements\n\nWritten by the program itself; a missed measure stands here as missed.\n"
ORDER = (
    "Start",
    "From the register to the person",
    "Reading the wire",
    "Faults on the wire",
    "Log-in",
    "At work",
    "The window",
    "Ten times speed",
)
"""Titles of the sections, first to last; others follow in the order in which they come."""

Part = tuple[str, str, "list[Measure]"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. `limit` is the most that was asked for in `unit`, or the least with `least`; `beside` the peer's or the physical limit's
    figure of the same run."""

    name: str
    value: float
    limit: float
    unit: str
    beside: str
    spread: str = ""
    least: bool = False

    @property
    def met(self) -> bool:
        """Is the value within the limit?"""
        return self.value >= self.limit if self.least else self.value <= self.limit

    @property
    def asked(self) -> str:
        """The limit in words."""
        return f"{'≥' if self.least else '≤'} {self.limit:.3g} {self.unit}"


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


def load() -> str:
    """How busy the machine is: the load average of the last minute."""
    try:
        return f"{os.getloadavg()[0]:.2f}"
    except (AttributeError, OSError):
        return "unknown"


def section(part: Part, command: str, load_before: str) -> str:
    """One part as Markdown: how it was measured, when, on what, and its figures."""
    title, how, measures = part
    lines = [
        f"## {title}",
        "",
        how,
        "",
        f"- when: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load of the machine before: {load_before}",
        f"- machine: {machine()}",
        f"- command: `{command}`",
        "",
        "| measure | value | asked for | | beside it, in the same run |",
        "| --- | --- | --- | --- | --- |",
    ]
    for m in measures:
        spread = f" ({m.spread})" if m.spread else ""
        verdict = "met" if m.met else "**missed**"
        lines.append(f"| {m.name} | {m.value:.3g} {m.unit}{spread} | {m.asked} | {verdict} | {m.beside} |")
    return "\n".join(lines) + "\n"


def with_sections(page: str, sections: Sequence[str]) -> str:
    """The page with these sections put in; one of the same title is replaced."""
    found = {_title(text): text.strip() + "\n" for text in re.split(r"(?m)^(?=## )", page)[1:]}
    found |= {_title(text): text.strip() + "\n" for text in sections}
    places = {title: number for number, title in enumerate(ORDER)}
    ordered = sorted(found, key=lambda title: places.get(title, len(places)))
    return "\n".join([HEAD, *(found[title] for title in ordered)])


def _title(text: str) -> str:
    return text.partition("\n")[0].removeprefix("## ").strip()


def write(sections: Sequence[str]) -> None:
    """Put these sections into the page."""
    page = PAGE.read_text("utf-8") if PAGE.exists() else ""
    PAGE.write_text(with_sections(page, sections), "utf-8")
