"""What travels about the roster: what people do about it, and whose turn it is. Decides nothing."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from cityops_desktop.duty.roster import Plan, PostId, Sort
from cityops_desktop.link.fields import Day, Id, NotBlank, Readable, Time, Why, readable_within

Reason = Annotated[str, Field(max_length=500), Readable]


class PublishPlan(BaseModel):
    """The next version of a post's plan, in force from its day on; what was before stays."""

    kind: Literal["duty.plan"] = "duty.plan"
    plan: Annotated[Plan, AfterValidator(readable_within)]
    why: Why


class EndPost(BaseModel):
    """Nobody has this post any more from this day on."""

    kind: Literal["duty.end"] = "duty.end"
    post: PostId
    since: Day
    why: Why


class ChangeDuty(BaseModel):
    """Something that lies over the plan: `account` is away (of `post`, "" = of all), `other` stands in, or both change places: then
    `other` has the time from `other_begin` to `other_end`."""

    kind: Literal["duty.change"] = "duty.change"
    sort: Sort
    post: Literal[""] | PostId
    account: Id
    begin: Time
    end: Time
    other: Annotated[str, Field(max_length=64)] = ""
    other_begin: Time = 0
    other_end: Time = 0
    why: Annotated[Why, NotBlank]


class WithdrawChange(BaseModel):
    """It does not count, and never did."""

    kind: Literal["duty.withdraw"] = "duty.withdraw"
    change: Id
    why: Why


class SignIn(BaseModel):
    """I am here, on this post: for the turn that runs, or the next one shortly before it. `why`, where the plan does not name me."""

    kind: Literal["duty.sign_in"] = "duty.sign_in"
    post: PostId = "crew"
    why: Reason = ""


class SignOut(BaseModel):
    """I leave the post; `relief` is the account of whoever takes it over ("" = nobody: then `why` is asked for)."""

    kind: Literal["duty.sign_out"] = "duty.sign_out"
    post: PostId = "crew"
    relief: Annotated[str, Field(max_length=64)] = ""
    why: Reason = ""


RosterAct = PublishPlan | EndPost | ChangeDuty | WithdrawChange | SignIn | SignOut


class PlaceInfo(BaseModel):
    """A place in a turn: whose it is by the plan, and who has it from time to time ("" = nobody)."""

    planned: str
    holders: list[str]


class TurnInfo(BaseModel):
    """A turn of a post; `crew` is what the plan calls those who have it."""

    post: str
    sign: str
    name: str
    begin: int
    end: int
    crew: str
    places: list[PlaceInfo]


class SignInfo(BaseModel):
    """Who came to a turn of a post and left it. `planned`: the plan named this person."""

    id: str
    post: str
    begin: int
    end: int
    account: str
    name: str
    planned: bool
    signed: int
    left: int | None
    relief: str
    why: str


class ChangeInfo(BaseModel):
    """See ChangeDuty."""

    id: str
    sort: Sort
    post: str
    account: str
    begin: int
    end: int
    other: str
    other_begin: int
    other_end: int
    why: str
    time: int
    actor_name: str


class PlanInfo(BaseModel):
    """A published version, with who published it."""

    id: str
    plan: Plan
    why: str
    time: int
    actor_name: str


class PostInfo(BaseModel):
    """A post, by the newest version of its plan. `replaces`: it fills another post's turns on its days."""

    id: str
    name: str
    replaces: str = ""
    over: bool = False


class HoleInfo(BaseModel):
    """Nobody has this post for this time; `name` of the turn, "" between turns."""

    post: str
    name: str
    begin: int
    end: int


class PersonInfo(BaseModel):
    """An account that may stand in a roster. `enabled` False: nobody can count on it."""

    id: str
    name: str
    enabled: bool


class RosterPage(BaseModel):
    """GET /api/v1/duty/roster: turns, who came, changes and holes from `begin` to `end`; `ahead` the holes of the next 31 days; `more`:
    there are more sign-ins than are told."""

    now: int
    begin: int
    end: int
    posts: list[PostInfo]
    plans: list[PlanInfo]
    turns: list[TurnInfo]
    signs: list[SignInfo]
    changes: list[ChangeInfo]
    holes: list[HoleInfo]
    ahead: list[HoleInfo]
    people: list[PersonInfo]
    more: bool = False
