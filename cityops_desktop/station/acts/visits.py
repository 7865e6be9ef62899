"""Acts of people about visitors and goods. A visitor is inside once; the escort signs out; goods go out when another person approves."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from cityops_desktop.link.duty.visits import DecideGoods, EnterGoods, EnterVisitor, ExtendVisit, PassGoods, VisitorLeft
from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job
from cityops_desktop.station.acts.written import amend, author, not_ahead, put
from cityops_desktop.store.duty import attachments
from cityops_desktop.store.duty import housekeeping as rows
from cityops_desktop.store.duty import maintenance as contracts
from cityops_desktop.store.dutyschema import contract, goods, visit
from cityops_desktop.store.numbers import next_number

Row = Mapping[str, Any]


class VisitActs:
    """visit.* and goods.*; `carried` makes of a job one after which the facts are read again."""

    def __init__(self, zone: Callable[[], ZoneInfo], carried: Callable[[Job], Carried]) -> None:
        self._zone, self._carried = zone, carried

    def acts(self) -> Acts:
        """By kind."""
        return {
            "visit.enter": self.enter,
            "visit.leave": self.leave,
            "visit.extend": self.extend,
            "goods.enter": self.enter_goods,
            "goods.decide": self.decide,
            "goods.pass": self.let_pass,
        }

    def enter(self, act: EnterVisitor, who: Who) -> Carried:
        """Inside from now on."""
        not_ahead(act.entered, who)
        if act.expected <= act.entered:
            raise Refused("expected_before_entry")
        if not act.escort and not act.escort_name.strip():
            raise Refused("no_escort")
        values = act.model_dump(exclude={"kind", "number"}) | {"masked": act.number, "badge": act.badge.strip()}
        values |= {"time": who.time, **author(who), "gone": None, "gone_by": "", "gone_name": "", "signed_why": ""}
        values |= {"badge_back": None, "remark": ""}

        def run(conn: Connection) -> Data:
            name = act.escort_name.strip()
            if act.escort:
                known = dict(rows.people(conn))
                if act.escort not in known:
                    raise Refused("no_such_escort")
                name = known[act.escort]
            if act.contract:
                contracts.get(conn, contract, act.contract)
            _not_inside(act, rows.inside(conn))
            number = next_number(conn, visit.c.number, who.time, self._zone())
            return {"visit": put(conn, visit, {**values, "number": number, "escort_name": name}, "visit.entered", who), "number": number}

        return self._carried(run)

    def leave(self, act: VisitorLeft, who: Who) -> Carried:
        """Out: signed by the escort; by somebody else only with the reason."""
        not_ahead(act.time, who)

        def run(conn: Connection) -> None:
            found = _inside(rows.get(conn, visit, act.visit))
            if act.time < found["entered"]:
                raise Refused("before_entry")
            if found["escort"] not in ("", who.person.id) and not act.why.strip():
                raise Refused("escort_signs", name=found["escort_name"])
            values = {"gone": act.time, "gone_by": who.person.id, "gone_name": who.person.display, "signed_why": act.why.strip()}
            values |= {"badge_back": act.badge_back if found["badge"] else None, "remark": act.remark}
            amend(conn, visit, act.visit, values, "visit.left", who)

        return self._carried(run)

    def extend(self, act: ExtendVisit, who: Who) -> Carried:
        """It takes longer."""
        if act.expected <= who.time:
            raise Refused("until_is_past")

        def run(conn: Connection) -> None:
            _inside(rows.get(conn, visit, act.visit))
            amend(conn, visit, act.visit, {"expected": act.expected}, "visit.extended", who, why=act.why)

        return self._carried(run)

    def enter_goods(self, act: EnterGoods, who: Who) -> Carried:
        """What comes in is in; what is to go out waits for the approval of another person."""
        values = act.model_dump(exclude={"kind", "attachments"}) | {"attachments": canonical(act.attachments), "time": who.time}
        values |= {**author(who), "decided": None, "decided_by": "", "decided_name": "", "reason": "", "settled": None}
        values |= {"passed": None, "passed_by": "", "passed_name": "", "state": "waiting"}
        if act.direction == "in":
            values |= {"state": "passed", "passed": who.time, "passed_by": who.person.id, "passed_name": who.person.display}

        def run(conn: Connection) -> Data:
            attachments.require(conn, act.attachments)
            if act.settles:
                _owed(rows.get(conn, goods, act.settles), act.direction)
            number = next_number(conn, goods.c.number, who.time, self._zone())
            id = put(conn, goods, {**values, "number": number}, "goods.entered", who)
            if act.settles and act.direction == "in":
                amend(conn, goods, act.settles, {"settled": who.time}, "goods.settled", who)
            return {"goods": id, "number": number}

        return self._carried(run)

    def decide(self, act: DecideGoods, who: Who) -> Carried:
        """Another person than who entered it says yes or no."""
        if not act.approved and not act.why.strip():
            raise Refused("reason_missing")

        def run(conn: Connection) -> None:
            found = rows.get(conn, goods, act.goods)
            if found["state"] != "waiting":
                raise Refused("goods_decided")
            if found["actor"] == who.person.id:
                raise Refused("another_approves")
            values = {"state": "approved" if act.approved else "refused", "decided": who.time, "reason": act.why}
            values |= {"decided_by": who.person.id, "decided_name": who.person.display}
            amend(conn, goods, act.goods, values, "goods.decided", who)

        return self._carried(run)

    def let_pass(self, act: PassGoods, who: Who) -> Carried:
        """Out; with it what it sends back is settled."""

        def run(conn: Connection) -> None:
            found = rows.get(conn, goods, act.goods)
            if found["state"] != "approved":
                raise Refused("goods_not_approved")
            values = {"state": "passed", "passed": who.time, "passed_by": who.person.id, "passed_name": who.person.display}
            amend(conn, goods, act.goods, values | {"carrier": act.carrier.strip() or found["carrier"]}, "goods.passed", who)
            if found["settles"] and rows.get(conn, goods, found["settles"])["settled"] is None:
                amend(conn, goods, found["settles"], {"settled": who.time}, "goods.settled", who)

        return self._carried(run)


def _not_inside(act: EnterVisitor, inside: list[dict[str, Any]]) -> None:
    """Nobody is inside twice, and no badge is out twice."""
    same = (_folded(act.name), _folded(act.firm), act.number.casefold())
    for row in inside:
        if (_folded(row["name"]), _folded(row["firm"]), row["masked"].casefold()) == same:
            raise Refused("visitor_inside", number=row["number"])
        if act.badge.strip() and _folded(row["badge"]) == _folded(act.badge):
            raise Refused("badge_out", number=row["number"])


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def _inside(found: dict[str, Any]) -> dict[str, Any]:
    if found["gone"] is not None:
        raise Refused("visitor_gone")
    return found


def _owed(found: Row, direction: str) -> None:
    """Only what passed the other way and is to come back is settled."""
    if found["state"] != "passed" or found["settled"] is not None or not found["until"] or found["direction"] == direction:
        raise Refused("goods_not_owed")
