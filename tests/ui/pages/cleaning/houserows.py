"""Made answers of the station for the page: people inside, one past the time given; areas, goods, plans, contracts."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cityops_desktop.duty.maintenance import ContractState, DueState
from cityops_desktop.duty.suggestions import suggestions
from cityops_desktop.link.duty.cleaning import CleaningInfo, CleaningPage, CleaningPlanInfo
from cityops_desktop.link.duty.maintenance import (
    CallInfo,
    ContractInfo,
    ContractorVisit,
    ContractsPage,
    MaintenanceInfo,
    MaintenancePage,
    MaintenancePlanInfo,
)
from cityops_desktop.link.duty.visits import GoodsInfo, GoodsPage, PersonName, VisitInfo, VisitsPage
from tests.ui.rooms import NOW

MIN, HOUR, DAY = 60_000, 3_600_000, 86_400_000
TODAY = datetime.datetime.fromtimestamp(NOW / 1000, ZoneInfo("Asia/Shanghai")).date()
PEOPLE = [PersonName(id="p1", name="张工"), PersonName(id="p2", name="李班长")]


def day(offset: int) -> str:
    return f"{TODAY + datetime.timedelta(days=offset)}"


def visit(id: str, number: str, name: str, **more: Any) -> VisitInfo:
    told: dict[str, Any] = {
        "id": id,
        "number": number,
        "name": name,
        "firm": "海西电源技术有限公司",
        "purpose": "UPS季度巡检",
        "badge": "7",
    }
    told |= {
        "document": "identity_card",
        "masked": "123X",
        "phone": "13800000001",
        "areas": "配电间",
        "escort": "p1",
        "escort_name": "张工",
    }
    told |= {"photos": "", "contract": "c1", "time": NOW - HOUR, "actor_name": "张工", "entered": NOW - HOUR, "expected": NOW + HOUR}
    told |= {"gone": None, "gone_name": "", "signed_why": "", "badge_back": None, "remark": ""}
    return VisitInfo.model_validate(told | more)


def visits() -> VisitsPage:
    late = {"entered": NOW - 3 * HOUR - 5 * MIN, "expected": NOW - 65 * MIN, "badge": "12", "escort": "", "escort_name": "物业王师傅"}
    long = "exchange of the second compressor of the air-conditioner in the row behind the wall, with a test run"
    inside = [
        visit("v1", "2026-041", "王维修"),
        visit("v2", "2026-040", "Alexander Featherstonehaugh", firm="Blue River Cooling (Asia Pacific) Ltd", purpose=long, **late),
        visit("v3", "2026-042", "陈访客", firm="", purpose="参观", badge="", expected=NOW + 10 * MIN, entered=NOW - 20 * MIN, escort="p2"),
    ]
    gone = {"gone": NOW - DAY + HOUR, "gone_name": "张工", "badge_back": True, "entered": NOW - DAY, "expected": NOW - DAY + 2 * HOUR}
    old = [
        visit("v4", "2026-039", "林消防", firm="平安消防", purpose="灭火器年检", **gone),
        visit("v5", "2026-038", "周网络", badge="3", **(gone | {"badge_back": False, "gone_name": "李班长", "signed_why": "陪同人已交班"})),
    ]
    return VisitsPage(now=NOW, inside=inside, visits=[*inside, *old], more=True, people=PEOPLE, badges=[old[1]])


def cleaning_plan(id: str, area: str, state: str, at: int, **more: Any) -> CleaningPlanInfo:
    told: dict[str, Any] = {"id": id, "place": "room", "area": area, "tasks": "吸尘，拖地，擦拭机柜表面", "days": "1234567", "weeks": 1}
    told |= {"first": day(-30), "begins": "08:30", "minutes": 120, "cleaner": "陈阿姨", "firm": "洁净物业", "time": NOW - 30 * DAY}
    told |= {"actor_name": "李班长", "state": state, "at": at, "next": NOW + 10 * HOUR, "last": NOW - 20 * HOUR, "waiting": ""}
    return CleaningPlanInfo.model_validate(told | more)


def cleaned(id: str, area: str, **more: Any) -> CleaningInfo:
    told: dict[str, Any] = {"id": id, "plan": "a1", "place": "room", "area": area, "slot": NOW - 21 * HOUR, "done": NOW - 20 * HOUR}
    told |= {"time": NOW - 20 * HOUR, "actor_name": "张工", "cleaner": "陈阿姨", "remark": "", "checked": None, "checked_name": ""}
    told |= {"passed": None, "reason": "", "work_order": ""}
    return CleaningInfo.model_validate(told | more)


def cleaning() -> CleaningPage:
    checked = {"checked": NOW - 19 * HOUR, "checked_name": "李班长", "passed": True}
    return CleaningPage(
        now=NOW,
        plans=[
            cleaning_plan("a1", "机房地面与机柜表面", "missed", NOW - 14 * HOUR),
            cleaning_plan("a2", "值班室", "to_check", NOW - HOUR, place="duty_room", waiting="d1"),
            cleaning_plan("a3", "机房周边与通道", "waiting", NOW + 30 * HOUR, place="around", days="1", weeks=2),
        ],
        cleanings=[
            cleaned("d1", "值班室", done=NOW - HOUR),
            cleaned("d2", "机房地面与机柜表面", **checked),
            cleaned("d3", "值班室", **(checked | {"passed": False, "reason": "桌面有灰，垃圾没倒", "done": NOW - 30 * HOUR})),
        ],
    )


def goods_row(id: str, number: str, what: str, **more: Any) -> GoodsInfo:
    told: dict[str, Any] = {
        "id": id,
        "number": number,
        "direction": "in",
        "what": what,
        "serial": "SN-2041-77",
        "quantity": 1,
        "form": "F-88",
    }
    told |= {"carrier": "王维修", "until": "", "settles": "", "attachments": [], "remark": "", "state": "passed", "time": NOW - 5 * HOUR}
    told |= {"actor": "p1", "actor_name": "张工", "decided": None, "decided_name": "", "reason": "", "passed": NOW - 5 * HOUR}
    told |= {"passed_name": "张工", "settled": None}
    return GoodsInfo.model_validate(told | more)


def goods() -> GoodsPage:
    waits = {"direction": "out", "state": "waiting", "passed": None, "passed_name": ""}
    own = goods_row("g1", "2026-019", "退役服务器", quantity=4, **waits)
    other = goods_row("g2", "2026-018", "备用UPS电池", quantity=16, actor="p2", actor_name="李班长", **waits)
    loans = [
        goods_row("g3", "2026-015", "光纤熔接机", until=day(-1)),
        goods_row("g4", "2026-016", "红外热像仪", until=day(3), direction="out", decided=NOW - DAY, decided_name="李班长"),
    ]
    refused = goods_row("g5", "2026-017", "旧硬盘", direction="out", state="refused", passed=None, decided_name="李班长", reason="未消磁")
    return GoodsPage(now=NOW, waiting=[own, other], loans=loans, goods=[own, other, refused, *loans], more=False)


def plan(id: str, title: str, group: str, due: int, state: DueState, **more: Any) -> MaintenancePlanInfo:
    told: dict[str, Any] = {"id": id, "title": title, "text": "清洁滤网和风口；检查风扇、负载、告警记录", "group": group, "devices": []}
    told |= {"every": 1, "unit": "month", "counted": "done", "first": day(-100), "contract": "", "source": "", "time": NOW}
    told |= {
        "actor_name": "李班长",
        "due": day(due),
        "state": state,
        "last": day(due - 30),
        "days": [day(due), day(due + 30), day(due + 61)],
    }
    return MaintenancePlanInfo.model_validate(told | more)


def maintenance() -> MaintenancePage:
    shipped = {one.id: one for one in suggestions().plans}
    own = {"source": "ups-month", "contract": "c1"}
    many = [
        plan(f"m{n}", one.names.zh, one.group.value, 5 + 4 * n, DueState.LATER, every=one.every, unit=one.unit, source=one.id)
        for n, one in enumerate(shipped.values(), 3)
        if one.id in ("cooling-filter", "generator-month", "fire-month", "leak-test", "access-month", "video-month")
    ]
    told: dict[str, Any] = {"plan": "m1", "title": "UPS月度保养", "group": "ups", "visit": "", "work_order": "", "attachments": []}
    told |= {"time": NOW, "actor_name": "张工"}
    done = [
        MaintenanceInfo.model_validate(told | {"id": "k1", "day": day(-30), "due": day(-30), "result": "ok", "remark": ""}),
        MaintenanceInfo.model_validate(told | {"id": "k2", "day": day(-58), "due": day(-61), "result": "partly", "remark": "风扇2待换"}),
    ]
    return MaintenancePage(
        now=NOW,
        today=day(0),
        year=TODAY.year,
        plans=[
            plan("m1", "UPS月度保养", "ups", 0, DueState.TODAY, **own),
            plan("m2", "灭火系统年检", "fire_protection", -12, DueState.OVERDUE, every=1, unit="year", source="fire-year", last=""),
            *many,
        ],
        done=done,
        contracts=[("c1", "海西电源技术有限公司 · UPS维保")],
        visits=contractors(),
    )


def contractors() -> list[ContractorVisit]:
    told = {"id": "v1", "number": "2026-041", "name": "王维修", "firm": "海西电源技术有限公司", "contract": "c1", "entered": NOW - HOUR}
    return [ContractorVisit.model_validate(told)]


def contracts() -> ContractsPage:
    told: dict[str, Any] = {"id": "c1", "sort": "maintenance", "number": "HT-2026-01", "title": "UPS维保", "firm": "海西电源技术有限公司"}
    told |= {"groups": ["ups", "battery"], "devices": [], "begins": day(-300), "ends": day(20), "response": 240, "phone": "0591-8888 0001"}
    told |= {"notice": 30, "note": "", "time": NOW, "actor_name": "李班长", "state": ContractState.ENDING, "ended": None}
    call: dict[str, Any] = {"id": "k1", "number": "2026-004", "contract": "c1", "firm": told["firm"], "subject": "", "text": "UPS2风扇异响"}
    call |= {
        "reported": NOW - 5 * HOUR,
        "promised": NOW - HOUR,
        "arrived": None,
        "solved": None,
        "visit": "",
        "solution": "",
        "kept": False,
    }
    call |= {"actor_name": "张工"}
    solved = {"id": "k2", "number": "2026-003", "arrived": NOW - 9 * DAY, "solved": NOW - 9 * DAY, "reported": NOW - 9 * DAY - HOUR}
    ended = {"id": "c3", "title": "旧空调维保", "state": ContractState.ENDED, "ended": NOW - DAY, "ends": day(-2), "groups": []}
    return ContractsPage(
        now=NOW,
        contracts=[
            ContractInfo.model_validate(told),
            ContractInfo.model_validate(
                told
                | {
                    "id": "c2",
                    "title": "空调质保",
                    "sort": "warranty",
                    "groups": ["air_conditioning"],
                    "ends": day(400),
                    "state": "running",
                }
            ),
            ContractInfo.model_validate(told | ended),
        ],
        calls=[CallInfo.model_validate(call), CallInfo.model_validate(call | solved | {"kept": True, "solution": "更换风扇"})],
        visits=contractors(),
    )


PAGES = {
    "/api/v1/duty/visits": visits,
    "/api/v1/duty/cleaning": cleaning,
    "/api/v1/duty/goods": goods,
    "/api/v1/duty/maintenance": maintenance,
    "/api/v1/duty/contracts": contracts,
}
