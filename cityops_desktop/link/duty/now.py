"""What every console is told of the people on duty without a question: who is here, what hangs, what is due. Asks nothing."""

from typing import Literal

from pydantic import BaseModel


class OnDuty(BaseModel):
    """A person whose turn it is, on a post of the roster. `begin` and `end` (UTC ms) of the turn; `signed_in` None = not here as far as
    anybody knows."""

    account: str
    name: str
    post: str
    kind: Literal["crew", "leader", "other"] = "crew"
    crew: str = ""
    begin: int
    end: int
    signed_in: int | None = None


class TagInfo(BaseModel):
    """A tag 禁止合闸 that hangs: nothing may be switched on there. `target`: "rack:A01", "device:ups1", "point:pdu1.outlet3" …"""

    id: str
    target: str
    text: str
    hung: int
    actor_name: str


class HandoverBrief(BaseModel):
    """The handover under way, if one is."""

    id: str
    state: str
    frozen: int
    outgoing: str


class DutyInfo(BaseModel):
    """Counts say how much waits; lists are short. `shift` is the name of the turn that runs."""

    shift: str = ""
    begin: int | None = None
    end: int | None = None
    people: list[OnDuty] = []
    uncovered: list[str] = []
    """Posts that have nobody now."""
    handover: HandoverBrief | None = None
    patrols_due: int = 0
    patrols_overdue: int = 0
    orders_open: int = 0
    orders_overdue: int = 0
    tags: list[TagInfo] = []
    visitors: int = 0
    alertness: int | None = None
    """By when somebody at the duty console must have done something (UTC ms); None = nobody is asked."""
