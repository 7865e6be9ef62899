"""Acts of people about work and operation tickets. What may follow what is in cityops_desktop.duty.tickets.

An operation ticket has two persons. The reader acts in a session; the operator acts in a session at another console, or gives the password
at the reader's: with the second factor when the two begin, with the password alone for each step.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from cityops_desktop.duty.tags import Reach
from cityops_desktop.duty.tickets import (
    BY_ANOTHER,
    WORK,
    Course,
    Expected,
    OperationState,
    Seen,
    WorkEvent,
    WorkState,
    abort,
    cancel,
    deviate,
    doubt,
    operate,
    read,
    start,
)
from cityops_desktop.link.duty.tickets import (
    AbortOperation,
    CancelTicket,
    CloseTicket,
    DeviateStep,
    DraftOperation,
    DraftWork,
    ExtendTicket,
    InterruptTicket,
    OperateStep,
    PermitTicket,
    ReadStep,
    ResumeTicket,
    StartOperation,
    TicketStep,
)
from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.people import Limited, Person, Role, Who
from cityops_desktop.model.readings import Quality
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, policy, rights
from cityops_desktop.people.login import Proof, limited_now
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job
from cityops_desktop.station.acts.written import amend, author, put
from cityops_desktop.station.duty.part import DutyAround
from cityops_desktop.store.duty import orders, tickets
from cityops_desktop.store.dutyschema import ticket, ticket_step
from cityops_desktop.store.numbers import next_number

Row = Mapping[str, Any]
_BLANK: Row = {
    **dict.fromkeys(("template", "subject", "place", "hazards", "leader", "members", "work_order", "permitter", "permitter_name"), ""),
    **dict.fromkeys(("reader", "reader_name", "operator", "operator_name", "ended_by", "ended_name", "reason"), ""),
    **dict.fromkeys(("permitted", "begun", "ended")),
    **dict.fromkeys(("measures", "tags", "steps"), "[]"),
}


class TicketActs:
    """ticket.*. `carried` makes the facts be read again after the commit."""

    def __init__(self, around: DutyAround, carried: Callable[[Job], Carried]) -> None:
        self._around, self._carried = around, carried

    def acts(self) -> Acts:
        """By kind."""
        return {
            "ticket.work": self.draft_work,
            "ticket.operation": self.draft_operation,
            "ticket.permit": self.permit,
            "ticket.extend": self.extend,
            "ticket.interrupt": self.interrupt,
            "ticket.resume": self.resume,
            "ticket.close": self.close,
            "ticket.cancel": self.cancel,
            "ticket.start": self.start,
            "ticket.read_out": self.read,
            "ticket.operate": self.operate,
            "ticket.deviate": self.deviate,
            "ticket.abort": self.abort,
        }

    def draft_work(self, act: DraftWork, who: Who) -> Carried:
        """A work ticket is asked for."""
        if not act.starts < act.until or act.until <= who.time:
            raise Refused("until_is_past")
        reach = Reach(self._around.room())
        for target in act.tags:
            if not reach.known(target):
                raise Refused("no_such_target", target=target)
        row = act.model_dump(include={"title", "text", "subject", "place", "hazards", "leader", "members", "starts", "until"})
        row |= {"sort": "work", "state": WorkState.ASKED.value, "work_order": act.order}
        row |= {"measures": canonical(act.measures), "tags": canonical(list(dict.fromkeys(act.tags)))}
        return self._drafted(row, who)

    def draft_operation(self, act: DraftOperation, who: Who) -> Carried:
        """An operation ticket is written."""
        points = self._around.room().points()
        for step in act.steps:
            if step.point and step.point not in points:
                raise Refused("no_such_point", point=step.point)
        row = act.model_dump(include={"template", "title", "text", "subject", "hazards"})
        row |= {"sort": "operation", "state": OperationState.DRAFT.value, "work_order": act.order, "starts": who.time, "until": who.time}
        row["steps"] = canonical([step.model_dump() for step in act.steps])
        return self._drafted(row, who)

    def permit(self, act: PermitTicket, who: Who) -> Carried:
        """By another person than the applicant, when the tags that are needed hang."""

        def needed(conn: Connection, row: Row) -> dict[str, Any]:
            hanging = {one["target"] for one in tickets.hanging(conn)}
            for target in json.loads(row["tags"]):
                if target not in hanging:
                    raise Refused("tags_missing", what=target)
            return {"permitted": who.time, "permitter": who.person.id, "permitter_name": who.person.display}

        return self._moved(act.ticket, WorkEvent.PERMIT, act.text, who, needed)

    def extend(self, act: ExtendTicket, who: Who) -> Carried:
        """Work goes on until then."""
        if act.until <= who.time:
            raise Refused("until_is_past")
        return self._moved(act.ticket, WorkEvent.EXTEND, act.why, who, lambda _conn, _row: {"until": act.until})

    def interrupt(self, act: InterruptTicket, who: Who) -> Carried:
        """Nobody works for now."""
        return self._moved(act.ticket, WorkEvent.INTERRUPT, act.why, who, lambda _conn, _row: {})

    def resume(self, act: ResumeTicket, who: Who) -> Carried:
        """Work goes on."""
        return self._moved(act.ticket, WorkEvent.RESUME, act.text, who, lambda _conn, _row: {})

    def close(self, act: CloseTicket, who: Who) -> Carried:
        """People and tools are out, isolation and tags are taken back. Refused(tags_hang) while one of its tags hangs."""

        def checked(conn: Connection, row: Row) -> dict[str, Any]:
            for one in tickets.hanging(conn):
                if one["ticket"] == row["id"]:
                    raise Refused("tags_hang", what=one["target"])
            return _ended(who, act.text)

        return self._moved(act.ticket, WorkEvent.CLOSE, act.text, who, checked)

    def cancel(self, act: CancelTicket, who: Who) -> Carried:
        """Not wanted any more: a ticket of either sort by which nobody has begun."""

        def run(conn: Connection) -> None:
            row = tickets.get(conn, ticket, act.ticket)
            if row["sort"] == "work":
                state: str = _after(row, WorkEvent.CANCEL, who).value
            else:
                state = cancel(course_of(conn, row)).state.value
            self._write(conn, row, {"state": state, **_ended(who, act.why)}, "ticket.cancelled", who, "cancel", act.why)

        return self._carried(run)

    def start(self, act: StartOperation, who: Who) -> Carried:
        """Reader and operator begin. Refused: same_person, no_right, and what the door refuses."""
        people = self._around.people
        people.read(lambda conn: tickets.get(conn, ticket, act.ticket))
        proof = people.door.prove(act.operator, act.password, f"session:{who.session}", code=act.code)

        def run(conn: Connection) -> Data:
            row = _operation(conn, act.ticket)
            second = self._taken(conn, proof, who.time)
            course = start(course_of(conn, row), who.person.id, second.id)
            values = {"state": course.state.value, "begun": who.time, "reader": course.reader, "reader_name": who.person.display}
            values |= {"operator": course.operator, "operator_name": second.display}
            self._write(conn, row, values, "ticket.started", who, "start", second.display)
            return {"operator": second.display}

        return self._carried(run)

    def read(self, act: ReadStep, who: Who) -> Carried:
        """The reader has read the next step aloud."""

        def run(conn: Connection) -> None:
            row = _operation(conn, act.ticket)
            read(course_of(conn, row), who.person.id, act.step)
            new = {"id": tickets.step_id(act.ticket, act.step), "ticket": act.ticket, "step": act.step, "read": who.time}
            new |= {"reader": who.person.id, "reader_name": who.person.display, "deviation": "", "done": None, "operator": ""}
            new |= {"operator_name": "", "value": None, "value_time": None, "quality": "", "proven": False}
            put(conn, ticket_step, new, "ticket_step.read", who)

        return self._carried(run)

    def deviate(self, act: DeviateStep, who: Who) -> Carried:
        """The step may be ticked without its proof."""

        def run(conn: Connection) -> None:
            row = _operation(conn, act.ticket)
            deviate(course_of(conn, row), who.person.id, act.step)
            amend(conn, ticket_step, tickets.step_id(act.ticket, act.step), {"deviation": act.why}, "ticket_step.deviated", who)
            orders.write_entry(conn, f"ticket:{act.ticket}", "deviate", f"{act.step}: {act.why}", who)

        return self._carried(run)

    def operate(self, act: OperateStep, who: Who) -> Carried:
        """The operator ticks the step; the value of its point goes with it. Refused: what duty.tickets.operate and doubt say."""
        proof = self._operator(act, who) if act.password else None

        def run(conn: Connection) -> Data:
            row = _operation(conn, act.ticket)
            course = course_of(conn, row)
            if proof is not None and who.person.id != course.reader:
                raise Refused("not_the_reader")
            operator = replace(who, person=self._taken(conn, proof, who.time)) if proof is not None else who
            last = tickets.steps(conn, act.ticket)[-1:]
            expected = expected_of(_steps(row)[act.step - 1]) if act.step <= course.steps else Expected()
            seen, quality = self._seen(expected.point)
            why = doubt(expected, seen, last[0]["read"]) if last else ""
            _require_order(course, operator.person.id, act.step)
            if why and not course.deviates:
                raise Refused(why, step=act.step, point=expected.point, **({} if seen.value is None else {"value": seen.value}))
            after = operate(course, operator.person.id, act.step, proven=not why)
            values: dict[str, Any] = {"done": who.time, "operator": operator.person.id, "operator_name": operator.person.display}
            values |= {"value": seen.value, "value_time": seen.time, "quality": quality, "proven": bool(expected.point) and not why}
            amend(conn, ticket_step, tickets.step_id(act.ticket, act.step), values, "ticket_step.ticked", operator)
            if after.state is OperationState.DONE:
                self._write(conn, row, {"state": after.state.value, **_ended(operator, "")}, "ticket.done", operator, "done", "")
            return {"done": after.done, "state": after.state.value}

        return self._carried(run)

    def abort(self, act: AbortOperation, who: Who) -> Carried:
        """It ends where it stands: by one of the two, or by a shift leader, since both may be gone."""

        def run(conn: Connection) -> None:
            row = _operation(conn, act.ticket)
            person = row["reader"] if Role.SHIFT_LEADER in who.person.roles else who.person.id
            state = abort(course_of(conn, row), person).state.value
            self._write(conn, row, {"state": state, **_ended(who, act.why)}, "ticket.aborted", who, "abort", act.why)

        return self._carried(run)

    def _drafted(self, row: dict[str, Any], who: Who) -> Carried:
        def run(conn: Connection) -> Data:
            if row["work_order"]:
                orders.order(conn, row["work_order"])
            number = next_number(conn, ticket.c.number, who.time, self._around.zone)
            whole = {**_BLANK, **row, "number": number, "time": who.time, **author(who)}
            return {"ticket": put(conn, ticket, whole, "ticket.drafted", who), "number": number}

        return self._carried(run)

    def _moved(self, id: str, event: WorkEvent, text: str, who: Who, more: Callable[[Connection, Row], dict[str, Any]]) -> Carried:
        def run(conn: Connection) -> None:
            row = tickets.get(conn, ticket, id)
            if row["sort"] != "work":
                raise Refused("not_in_this_state")
            state = _after(row, event, who)
            values = {"state": state.value, **more(conn, row)}
            self._write(conn, row, values, f"ticket.{_TOLD[event]}", who, event.value, text)

        return self._carried(run)

    def _write(self, conn: Connection, row: Row, values: Mapping[str, Any], kind: str, who: Who, event: str, text: str) -> None:
        amend(conn, ticket, row["id"], values, kind, who)
        orders.write_entry(conn, f"ticket:{row['id']}", event, text, who)

    def _operator(self, act: OperateStep, who: Who) -> Proof:
        """The operator gives the password at the reader's console. Refused: no_such_ticket, wrong_password, too_many_attempts, ..."""
        people = self._around.people

        def named(conn: Connection) -> str:
            row = _operation(conn, act.ticket)
            found = accounts.by_id(conn, row["operator"], people.domain, who.time)
            if found is None:
                raise Refused("not_in_this_state")
            return found.person.name

        name = people.read(named)
        return people.door.prove(name, act.password, f"session:{who.session}", code=None, wrong="wrong_password")

    def _taken(self, conn: Connection, proof: Proof, now: int) -> Person:
        """Who proved it, if that person may operate here and now. Refused."""
        people = self._around.people
        found = proof.take(conn, people.domain, now)
        in_force = policy.policy(conn)
        if not rights.allowed("ticket.operate", found.person.roles, in_force.preset):
            raise Refused("no_right").of(account=found.person.id)
        bound = rights.bound_to_duty("ticket.operate", found.person.roles, in_force.preset)
        if bound and not people.may_as_duty(found.person.id):
            raise Refused("not_on_duty").of(account=found.person.id)
        limited = limited_now(conn, found.row, in_force, now)
        if limited is not Limited.NOTHING:
            raise Refused(f"must_{limited}").of(account=found.person.id)
        people.door.passed(proof)
        return found.person

    def _seen(self, point: str) -> tuple[Seen, str]:
        """What the point says now, and its quality; ("", nothing) for a step without one."""
        if point not in self._around.live.entries:
            return Seen(None, None, good=False), Quality.BAD.value if point else ""
        reading = self._around.live.get(point).reading
        value = float(reading.value) if isinstance(reading.value, int | float) else None
        return Seen(value, reading.time, reading.quality is Quality.GOOD), reading.quality.value


