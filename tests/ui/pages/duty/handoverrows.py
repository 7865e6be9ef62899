"""Answers of a station about handovers, close to what a night in a room looks like."""

from cityops_desktop.duty.handover import State
from cityops_desktop.duty.stock import Move, Sort
from cityops_desktop.link.duty.handover import (
    FrozenSheet,
    HandoverDetail,
    HandoverInfo,
    HandoversPage,
    ItemInfo,
    LogHead,
    MoveInfo,
    PaperInfo,
    RoomHead,
    SheetPerson,
    Signature,
    SignedHandover,
    SinceInfo,
    StockInfo,
    StockPage,
)
from cityops_desktop.link.duty.sheet import SheetRow, SheetSection
from tests.ui.rooms import NOW

MINUTE, HOUR = 60_000, 3_600_000
BEGIN, END = NOW - 7 * HOUR - 30 * MINUTE, NOW + 30 * MINUTE
LEA, ANN = SheetPerson(id="lea", name="李班长", post="crew", signed_in=BEGIN), SheetPerson(id="ann", name="王值班", post="crew")
MAX = SheetPerson(id="max", name="赵班长", post="crew")
HASH = "ab" * 32


def alarm(text: str, zh: str, level: str, level_zh: str, minutes: int) -> SheetRow:
    params = {"level": level, "level_zh": level_zh, "alarm": text, "alarm_zh": zh, "state": "acknowledged", "state_zh": "已确认"}
    words = "{level}: {alarm} ({state})"
    return SheetRow(words=words, params=dict(params), time=NOW - minutes * MINUTE, link=f"alarm:{text[:4]}", front="abnormal")


def sections() -> list[SheetSection]:
    """What the areas tell."""
    alarms = [
        alarm("Cooling unit 2 Return air above 30.0 °C: 31.4 °C", "2号空调 回风温度 高于 30.0 °C：31.4 °C", "Major", "重要", 95),
        alarm("UPS 1 Load above 80 %: 83 %", "1号UPS 负载率 高于 80 %：83 %", "Minor", "一般", 220),
    ]
    summary = SheetRow(
        words="{n} alarms were raised in this turn, worst level {worst}; {over} of them are over",
        params={"n": 14, "worst": "Major", "worst_zh": "重要", "over": 12},
        front="changed",
    )
    shelved = {"what": "Rack A03 Inlet temperature", "what_zh": "A03机柜 进风温度", "until_at": NOW + 2 * HOUR, "by": "李班长"}
    hidden = SheetRow(
        words="{what} is shelved until {until_at} by {by}: {why}",
        params={**shelved, "why": "探头待更换"},
        time=NOW - 3 * HOUR,
        link="point:a03.t",
        front="abnormal",
    )
    limit = SheetRow(
        words="{point}: {what}, by {by}: {why}",
        params={
            "point": "Cooling unit 2 Return air",
            "point_zh": "2号空调 回风温度",
            "what": "limit changed at run time",
            "what_zh": "运行中改限值",
            "by": "李班长",
            "why": "夏季",
        },
        time=NOW - 4 * HOUR,
        front="changed",
    )
    key = SheetRow(
        words="Missing: {gone} of {wanted} {name}",
        params={"gone": "1", "wanted": "3", "name": "电池间钥匙", "have": "2", "place": "钥匙柜"},
        time=NOW - 20 * MINUTE,
        link="stock:k1",
        front="abnormal",
    )
    patrol = SheetRow(words="Until {due_at}: {text} (by {by}, {written_at})", params={}, time=NOW + 2 * HOUR, front="due", link="patrol:p1")
    patrol = patrol.model_copy(
        update={"params": {"due_at": NOW + 2 * HOUR, "text": "夜间巡检 A 线", "by": "李班长", "written_at": NOW - HOUR}}
    )
    return [
        SheetSection(id="patrol", title="Open matters", rows=[patrol]),
        SheetSection(id="alarms", title="Alarms", rows=[*alarms, summary]),
        SheetSection(id="hidden", title="Shelved and out of service", rows=[hidden]),
        SheetSection(id="stock", title="Keys, tools, spares, consumables", rows=[key]),
        SheetSection(id="limits", title="Limits and configuration", rows=[limit]),
        SheetSection(id="rules", title="Rules not read yet", rows=[]),
    ]


def sheet(round: int = 1) -> FrozenSheet:
    """Frozen half an hour before the end of the turn."""
    room = RoomHead(id="r1", zh="一号机房", en="Room 1", domain="c/d/s/r1", timezone="Asia/Shanghai", origin="real")
    return FrozenSheet(
        program="1",
        room=room,
        handover="h9",
        number="2026-009",
        round=round,
        turn="白班",
        begin=BEGIN,
        end=END,
        frozen=NOW,
        ahead=NOW + 12 * HOUR,
        outgoing=LEA,
        crew=[LEA, ANN],
        next=[MAX],
        remark="2号空调压缩机有异响，每小时看一次",
        log=LogHead(seq=4711, hash="cd" * 32),
        sections=sections(),
    )


