"""Acts of people about handovers and open matters: offer, sign, refuse, withdraw. What may follow what is in cityops_desktop.duty.handover.

Whoever signs or refuses proves it in the act itself, by own credentials, so that nobody's session must end for it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from cityops_desktop import __version__
from cityops_desktop.audit import heads, keys, papers
from cityops_desktop.audit.keys import Key
from cityops_desktop.duty.handover import AHEAD_MS, Event, Member, State, Turn, after, starters
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.handover import (
    CloseItem,
    FrozenSheet,
    LogHead,
    OfferHandover,
    PutItem,
    RefuseHandover,
    RoomHead,
    SheetPerson,
    Signature,
    SignedHandover,
    SignHandover,
    WithdrawHandover,
)
from cityops_desktop.link.duty.sheet import SheetSection
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Limited, Person, Role, Way, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.people import accounts, policy, rights
from cityops_desktop.people.login import Proof, limited_now
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job, Witnessed
from cityops_desktop.station.acts.written import amend, author, put
from cityops_desktop.station.asking import look_up_here
from cityops_desktop.station.duty.handoversheet import Telling
from cityops_desktop.station.duty.part import DutyAround, Span
from cityops_desktop.station.wording import Wording
from cityops_desktop.store.duty import handover as store
from cityops_desktop.store.dutyschema import handover, handover_item, handover_paper
from cityops_desktop.store.numbers import next_number

SHEET_SECONDS = 15.0
"""So long it may take to read what stands on a sheet."""
MOST_OPEN_ITEMS = store.MOST_ITEMS
UNSIGNED: Mapping[str, Any] = {
    **{"given": None, "given_way": "", "incoming": "", "incoming_name": "", "taken": None, "taken_way": "", "asked": "[]"},
    "accepted": None,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a handover that is begun now is about: the turn, its name, its crew, and whose turn comes."""

    name: str
    turn: Turn
    crew: Sequence[SheetPerson]
    next: Sequence[SheetPerson]


