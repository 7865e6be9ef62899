"""Spans of time as lists of (start, end): what they cover together, have in common, leave over. Pure."""

from collections.abc import Iterable

Interval = tuple[int, int]


def united(spans: Iterable[Interval]) -> list[Interval]:
    """The same times, sorted and without overlap."""
    found: list[Interval] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif end > start:
            found.append((start, end))
    return found


def common(some: Iterable[Interval], others: Iterable[Interval]) -> list[Interval]:
    """The times that lie in both."""
    others = list(others)
    pairs = ((max(a, c), min(b, d)) for a, b in some for c, d in others)
    return united(pair for pair in pairs if pair[1] > pair[0])


def less(some: Iterable[Interval], others: Iterable[Interval]) -> list[Interval]:
    """The times of the first that lie in none of the others."""
    left = united(some)
    for start, end in others:
        left = [part for a, b in left for part in ((a, min(b, start)), (max(a, end), b)) if part[1] > part[0]]
    return left
