"""Handovers and the stock as they travel: acts, the sheet that is frozen, the record of both signatures, answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from cityops_desktop.duty.handover import State
from cityops_desktop.duty.stock import Move, Sort
from cityops_desktop.link.duty.sheet import SheetRow, SheetSection
from cityops_desktop.link.fields import Code, Digest, Id, Long, Readable, Said, Text, Time, Title, Uuid, Why

Amount = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Unit = Annotated[str, Field(max_length=20), Readable]


# acts


class OfferHandover(BaseModel):
    """Freeze the sheet now and lay it before the incoming. The same id again is the same handover: after a refusal, or when something has
    changed, a new freeze of it, under which nobody has signed."""

    kind: Literal["handover.offer"] = "handover.offer"
    handover: Uuid
    remark: Long = ""


class _Proved(BaseModel):
    """Somebody proves by own credentials who it is: name and password (and code), or badge and PIN of whoever logged in here."""

    handover: Id
    hash: Digest
    """Of the frozen sheet that this person has read."""
    name: Annotated[str, Field(max_length=64)] = ""
    password: Annotated[str, Field(max_length=256)] = ""
    code: Code = ""
    badge: Annotated[str, Field(max_length=128)] = ""
    pin: Annotated[str, Field(max_length=12)] = ""


class SignHandover(_Proved):
    """Sign as the one who hands on or as the one who takes over. The second signature is the handover. `asked`: numbers of the rows of
    page one about which the incoming asked before signing."""

    kind: Literal["handover.sign"] = "handover.sign"
    side: Literal["outgoing", "incoming"]
    asked: Annotated[list[Annotated[int, Field(ge=1, le=1000)]], Field(max_length=200)] = []


class RefuseHandover(_Proved):
    """The incoming does not take over, and says why: back to the outgoing."""

    kind: Literal["handover.refuse"] = "handover.refuse"
    why: Why


class WithdrawHandover(BaseModel):
    """The outgoing takes it back: the turn goes on."""

    kind: Literal["handover.withdraw"] = "handover.withdraw"
    handover: Id
    why: Why


class PutItem(BaseModel):
    """Something that every shift is told of until it is closed."""

    kind: Literal["handover.item"] = "handover.item"
    item: Uuid
    text: Said
    due: Time | None = None


class CloseItem(BaseModel):
    """It is done, and how."""

    kind: Literal["handover.item_close"] = "handover.item_close"
    item: Id
    text: Said


class PutStock(BaseModel):
    """Something that is counted; `id` of one that is known changes what must be there."""

    kind: Literal["stock.put"] = "stock.put"
    item: Uuid
    sort: Sort
    name: Title
    unit: Unit = ""
    place: Text = ""
    wanted: Amount
    low: Amount | None = None


class EndStock(BaseModel):
    """It is not counted any more."""

    kind: Literal["stock.end"] = "stock.end"
    item: Id
    why: Why


class MoveStock(BaseModel):
    """Out to somebody, used up, or added."""

    kind: Literal["stock.move"] = "stock.move"
    move: Uuid
    item: Id
    how: Literal["out", "used", "added"]
    number: Amount
    whom: Annotated[str, Field(max_length=64), Readable] = ""
    note: Text = ""


class ReturnStock(BaseModel):
    """What was out is back in its place."""

    kind: Literal["stock.back"] = "stock.back"
    move: Id


class Counted(BaseModel):
    """So many were found in their place."""

    item: Id
    found: Amount


class CountStock(BaseModel):
    """Somebody has counted."""

    kind: Literal["stock.count"] = "stock.count"
    counts: Annotated[list[Counted], Field(min_length=1, max_length=500)]
    note: Text = ""


HandoverAct = (
    OfferHandover
    | SignHandover
    | RefuseHandover
    | WithdrawHandover
    | PutItem
    | CloseItem
    | PutStock
    | EndStock
    | MoveStock
    | ReturnStock
    | CountStock
)


# papers: what is signed


class RoomHead(BaseModel):
    """Which room it is about."""

    id: str
    zh: str
    en: str
    domain: str
    timezone: str
    origin: str


class SheetPerson(BaseModel):
    """Somebody of a crew; `signed_in` (UTC ms) None = not here as far as anybody knows."""

    id: str
    name: str
    post: str = ""
    signed_in: int | None = None


class LogHead(BaseModel):
    """The newest row of the change log at that moment: nothing up to it can be other than it was then."""

    seq: int
    hash: str


class FrozenSheet(BaseModel):
    """What the outgoing hands on, as it was when it was frozen. `next`: whose turn begins."""

    format: Literal[1] = 1
    kind: Literal["frozen"] = "frozen"
    program: str
    room: RoomHead
    handover: str
    number: str
    round: int
    turn: str
    begin: int
    end: int
    frozen: int
    ahead: int
    outgoing: SheetPerson
    crew: list[SheetPerson]
    next: list[SheetPerson]
    remark: str
    log: LogHead
    sections: list[SheetSection]


class Signature(BaseModel):
    """Who signed when (UTC ms), and how that person proved who it was. `planned`: the roster has the person in it; None = unknown."""

    id: str
    name: str
    way: Literal["password", "badge"]
    time: int
    planned: bool | None = None


class SignedHandover(BaseModel):
    """Both signatures, and what happened between freeze and second signature, which belongs to the outgoing. `sheet`: SHA-256 of the frozen
    sheet; `asked`: numbers of the rows of page one that the incoming asked about."""

    format: Literal[1] = 1
    kind: Literal["signed"] = "signed"
    program: str
    room: RoomHead
    handover: str
    number: str
    sheet: str
    accepted: int
    outgoing: Signature
    incoming: Signature
    asked: list[int]
    during: list[SheetRow]
    more: bool
    log: LogHead


# answers


class PaperInfo(BaseModel):
    """A signed paper, word for word: `hash` is SHA-256 of the text, `signature` that of the station's key `public` (hex)."""

    kind: str
    time: int
    text: str
    hash: str
    public: str
    signature: str