@dataclass(frozen=True, slots=True)
class HandoverActs:
    """handover.*. `standing` and `sheet` say what is handed on; `carried` makes a job one after which the facts are read anew."""

    around: DutyAround
    standing: Callable[[int], Standing]
    sheet: Callable[[Connection, Span], list[SheetSection]]
    carried: Callable[[Job], Carried]

    def acts(self) -> Acts:
        """By kind: those that are given in a session."""
        return {
            "handover.offer": self.offer,
            "handover.withdraw": self.withdraw,
            "handover.item": self.put_item,
            "handover.item_close": self.close_item,
        }

    def witnessed(self) -> Mapping[str, Witnessed]:
        """By kind: those whose message proves who gives it."""
        return {"handover.sign": self.sign, "handover.refuse": self.refuse}

    def telling(self) -> Telling:
        """What a sheet says of the room as it is now."""
        around = self.around
        return Telling(around.room(), around.live, around.history, around.clock.wall(), Wording(around.room()))

    def offer(self, act: OfferHandover, who: Who) -> Carried:
        """Freeze it."""
        now, key = self.around.clock.wall(), self._key()
        standing = self.standing(now)
        outgoing = SheetPerson(id=who.person.id, name=who.person.display)

        def freeze(conn: Connection) -> tuple[FrozenSheet, dict[str, Any] | None]:
            self._require_place(conn, standing.crew, who)
            known = self._offered_before(conn, act.handover, who)
            return self.frozen(conn, standing, known, act.handover, act.remark, outgoing, now), known

        sheet, known = look_up_here(self.around.store, freeze, SHEET_SECONDS)
        paper = papers.sealed(sheet.model_dump(mode="json"), key)

        def run(conn: Connection) -> Data:
            self._require_calm(conn)
            self._require_place(conn, standing.crew, who)
            if _version(self._offered_before(conn, act.handover, who)) != _version(known):
                raise Refused("busy")  # somebody did something about it meanwhile
            if known is None and next_number(conn, handover.c.number, now, self.around.zone) != sheet.number:
                raise Refused("busy")
            paper_id = self._keep(conn, act.handover, sheet.kind, paper, key, who)
            row = {"id": act.handover, "number": sheet.number, "state": State.OFFERED.value, "turn": sheet.turn, "begin": sheet.begin}
            row |= {"end": sheet.end, "crew": _people(sheet.crew), "remark": act.remark, "time": known["time"] if known else now}
            row |= {"frozen": now, "round": sheet.round, "paper": paper_id, "hash": paper.hash, **author(who), **UNSIGNED}
            put(conn, handover, row | {"refused_name": "", "why": ""}, "handover.offered", who)
            return {"handover": act.handover, "number": sheet.number, "hash": paper.hash}

        return self.carried(run)

    def frozen(
        self,
        conn: Connection,
        standing: Standing,
        known: Mapping[str, Any] | None,
        id: str,
        remark: str,
        outgoing: SheetPerson,
        now: int,
    ) -> FrozenSheet:
        """The sheet at this moment."""
        # a turn that is over is handed on as it is now: what came after its end belongs to the same crew
        span = Span(standing.turn.begin, now, now + AHEAD_MS)
        seq, hash = store.log_head(conn)
        return FrozenSheet(
            program=__version__,
            room=_room(self.around.room()),
            handover=id,
            number=known["number"] if known else next_number(conn, handover.c.number, now, self.around.zone),
            round=known["round"] + 1 if known else 1,
            turn=standing.name,
            begin=standing.turn.begin,
            end=standing.turn.end,
            frozen=now,
            ahead=span.ahead,
            outgoing=outgoing,
            crew=list(standing.crew),
            next=list(standing.next),
            remark=remark,
            log=LogHead(seq=seq, hash=hash),
            sections=self.sheet(conn, span),
        )

    def sign(self, act: SignHandover, credentials: Credentials) -> Carried:
        """One of both signs; the second signature is the handover."""
        key, proof, way = self._key(), *self._proved(act, credentials)
        standing = self.standing(self.around.clock.wall())

        def run(conn: Connection) -> Data:
            now = self.around.clock.wall()
            person = self._taken(conn, proof, way, "handover.sign", now)
            row = self._as_read(conn, act)
            state = after(State(row["state"]), Event.GIVE if act.side == "outgoing" else Event.TAKE)
            if state is None:
                raise Refused("not_in_this_state")
            if act.side == "outgoing" and person.id != row["actor"]:
                raise Refused("not_outgoing", name=row["actor_name"])
            if act.side == "incoming" and person.id == row["actor"]:
                raise Refused("same_person").of(account=person.id)
            self._require_calm(conn)
            who = _who(person, credentials, now)
            values: dict[str, Any] = {"state": state.value}
            if act.side == "outgoing":
                values |= {"given": now, "given_way": way}
            else:
                values |= {"incoming": person.id, "incoming_name": person.display, "taken": now, "taken_way": way}
                values |= {"asked": json.dumps(sorted(set(act.asked)))}
            if state is State.ACCEPTED:
                values |= {"accepted": now}
            amend(conn, handover, row["id"], values, f"handover.{'given' if act.side == 'outgoing' else 'taken'}", who, way=way)
            if state is State.ACCEPTED:
                self._close(conn, {**row, **values}, standing.next, key, who)
            return {"state": state.value}

        return self.carried(run)

    def refuse(self, act: RefuseHandover, credentials: Credentials) -> Carried:
        """The incoming says why not: back to the outgoing."""
        proof, way = self._proved(act, credentials)

        def run(conn: Connection) -> None:
            now = self.around.clock.wall()
            person = self._taken(conn, proof, way, "handover.refuse", now)
            row = self._as_read(conn, act)
            state = after(State(row["state"]), Event.REFUSE)
            if state is None:
                raise Refused("not_in_this_state")
            if person.id == row["actor"]:
                raise Refused("same_person").of(account=person.id)
            values = {"state": state.value, "refused_name": person.display, "why": act.why, **UNSIGNED}
            amend(conn, handover, row["id"], values, "handover.refused", _who(person, credentials, now), way=way)

        return self.carried(run)

    def withdraw(self, act: WithdrawHandover, who: Who) -> Carried:
        """Taken back by whoever offered it, or by a shift leader."""

        def run(conn: Connection) -> None:
            row = store.get(conn, act.handover)
            state = after(State(row["state"]), Event.WITHDRAW)
            if state is None:
                raise Refused("not_in_this_state")
            if who.person.id != row["actor"] and Role.SHIFT_LEADER not in who.person.roles:
                raise Refused("not_outgoing", name=row["actor_name"])
            amend(conn, handover, row["id"], {"state": state.value, "why": act.why, **UNSIGNED}, "handover.withdrawn", who)

        return self.carried(run)

    def put_item(self, act: PutItem, who: Who) -> Carried:
        """Something that every shift is told of until it is closed."""

        def run(conn: Connection) -> Data:
            if len(store.items(conn)) >= MOST_OPEN_ITEMS:
                raise Refused("too_many_items", most=MOST_OPEN_ITEMS)
            row = {"id": act.item, "text": act.text, "due": act.due, "time": who.time, **author(who)}
            _require_new(conn, act.item)
            put(conn, handover_item, row | {"closed": None, "closed_name": "", "closed_text": ""}, "handover_item.written", who)
            return {"item": act.item}

        return self.carried(run)

    def close_item(self, act: CloseItem, who: Who) -> Carried:
        """It is done."""

        def run(conn: Connection) -> None:
            if store.item(conn, act.item)["closed"] is not None:
                raise Refused("item_closed")
            values = {"closed": who.time, "closed_name": who.person.display, "closed_text": act.text}
            amend(conn, handover_item, act.item, values, "handover_item.closed", who)

        return self.carried(run)

    # what all of them need

    def _key(self) -> Key:
        try:
            return keys.load(self.around.data)
        except (OSError, ValueError) as error:
            raise Refused("no_signing_key").of(detail=str(error)) from error

    def _proved(self, act: SignHandover | RefuseHandover, credentials: Credentials) -> tuple[Proof, str]:
        """Refused: what the door refuses, bad_request."""
        door, place = self.around.people.door, f"console:{credentials.bound}"
        if act.badge:
            return door.shown(act.badge, act.pin, credentials.bound), "badge"
        if not act.name or not act.password:
            raise Refused("bad_request", detail="either name and password or badge and PIN")
        return door.prove(act.name, act.password, place, code=act.code), "password"

    def _taken(self, conn: Connection, proof: Proof, way: str, kind: str, now: int) -> Person:
        """Still so, and may this person do it? Refused: wrong_name_or_password, account_locked, no_right, must_change_password, ..."""
        people = self.around.people
        found = proof.take(conn, people.domain, now)
        people.door.passed(proof)
        in_force = policy.policy(conn)
        if not rights.allowed(kind, found.person.roles, in_force.preset):
            raise Refused("no_right").of(account=found.person.id)
        limited = limited_now(conn, found.row, in_force, now)
        if limited is not Limited.NOTHING:
            raise Refused(f"must_{limited}").of(account=found.person.id)
        return found.person

    def _require_calm(self, conn: Connection) -> None:
        """No handover while a fault is handled. Refused: emergency_alarm, emergency_incident."""
        alarms, handled = store.emergencies(conn, 1)
        if alarms:
            raise Refused("emergency_alarm").of(alarm=alarms[0].key)
        if handled:
            raise Refused("emergency_incident", number=handled[0]["number"])

    def _require_place(self, conn: Connection, crew: Sequence[SheetPerson], who: Who) -> None:
        """Refused(not_outgoing) for whoever does not belong to those who hand on."""
        may = self.starting(conn, crew, who.time)
        if may is not None and who.person.id not in may:
            raise Refused("not_outgoing", name=", ".join(one.name for one in crew if one.id in may))

    def starting(self, conn: Connection, crew: Sequence[SheetPerson], now: int) -> frozenset[str] | None:
        """Who of this crew may hand on; None = anybody with the right."""
        members = []
        for one in crew:
            found = accounts.by_id(conn, one.id, self.around.people.domain, now)
            leads = found is not None and Role.SHIFT_LEADER in found.person.roles
            members.append(Member(one.id, leads, one.signed_in is not None))
        return starters(members)

    def _offered_before(self, conn: Connection, id: str, who: Who) -> dict[str, Any] | None:
        """The handover that is to be frozen anew; None for a new one. Refused: not_in_this_state, handover_under_way."""
        known, current = store.find(conn, id), store.current(conn)
        if current is not None and current["id"] != id:
            raise Refused("handover_under_way", number=current["number"])
        if known is not None and after(State(known["state"]), Event.OFFER) is None:
            raise Refused("not_in_this_state")
        return known

    def _as_read(self, conn: Connection, act: SignHandover | RefuseHandover) -> dict[str, Any]:
        """The handover, if its sheet is the one that this person has read. Refused: no_such_handover, other_sheet."""
        row = store.get(conn, act.handover)
        if row["hash"] != act.hash:
            raise Refused("other_sheet")
        return row

    def _close(self, conn: Connection, row: Mapping[str, Any], following: Sequence[SheetPerson], key: Key, who: Who) -> None:
        """Both have signed: what happened meanwhile, and a head of the change log under all of it."""
        domain, now = self.around.people.domain, who.time
        keys.announce(conn, key, now)
        head = heads.sign(conn, key, domain, now) or heads.newest(conn)
        assert head is not None
        during, more = self.telling().during(conn, row["frozen"], now)
        crews = {one["id"] for one in json.loads(row["crew"])}, {one.id for one in following}
        sides = (
            Signature(id=row[id], name=row[name], way=row[way], time=row[at], planned=row[id] in crew if crew else None)
            for (id, name, way, at), crew in zip(
                (("actor", "actor_name", "given_way", "given"), ("incoming", "incoming_name", "taken_way", "taken")), crews, strict=True
            )
        )
        signed = SignedHandover(
            program=__version__,
            room=_room(self.around.room()),
            handover=row["id"],
            number=row["number"],
            sheet=row["hash"],
            accepted=now,
            outgoing=next(sides),
            incoming=next(sides),
            asked=json.loads(row["asked"]),
            during=during,
            more=more,
            log=LogHead(seq=head.seq, hash=head.hash),
        )
        self._keep(conn, row["id"], signed.kind, papers.sealed(signed.model_dump(mode="json"), key), key, who)

    def _keep(self, conn: Connection, id: str, kind: str, paper: papers.Paper, key: Key, who: Who) -> str:
        keys.announce(conn, key, who.time)
        row = {"id": uuid7(who.time), "handover": id, "kind": kind, "time": who.time, "text": paper.text}
        row |= {"hash": paper.hash, "public": paper.public, "signature": paper.signature}
        return put(conn, handover_paper, row, f"handover_paper.{kind}", who)


def _version(row: Mapping[str, Any] | None) -> tuple[object, ...]:
    return () if row is None else (row["state"], row["round"])


def _require_new(conn: Connection, id: str) -> None:
    try:
        store.item(conn, id)
    except Refused:
        return
    raise Refused("done_before")


def _people(crew: Sequence[SheetPerson]) -> str:
    return json.dumps([one.model_dump(mode="json") for one in crew], ensure_ascii=False)


def _who(person: Person, credentials: Credentials, now: int) -> Who:
    return Who(person, "", credentials.via, Way.FULL, Limited.NOTHING, now)


def _room(room: Room) -> RoomHead:
    return RoomHead(id=room.id, zh=room.names.zh, en=room.names.en, domain=room.domain, timezone=room.timezone, origin=room.origin)
