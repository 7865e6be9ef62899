"""Lines of wands and memory scanners into the store, once each, and to the stops of rounds whose presence they prove, whichever came first.

In the writer's transaction. Judges by cityops_desktop.duty.presence and changes nothing of a round but its proofs.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection

from cityops_desktop.duty.patrol import DAY_MS
from cityops_desktop.duty.patrolcontent import Expected, RouteContent, Stop
from cityops_desktop.duty.presence import SLACK_MS, Claim, Proved, Seen, prove, weakest
from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.ids import uuid7
from cityops_desktop.store import record
from cityops_desktop.store.duty import patrol
from cityops_desktop.store.dutyschema import patrol_intake, patrol_round, patrol_route

LONGEST_MS = DAY_MS
"""No round lasts longer."""
Line = tuple[str, int, str, str]
"""Code, time, reader, person."""


def take(
    conn: Connection, source: str, lines: Sequence[Line], actor: str, actor_name: str, time: int, *, timed: bool = True
) -> tuple[int, int]:
    """Keep the lines; how many were new, and how many stops of rounds that were submitted before they have proved. `timed`: the times
    are the wand's own."""
    id = uuid7(time)
    new = patrol.take_scans(conn, lines, id, timed=timed)
    if not new:
        return 0, 0
    row = {"id": id, "source": source, "lines": len(lines), "body": canonical([[*line, timed] for line in lines]), "time": time}
    row |= {"actor": actor, "actor_name": actor_name}
    record.put(conn, patrol_intake, row, kind="patrol_wand.taken", actor=actor, time=time)
    return new, _prove_again(conn, lines, actor, time)


def proofs(
    conn: Connection, stops: Sequence[Stop], claims: Mapping[str, Claim], begun: int, ended: int, round: str
) -> tuple[list[Proved], dict[str, Any]]:
    """What proves these stops, with the free lines of that time and those that are this round's already; the columns that follow. The
    lines that are used are marked."""
    rows = patrol.scans_between(conn, begun - SLACK_MS, ended + SLACK_MS, free=False)
    seen = [Seen(row["id"], row["code"], row["time"], row["reader"], row["timed"]) for row in rows if row["round"] in ("", round)]
    proved = prove(stops, claims, seen, begun, ended)
    for one in proved:
        if one.scan is not None:
            patrol.use_scan(conn, one.scan, round, one.stop)
    marks = canonical([_told(one, claims.get(one.stop)) for one in proved])
    return proved, {"marks": marks, "presence": weakest(proved), "doubts": sum(1 for one in proved if one.doubt)}


def _prove_again(conn: Connection, lines: Sequence[Line], actor: str, time: int) -> int:
    """Rounds of their time were submitted before these lines came."""
    by_time = sorted((line[1], line[0]) for line in lines)
    pauses = [n for n in range(1, len(by_time)) if by_time[n][0] - by_time[n - 1][0] > LONGEST_MS]
    # a wand whose clock was lost has lines of another year among those of today: nothing between is looked at
    together = (by_time[first:last] for first, last in pairwise([0, *pauses, len(by_time)]))
    return sum(_prove_near(conn, some, actor, time) for some in together)


def _prove_near(conn: Connection, by_time: Sequence[tuple[int, str]], actor: str, time: int) -> int:
    """The same for lines (time, code) that lie near each other."""
    contents: dict[str, RouteContent] = {}
    count = 0
    for row in patrol.around(conn, by_time[0][0] - SLACK_MS, by_time[-1][0] + SLACK_MS, LONGEST_MS):
        if row["route_id"] not in contents:
            text = patrol.version(conn, patrol_route, row["route_id"])["content"]
            contents[row["route_id"]] = RouteContent.model_validate_json(text)
        first, last = bisect_left(by_time, (row["begun"] - SLACK_MS, "")), bisect_left(by_time, (row["ended"] + SLACK_MS + 1, ""))
        if not {code for _, code in by_time[first:last]} & {stop.code for stop in contents[row["route_id"]].stops}:
            continue
        before = patrol.marks_of(row)
        claims = {mark["stop"]: _claim(mark["claim"]) for mark in before if mark["claim"] is not None}
        proved, values = proofs(conn, contents[row["route_id"]].stops, claims, row["begun"], row["ended"], row["id"])
        was = {mark["stop"] for mark in before if mark["way"] == Expected.WAND}
        count += sum(1 for one in proved if one.way is Expected.WAND and one.stop not in was)
        if values["marks"] != row["marks"]:
            record.amend(conn, patrol_round, row["id"], values, kind="patrol_round.proved", actor=actor, time=time)
    return count


def _told(one: Proved, claim: Claim | None) -> dict[str, Any]:
    claimed = None if claim is None else [claim.way.value, claim.code, claim.time]
    return {**one._asdict(), "claim": claimed}


def _claim(told: Sequence[Any]) -> Claim:
    way, code, time = told
    return Claim(Expected(way), code, time)
