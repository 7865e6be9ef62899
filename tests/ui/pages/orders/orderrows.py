"""Work orders, tickets, tags and rotation tests as a station tells of them, for tests of the page."""

from cityops_desktop.link.duty.now import TagInfo
from cityops_desktop.link.duty.orders import DoerInfo, OrderDetail, OrderEntryInfo, OrderInfo, OrdersPage
from cityops_desktop.link.duty.tickets import (
    DoneStep,
    HungTag,
    RotationPage,
    RotationPlanInfo,
    RotationRunInfo,
    RunFigures,
    TagsPage,
    TicketDetail,
    TicketInfo,
    TicketsPage,
    TicketStep,
)
from tests.ui.conftest import SESSION
from tests.ui.rooms import NOW, copy_of_room

HOUR, DAY = 3_600_000, 86_400_000
ME = SESSION.person.id
ROOM = copy_of_room().room
RACK, DEVICE = ROOM.racks[0].id, ROOM.devices[0].id
POINT = next(point.key for point in ROOM.points if point.unit)


def order(id: str, number: str, title: str, **more: object) -> OrderInfo:
    told: dict[str, object] = {"id": id, "number": number, "title": title, "text": "", "subject": f"device:{DEVICE}", "source": "manual"}
    told |= {"link": "", "alarms": [], "priority": 3, "due": None, "owner": "", "owner_name": "", "state": "open", "time": NOW - DAY}
    told |= {"actor_name": "李工", "begun": None, "done": None, "done_by": "", "done_name": "", "result": "", "ended": None}
    return OrderInfo.model_validate({**told, "ended_name": "", "reason": "", **more})


def orders() -> OrdersPage:
    standing = [
        order("o1", "2026-007", "2号空调滤网压差高", priority=2, due=NOW - HOUR, owner="a2", owner_name="王工", state="running"),
        order("o2", "2026-006", "A03机柜PDU指示灯不亮", due=NOW + DAY, alarms=["alarm-1"], source="alarm"),
        order("o3", "2026-004", "蓄电池端子紧固", state="done", done=NOW - HOUR, done_by="a2", done_name="王工", result="已紧固"),
        order("o4", "2026-003", "地板破损", state="done", done=NOW - HOUR, done_by=ME, done_name="张工", result="已更换"),
    ]
    ended = [order("o5", "2026-002", "门禁读卡器失灵", state="closed", ended=NOW - DAY, ended_name="李工", owner_name="海康维保")]
    doers = [DoerInfo(account=ME, name="张工"), DoerInfo(account="a2", name="王工")]
    return OrdersPage(now=NOW, standing=standing, ended=ended, more=True, doers=doers)


def entry(kind: str, text: str, ago: int = HOUR) -> OrderEntryInfo:
    return OrderEntryInfo(id=f"{kind}{ago}", kind=kind, text=text, time=NOW - ago, actor_name="王工")


def order_detail(one: OrderInfo) -> OrderDetail:
    return OrderDetail(
        now=NOW, order=one, entries=[entry("assign", "王工", 3 * HOUR), entry("begin", "", 2 * HOUR), entry("note", "滤网到货")]
    )


def ticket(id: str, number: str, title: str, sort: str, state: str, **more: object) -> TicketInfo:
    told: dict[str, object] = {"id": id, "number": number, "sort": sort, "template": "", "title": title, "text": "", "subject": ""}
    told |= {"place": "", "hazards": "", "measures": [], "tags": [], "leader": "", "members": "", "order": "", "starts": NOW - HOUR}
    told |= {"until": NOW + HOUR, "state": state, "time": NOW - 2 * HOUR, "actor": "a2", "actor_name": "王工", "permitted": None}
    told |= {"permitter_name": "", "reader": "", "reader_name": "", "operator": "", "operator_name": "", "begun": None, "ended": None}
    return TicketInfo.model_validate({**told, "ended_name": "", "reason": "", **more})


STEPS = [
    TicketStep(text="核对UPS名称编号，与票面一致"),
    TicketStep(text="检查UPS输出电压正常", point=POINT, low=10, high=40),
    TicketStep(text="合上维修旁路开关"),
]