def info(state: State = State.OFFERED, **more: object) -> HandoverInfo:
    told = {
        "id": "h9",
        "number": "2026-009",
        "state": state,
        "turn": "白班",
        "begin": BEGIN,
        "end": END,
        "time": NOW,
        "frozen": NOW,
        "round": 1,
        "hash": HASH,
        "actor": "lea",
        "actor_name": "李班长",
        "remark": "",
        "given": None,
        "incoming": "",
        "incoming_name": "",
        "taken": None,
        "accepted": None,
        "refused_name": "",
        "why": "",
    }
    return HandoverInfo.model_validate({**told, **more})


def detail(state: State = State.OFFERED, *, sound: bool = True, **more: object) -> HandoverDetail:
    """The handover with its sheet."""
    signed = None
    if state is State.ACCEPTED:
        sides = {
            "outgoing": Signature(id="lea", name="李班长", way="password", time=NOW + MINUTE, planned=True),
            "incoming": Signature(id="max", name="赵班长", way="badge", time=NOW + 2 * MINUTE, planned=True),
        }
        signed = SignedHandover(
            program="1",
            room=sheet().room,
            handover="h9",
            number="2026-009",
            sheet=HASH,
            accepted=NOW + 2 * MINUTE,
            asked=[2],
            during=[alarm("UPS 1 Load above 80 %: 83 %", "1号UPS 负载率 高于 80 %：83 %", "Minor", "一般", -1)],
            more=False,
            log=LogHead(seq=4720, hash="ef" * 32),
            **sides,
        )
        more = {"accepted": NOW + 2 * MINUTE, "incoming_name": "赵班长", **more}
    paper = PaperInfo(kind="frozen", time=NOW, text="{}", hash=HASH, public="12" * 32, signature="34" * 64)
    return HandoverDetail(handover=info(state, **more), sheet=sheet(), signed=signed, papers=[paper], sound=sound)


def page(current: HandoverDetail | None = None, **more: object) -> HandoversPage:
    """What the station says; with nothing under way by default."""
    item = {"text": "等备件：2号空调压缩机", "due": None, "time": NOW - 26 * HOUR, "actor_name": "赵班长"}
    former = [
        info(State.ACCEPTED, id="h8", number="2026-008", accepted=BEGIN, incoming_name="李班长", actor_name="赵班长", time=BEGIN - MINUTE),
        info(State.WITHDRAWN, id="h7", number="2026-007", time=BEGIN - HOUR),
    ]
    told = {
        "now": NOW,
        "turn": "白班",
        "begin": BEGIN,
        "end": END,
        "late": None,
        "last_patrol": END - 30 * MINUTE,
        "blocked": [],
        "may": [LEA],
        "current": current,
        "items": [ItemInfo(id="i1", closed=None, closed_name="", closed_text="", **item)],
        "former": former,
        "more": True,
    }
    return HandoversPage.model_validate({**told, **more})


def stock() -> StockPage:
    """Three kinds: one incomplete, one low, one complete."""
    made = [
        ("k1", Sort.KEY, "电池间钥匙", "", 3.0, None, 1.0, 1.0),
        ("c1", Sort.CONSUMABLE, "柴油", "L", 200.0, 50.0, 45.0, 0.0),
        ("t1", Sort.TOOL, "绝缘手套", "双", 2.0, None, 2.0, 0.0),
    ]
    items = [
        StockInfo(
            id=id,
            sort=sort,
            name=name,
            unit=unit,
            place="钥匙柜",
            wanted=wanted,
            low=low,
            have=have,
            out=out,
            missing=0.0 if sort is Sort.CONSUMABLE else wanted - have - out,
            is_low=low is not None and have <= low,
            counted=NOW - HOUR,
            counted_name="王值班",
        )
        for id, sort, name, unit, wanted, low, have, out in made
    ]
    move = {"number": 1.0, "before": 2.0, "after": 1.0, "whom": "张工", "note": "", "time": NOW - 2 * HOUR, "actor_name": "王值班"}
    out = [MoveInfo(id="m1", item="k1", kind=Move.OUT, back=None, back_name="", **move)]
    return StockPage(now=NOW, items=items, out=out, moves=out)


def since() -> SinceInfo:
    return SinceInfo(now=NOW, since=BEGIN - 16 * HOUR, signed=True, sections=sections())
