"""What a report is made of: facts, texts and tables, each with a title. How they look on paper is a matter of who writes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph or several."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; `shares` are the widths of the columns against each other."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]


Block = Facts | Text | Table


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. `demo`: it is about no real room, and says so ("" = it is)."""

    title: str
    demo: str
    blocks: tuple[Block, ...]