def tickets() -> TicketsPage:
    work = {"place": "配电间", "hazards": "触电", "measures": ["断开Q1", "取下熔断器F3"], "leader": "赵工（维保）", "members": "钱工"}
    running = {"reader": ME, "reader_name": "张工", "operator": "a2", "operator_name": "王工", "begun": NOW - HOUR}
    standing = [
        ticket("t1", "2026-005", "1号UPS更换风扇", "work", "asked", tags=[f"rack:{RACK}"], **work),
        ticket("t2", "2026-004", "2号空调清洗", "work", "permitted", permitted=NOW - 3 * HOUR, **{**work, "until": NOW - HOUR}),
        ticket("t3", "2026-003", "1号UPS转维修旁路", "operation", "running", **running),
        ticket("t4", "2026-002", "柴油发电机试机", "operation", "draft"),
    ]
    ended = [ticket("t5", "2026-001", "双电源切换", "operation", "done", **running, ended=NOW - DAY, ended_name="王工")]
    return TicketsPage(now=NOW, standing=standing, ended=ended, more=False)


def ticket_detail(one: TicketInfo, done: int = 1, *, read: bool = False, deviation: str = "") -> TicketDetail:
    """With so many steps done, the next one read aloud or not."""
    steps = STEPS if one.sort == "operation" else []
    told = (
        [
            DoneStep(
                step=n,
                read=NOW - HOUR,
                reader_name="张工",
                deviation="",
                done=NOW - HOUR,
                operator_name="王工",
                value=None,
                value_time=None,
                quality="",
                proven=False,
            )
            for n in range(1, done + 1)
        ]
        if one.reader
        else []
    )
    if read:
        told.append(
            DoneStep(
                step=done + 1,
                read=NOW - 1000,
                reader_name="张工",
                deviation=deviation,
                done=None,
                operator_name="",
                value=None,
                value_time=None,
                quality="",
                proven=False,
            )
        )
    return TicketDetail(now=NOW, ticket=one, steps=steps, done=told, entries=[], tags=[])


def tags() -> TagsPage:
    base = {"actor": "a2", "ticket": "", "removed": None, "removed_name": "", "reason": ""}
    hanging = [HungTag.model_validate({**tag.model_dump(), **base}) for tag in hanging_tags()]
    gone = {"id": "g3", "target": "device:none", "text": "有人工作", "hung": NOW - DAY, "actor_name": "李工", **base}
    removed = [HungTag.model_validate({**gone, "removed": NOW - HOUR, "removed_name": "赵班长", "reason": "李工已下班"})]
    return TagsPage(now=NOW, hanging=hanging, removed=removed, more=False)


def hanging_tags() -> list[TagInfo]:
    return [
        TagInfo(id="g1", target=f"rack:{RACK}", text="禁止合闸，有人工作", hung=NOW - HOUR, actor_name="王工"),
        TagInfo(id="g2", target=f"device:{DEVICE}", text="禁止合闸，有人工作", hung=NOW - 2 * HOUR, actor_name="王工"),
    ]


def rotation() -> RotationPage:
    figures = [RunFigures(point=POINT, unit="A", lowest=8.0, highest=12.5, last=8.1, samples=3600, known=1.0, hours=10.4)]
    run = RotationRunInfo(
        id="r1",
        plan="p1",
        begun=NOW - 90 * DAY,
        actor_name="王工",
        ended=NOW - 90 * DAY + HOUR,
        ended_name="王工",
        passed=True,
        remarks="容量合格",
        points=[POINT],
        figures=figures,
        digest="ab" * 32,
    )
    running = run.model_copy(
        update={"id": "r2", "plan": "p2", "begun": NOW - HOUR, "ended": None, "passed": None, "figures": [], "digest": ""}
    )
    base = {"points": [POINT], "days": 90, "first": "2026-01-10", "note": "放出额定容量的30%~40%", "actor_name": "李工", "subject": ""}
    plans = [
        RotationPlanInfo.model_validate(
            {
                **base,
                "id": "p1",
                "title": "核对性放电",
                "sort": "battery",
                "due": "2026-09-20",
                "late": True,
                "running": None,
                "runs": [run],
            }
        ),
        RotationPlanInfo.model_validate(
            {
                **base,
                "id": "p2",
                "title": "柴油发电机月度试机",
                "sort": "generator",
                "due": "2026-09-21",
                "late": True,
                "running": running,
                "runs": [],
            }
        ),
        RotationPlanInfo.model_validate(
            {
                **base,
                "id": "p3",
                "title": "空调主备切换",
                "sort": "standby",
                "due": "2026-10-21",
                "late": False,
                "running": None,
                "runs": [],
            }
        ),
    ]
    return RotationPage(now=NOW, plans=plans)
