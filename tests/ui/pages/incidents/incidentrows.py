"""A made register: an incident whose report is nearly due, one that nobody has graded, a closed one; warnings, plans, contacts, drills."""

from dataclasses import asdict
from typing import Any

from cityops_desktop.incidents import editions
from cityops_desktop.incidents.deadlines import Facts, dues
from cityops_desktop.link.incidents import (
    ContactInfo,
    DrillInfo,
    DueInfo,
    EntryInfo,
    HappenedInfo,
    IncidentDetail,
    IncidentInfo,
    IncidentsPage,
    PlanInfo,
    SiteInfo,
)
from cityops_desktop.link.messages import AlarmInfo, WarningInfo
from tests.ui.rooms import NOW

MIN, HOUR, DAY = 60_000, 3_600_000, 86_400_000
LONG = "two of three air-conditioners stopped after a contactor in the distribution cabinet failed, the third one ran at its limit"


def warning(id: str, colour: str, title: str, **more: object) -> WarningInfo:
    told: dict[str, Any] = {"id": id, "colour": colour, "title": title, "text": "", "source": "", "state": "issued"}
    told |= {"response": "24小时值守；检查备用电源、空调和备份；联系应急队伍", "issued": NOW - 2 * HOUR, "actor_name": "李班长"}
    return WarningInfo.model_validate(told | more)


def warnings() -> list[WarningInfo]:
    done = {"state": "responding", "responded": NOW - HOUR, "responded_by": "张工", "responded_text": "备用空调已开，柴油机已试机"}
    return [
        warning("w1", "blue", "大风蓝色预警", **done),
        warning("w2", "orange", "高温橙色预警", source="市网信办", text="未来三天最高气温40 °C以上"),
    ]


def incident(id: str, number: str, title: str, **more: Any) -> IncidentInfo:
    told: dict[str, Any] = {"id": id, "number": number, "title": title, "text": LONG, "begun": NOW - 4 * HOUR, "found": NOW - 4 * HOUR}
    told |= {"opened": NOW - 3 * HOUR, "actor_name": "张工", "state": "handling", "edition": "gbt-20986-2023", "sort": "facility"}
    told |= {"part": "support", "importance": "important", "loss": "serious", "impact": 0, "grade": 3, "reporter": "other", "alarms": []}
    told |= {"recovered": None, "closed": None, "closed_by": "", "reason": "", "actions": "", "lessons": ""}
    told |= more
    reported: dict[str, int] = told.pop("reported", {})
    facts = Facts(told["found"], told["recovered"], told["grade"], told["reporter"], reported)
    found = [DueInfo.model_validate(asdict(one)) for one in dues(editions.reporting().rules, facts, NOW)]
    return IncidentInfo.model_validate({**told, "dues": found})


def incidents() -> list[IncidentInfo]:
    late = {"found": NOW - 5 * HOUR, "begun": NOW - 6 * HOUR}
    ungraded = {"grade": None, "sort": "", "part": "", "importance": "", "loss": "", "state": "opened", "found": NOW - 30 * MIN}
    closed = {"state": "closed", "recovered": NOW - 9 * DAY, "closed": NOW - 8 * DAY, "closed_by": "李班长", "reason": "接触器烧毁"}
    closed |= {"found": NOW - 10 * DAY, "begun": NOW - 10 * DAY, "reported": {"other": NOW - 10 * DAY + HOUR}, "actions": "已更换"}
    recovered = {"state": "recovered", "recovered": NOW - HOUR, "found": NOW - 3 * HOUR - 20 * MIN, "reported": {"other": NOW - 2 * HOUR}}
    return [
        incident("i1", "2026-004", "精密空调全停，机房温度上升", **late),
        incident("i2", "2026-003", "UPS battery room: smoke smelled, nobody has looked yet", **ungraded),
        incident("i3", "2026-002", "市电中断", **recovered),
        incident("i4", "2026-001", "空调接触器故障", **closed),
    ]


def alarm(id: str, raised: int) -> AlarmInfo:
    told = {"id": id, "key": "air-conditioning-1.temperature#high1", "subject": "air-conditioning-1.temperature", "cause": "high"}
    return AlarmInfo.model_validate(told | {"level": 1, "state": "acknowledged", "raised": raised, "value": 35.2, "limit": 32.0})


