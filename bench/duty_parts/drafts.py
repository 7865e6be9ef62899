"""Two consoles hand in the same drafts and different ones, in any order and at once; and a byte changed in a signed sheet."""

import json
import random
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench.duty_parts.site import Site
from bench.page import Measure
from cityops_desktop.audit import papers
from cityops_desktop.store.dutyschema import patrol_round
from cityops_desktop.store.sqlite import ask
from cityops_desktop.store.store import RECORDS

DRAFTS = 40
FLIPS = 2000


def measure_drafts(site: Site, data: Path) -> list[Measure]:
    """Each draft by both consoles, in an order of its own; half of them with the same id and another content as well."""
    dice = random.Random(7)
    drafts = [site.draft() for _ in range(DRAFTS)]
    sent: list[tuple[str, dict[str, Any]]] = [(name, draft) for draft in drafts for name in ("zhang", "li")]
    sent += [("zhang", {**draft, "note": "another one"}) for draft in drafts[::2]]
    dice.shuffle(sent)
    outcomes: Counter[str] = Counter()
    threads = [threading.Thread(target=_hand_in, args=(site, sent[n::2], outcomes)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [draft["id"] for draft in drafts]
    rows = ask(data / RECORDS, lambda conn: conn.execute(select(patrol_round.c.id).where(patrol_round.c.id.in_(ids))).scalars().all())
    beside = ", ".join(f"{count} {name}" for name, count in outcomes.most_common())
    wrong = DRAFTS - len(set(rows)) + len(rows) - len(set(rows))
    return [Measure("drafts of two consoles lost or taken twice", wrong, 0, "drafts", f"{len(sent)} handed in: {beside}")]


def _hand_in(site: Site, sent: list[tuple[str, dict[str, Any]]], outcomes: "Counter[str]") -> None:
    for name, draft in sent:
        told = site.give(name, "patrol.submit", **draft)
        outcomes[told["code"] or told["outcome"]] += 1


def measure_flips(file: bytes) -> list[Measure]:
    """One bit of a byte at a time, anywhere in the file of a signed handover: what is not found is counted. A change that leaves the same
    content (another way to write the same JSON) is none."""
    if papers.check(file).findings:
        raise RuntimeError("the sheet is not sound before anything was changed")
    dice, missed, same = random.Random(36621), 0, 0
    whole = json.loads(file)
    for _ in range(FLIPS):
        at = dice.randrange(len(file))
        changed = bytearray(file)
        changed[at] ^= 1 << dice.randrange(8)
        try:
            if json.loads(bytes(changed)) == whole:
                same += 1
                continue
        except ValueError:
            pass
        missed += not papers.check(bytes(changed)).findings
    return [
        Measure(f"{FLIPS} bytes changed in a signed handover: not found", missed, 0, "changes", f"{len(file)} bytes, {same} without effect")
    ]
