"""`room-review` (hidden): what the station asks of a process of its own, because reading rooms would hold it up.

Standard input: a JSON line {"task", "before": {"size", "overrides", "number"} or null, "after": {"size", "overrides", "draft"}}, then the
bytes of both. Standard output: a JSON line {"text": size, ...}, the text (a Review as JSON, or a room file), and the packed files of a
draft that may be applied.
"""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from cityops_desktop.cli.app import app, parts
from cityops_desktop.config import bundle, review
from cityops_desktop.config.difference import Change
from cityops_desktop.config.review import Compared, Side
from cityops_desktop.errors import Problem
from cityops_desktop.link.config import Difference, ProblemInfo, Review
from cityops_desktop.link.messages import NamesInfo
from cityops_desktop.texts import tr


@app.command("room-review", hidden=True, help=tr("Compare two versions of a configuration; started by the station."))
def room_review() -> None:
    """Runs with low priority: the room goes first."""
    if hasattr(os, "nice"):
        os.nice(5)
    asked = json.loads(sys.stdin.buffer.readline())
    before = _side(asked["before"], sys.stdin.buffer) if asked["before"] else None
    try:
        after = _side(asked["after"], sys.stdin.buffer)
    except (ValueError, RecursionError) as error:
        return _answer({"malformed": str(error)[:200]})
    if asked["task"] == "effective":
        return _answer({}, review.effective(after, parts.drivers).encode())
    compared = review.compare(before, after, parts.drivers)
    head = {"digest": compared.digest, "room": compared.room, "file_room": compared.file_room, "counts": compared.counts}
    told = _review(compared, asked["before"]["number"] if before else 0).model_dump_json().encode()
    _answer(head, told, bundle.pack(after.files) if asked["after"].get("draft") and not compared.problems else b"")


def _side(told: dict[str, Any], stream: BinaryIO) -> Side:
    raw = stream.read(told["size"])
    return Side(review.draft_files(raw) if told.get("draft") else bundle.unpack(raw), told["overrides"])


def _answer(head: Mapping[str, Any], text: bytes = b"", packed: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps({**head, "text": len(text)}).encode() + b"\n" + text + packed)
    sys.stdout.buffer.flush()


def _review(compared: Compared, base: int) -> Review:
    return Review(
        digest=compared.digest,
        base=base,
        room=compared.room,
        counts=dict(compared.counts),
        differences=[_difference(one) for one in compared.differences],
        problems=[_problem(one) for one in compared.problems],
        waiting=list(compared.waiting),
    )


def _difference(one: Change) -> Difference:
    names = NamesInfo(zh=one.names.zh, en=one.names.en) if one.names else None
    return Difference(thing=one.thing, id=one.id, names=names, change=one.change, fields=one.fields)


def _problem(one: Problem) -> ProblemInfo:
    params = {name: value if isinstance(value, str | int | float) else str(value) for name, value in one.params.items()}
    return ProblemInfo(where=one.where, what=one.what, do=one.do, params=params)