_TOLD: Mapping[WorkEvent, str] = {
    WorkEvent.PERMIT: "permitted",
    WorkEvent.EXTEND: "extended",
    WorkEvent.INTERRUPT: "interrupted",
    WorkEvent.RESUME: "resumed",
    WorkEvent.CLOSE: "closed",
}


def course_of(conn: Connection, row: Row) -> Course:
    """Where an operation ticket stands, by its row and the rows of its steps."""
    ticked = tickets.steps(conn, row["id"])
    done = sum(one["done"] is not None for one in ticked)
    open = ticked[done] if len(ticked) > done else None
    return Course(
        len(_steps(row)),
        OperationState(row["state"]),
        row["reader"],
        row["operator"],
        done,
        open is not None,
        open is not None and bool(open["deviation"]),
    )


def expected_of(step: TicketStep) -> Expected:
    """What its point must say."""
    return Expected(step.point, step.low, step.high, tuple(step.states))


def _steps(row: Row) -> list[TicketStep]:
    return [TicketStep.model_validate(one) for one in json.loads(row["steps"])]


def _operation(conn: Connection, id: str) -> dict[str, Any]:
    row = tickets.get(conn, ticket, id)
    if row["sort"] != "operation":
        raise Refused("not_in_this_state")
    return row


def _after(row: Row, event: WorkEvent, who: Who) -> WorkState:
    """Refused: not_in_this_state, same_person."""
    state = WORK.get((WorkState(row["state"]), event)) if row["sort"] == "work" else None
    if state is None:
        raise Refused("not_in_this_state")
    if event in BY_ANOTHER and who.person.id == row["actor"]:
        raise Refused("same_person")
    return state


def _require_order(course: Course, operator: str, step: int) -> None:
    """Whose turn and which step it is comes before what the point says. Refused."""
    operate(course, operator, step, proven=True)


def _ended(who: Who, why: str) -> dict[str, Any]:
    return {"ended": who.time, "ended_by": who.person.id, "ended_name": who.person.display, "reason": why}