def entry(id: str, kind: str, time: int, text: str, **more: object) -> EntryInfo:
    told = {"id": id, "kind": kind, "time": time, "written": time, "actor_name": "张工", "text": text}
    return EntryInfo.model_validate(told | more)


def detail(one: IncidentInfo) -> IncidentDetail:
    start = one.begun - 10 * MIN
    written = [
        entry("e1", "handling", one.found + 5 * MIN, "备用空调已开，运维人员到场"),
        entry("e2", "plan", one.found + 6 * MIN, "started", plan="p1"),
        entry("e3", "reported", one.found + 50 * MIN, "电话报告", rule="other", told="省网信办值班室"),
    ]
    happened = [HappenedInfo(time=each.time, actor_name=each.actor_name, entry=each) for each in written]
    happened += [
        HappenedInfo(time=one.begun, actor_name="", kind="alarm.raised", subject="alarm:a1", seq=7, alarm=alarm("a1", one.begun)),
        HappenedInfo(time=one.found, actor_name="张工", kind="alarm.acknowledged", subject="alarm:a1", seq=8, alarm=alarm("a1", one.begun)),
        HappenedInfo(time=one.found + MIN, actor_name="张工", kind="incident.opened", subject=f"incident:{one.id}", seq=9),
    ]
    happened.sort(key=lambda each: each.time)
    site = SiteInfo(owner="市政务服务和数据管理局", operator="市大数据中心", authority="市网信办")
    return IncidentDetail(now=NOW, site=site, incident=one, happened=happened, start=start, end=NOW, acts=True)


def plan(id: str, code: str, title: str, **more: object) -> PlanInfo:
    told: dict[str, Any] = {"id": id, "code": code, "version": 2, "title": title, "conditions": "机房温度超过32 °C", "grade": 3}
    told |= {"text": "1. 开启备用空调\n2. 打开机柜门\n3. 通知运维单位\n4. 超过35 °C时执行关机预案", "sorts": ["facility"], "level": 1}
    told |= {"groups": ["air_conditioning"], "published": NOW - 40 * DAY, "actor_name": "王工"}
    return PlanInfo.model_validate(told | more)


def page() -> IncidentsPage:
    contact = {"phone": "0591-8888 0001", "mobile": "13800000001", "mail": "duty@example.gov.cn", "note": "", "place": 10}
    drill: dict[str, Any] = {"plan": "p1", "leader": "李班长", "people": "全体值班员", "text": "通知已发，备用空调已检查"}
    drill |= {"actor_name": "李班长", "begun": None, "ended": None, "summary": "", "passed": None, "improvements": "", "until": ""}
    drill |= {"improved": None, "improved_text": "", "entries": []}
    held = {"begun": NOW - 30 * DAY, "ended": NOW - 30 * DAY + HOUR, "summary": "用时8分钟，联系人电话有误", "passed": True}
    held |= {"entries": [entry("d1", "note", NOW - 30 * DAY + MIN, "备用空调已启动")]}
    improving = {"improvements": "更新联系人", "until": "2026-09-01", "state": "improving"}
    lifted = {"state": "lifted", "lifted": NOW - DAY, "lifted_by": "李班长", "lift_why": "台风已过", "issued": NOW - 3 * DAY}
    return IncidentsPage(
        now=NOW,
        warnings=[*warnings(), warning("w3", "red", "台风红色预警", **lifted)],
        incidents=incidents(),
        plans=[
            plan("p1", "COOL-1", "空调全停应急预案"),
            plan("p2", "LEAK-1", "漏水应急预案", grade=0, sorts=[], level=0, groups=[], conditions="漏水告警且不能当场排除"),
            plan("p3", "OLD-1", "旧预案", retired=NOW - DAY),
        ],
        contacts=[
            ContactInfo(id="c1", parent="", duty="应急指挥", name="王局", **contact),
            ContactInfo(id="c2", parent="c1", duty="值班长", name="李班长", **contact),
            ContactInfo(id="c3", parent="c2", duty="空调维保", name="Emergency Cooling Service Ltd.", **contact),
            ContactInfo(id="c4", parent="c1", duty="电力抢修", name="供电局", **contact),
        ],
        drills=[
            DrillInfo.model_validate({"id": "d2", "title": "秋季综合演练", "planned": NOW + 5 * DAY, "state": "prepared", **drill}),
            DrillInfo.model_validate({"id": "d1", "title": "空调全停演练", "planned": NOW - 30 * DAY, **drill, **held, **improving}),
        ],
    )