class HandoverInfo(BaseModel):
    """A handover in a list. `why`: of the newest refusal or of the withdrawal."""

    id: str
    number: str
    state: State
    turn: str
    begin: int
    end: int
    time: int
    frozen: int
    round: int
    hash: str
    actor: str
    actor_name: str
    remark: str
    given: int | None
    incoming: str
    incoming_name: str
    taken: int | None
    accepted: int | None
    refused_name: str
    why: str


class HandoverDetail(BaseModel):
    """GET /api/v1/duty/handovers/{id}: with its papers, oldest first; the newest sheet and, once signed, both signatures as they read."""

    handover: HandoverInfo
    sheet: FrozenSheet
    signed: SignedHandover | None = None
    papers: list[PaperInfo]
    sound: bool
    """Every paper is what the station signed."""


class ItemInfo(BaseModel):
    """Something that is handed on until it is closed."""

    id: str
    text: str
    due: int | None
    time: int
    actor_name: str
    closed: int | None
    closed_name: str
    closed_text: str


class HandoversPage(BaseModel):
    """GET /api/v1/duty/handover. `late` (UTC ms): since when the turn that is over should have been handed on. `blocked`: why nothing can
    be handed on now. `may`: whose place it is to hand on (account ids; empty = anybody with the right). `sheet`: of the one under way."""

    now: int
    turn: str
    begin: int | None
    end: int | None
    late: int | None
    last_patrol: int | None
    blocked: list[SheetRow]
    may: list[SheetPerson]
    current: HandoverDetail | None
    items: list[ItemInfo]
    former: list[HandoverInfo]
    more: bool


class DraftSheet(BaseModel):
    """GET /api/v1/duty/handover/draft: the sheet as it would be frozen now."""

    now: int
    sheet: FrozenSheet


class HandoverList(BaseModel):
    """GET /api/v1/duty/handovers: those before a time, newest first."""

    handovers: list[HandoverInfo]
    more: bool


class StockInfo(BaseModel):
    """Something that is counted: `have` in its place, `out` with somebody, `missing` nowhere."""

    id: str
    sort: Sort
    name: str
    unit: str
    place: str
    wanted: float
    low: float | None
    have: float
    out: float
    missing: float
    is_low: bool
    counted: int | None
    counted_name: str


class MoveInfo(BaseModel):
    """A movement."""

    id: str
    item: str
    kind: Move
    number: float
    before: float
    after: float
    whom: str
    note: str
    time: int
    actor_name: str
    back: int | None
    back_name: str


class StockPage(BaseModel):
    """GET /api/v1/duty/stock: what is counted, what is out, and the newest movements."""

    now: int
    items: list[StockInfo]
    out: list[MoveInfo]
    moves: list[MoveInfo]


class SinceInfo(BaseModel):
    """GET /api/v1/duty/since: what has happened since the end of the asking person's last signed turn, or for want of one in the last
    `hours`. Sections as on a sheet."""

    now: int
    since: int
    signed: bool
    sections: list[SheetSection]
