"""A made patrol: two routes, three templates with every kind of item, rounds that were walked, rounds that are due, missed and planned."""

from typing import Any

from cityops_desktop.duty.patrolcontent import RouteContent, TemplateContent
from cityops_desktop.link.duty.patrol import (
    AnswerInfo,
    DueInfo,
    MarkInfo,
    PatrolPage,
    PatrolSheet,
    RoundBrief,
    RoundDetail,
    RoundsPage,
    RouteInfo,
    SheetItem,
    SheetPart,
    SheetStop,
    TemplateInfo,
)
from tests.ui.rooms import NOW

MIN, HOUR = 60_000, 3_600_000
READING = "ups-1.temperature"
PHOTO = "01900000-0000-7000-8000-00000000a001"


LONG = "第三台服务器红灯 red lamp on the third server from above"


def both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


UPS = TemplateContent.model_validate(
    {
        "code": "ups",
        "group": "ups_battery",
        "name": both("UPS与电池", "UPS and battery"),
        "items": [
            {"id": "panel", "kind": "check", "name": both("面板无告警灯", "Panel shows no alarm lamp")},
            {
                "id": "mode",
                "kind": "choice",
                "name": both("运行方式", "Mode"),
                "choices": [
                    {"id": "online", "name": both("在线", "Online")},
                    {"id": "eco", "name": both("节能", "Eco")},
                    {"id": "bypass", "name": both("旁路", "Bypass"), "ok": False},
                ],
            },
            {"id": "load", "kind": "number", "name": both("负载率", "Load"), "unit": "%", "low": 5, "high": 80},
            {
                "id": "temperature",
                "kind": "reading",
                "name": both("柜内温度（面板读数）", "Temperature inside, as the panel shows it"),
                "unit": "°C",
                "high": 40,
                "tolerance": 1.5,
                "point": READING,
            },
        ],
    }
)
RACKS = TemplateContent.model_validate(
    {
        "code": "racks",
        "group": "racks",
        "name": both("机柜", "Racks"),
        "items": [
            {
                "id": "lamps",
                "kind": "check",
                "name": both("无红灯", "No red lamps"),
                "hint": both("正面和背面都看", "Look at the front and at the back"),
            },
            {"id": "doors", "kind": "check", "name": both("柜门关闭", "Doors are shut")},
            {"id": "meter", "kind": "photo", "name": both("电表读数照片", "Picture of the meter")},
        ],
    }
)
CLEAN = TemplateContent.model_validate(
    {
        "code": "cleanliness",
        "group": "cleanliness",
        "name": both("环境卫生", "Cleanliness"),
        "items": [
            {"id": "cartons", "kind": "check", "name": both("无纸箱杂物", "No cartons, nothing left about")},
            {"id": "said", "kind": "text", "name": both("见到的人员", "Who was met there")},
        ],
    }
)
TEMPLATES = (UPS, RACKS, CLEAN)
HALL = both("主机房", "Main hall")
ROUTE = RouteContent.model_validate(
    {
        "code": "night",
        "name": both("夜间巡检", "Night round"),
        "plan": {"times": ["02:00", "05:00"], "window": 60},
        "stops": [
            {
                "id": "ups",
                "name": both("一号UPS", "UPS 1"),
                "kind": "device",
                "ref": "ups-1",
                "code": "TAG-UPS-01",
                "expects": "spot",
                "templates": ["ups"],
            },
            {"id": "a01", "name": both("A01机柜", "Rack A01"), "kind": "rack", "ref": "A01", "templates": ["racks"]},
            {
                "id": "hall",
                "name": both("主机房", "Main hall"),
                "kind": "area",
                "ref": "hall",
                "code": "TAG-HALL",
                "templates": ["cleanliness"],
            },
            {"id": "duty", "name": both("值班室", "Duty room"), "kind": "area", "ref": "outside", "templates": ["cleanliness"]},
        ],
    }
)
GUARD = RouteContent.model_validate(
    {
        "code": "guard",
        "name": both("安全巡查", "Security round"),
        "kind": "security",
        "stops": [{"id": "hall", "name": both("主机房", "Main hall"), "kind": "area", "ref": "hall", "templates": ["cleanliness"]}],
    }
)
SPOTS = {"ups": (1.0, 1.0), "a01": (6.0, 4.0), "hall": (9.0, 6.0), "duty": (None, None)}


def info(content: RouteContent, **more: Any) -> RouteInfo:
    return RouteInfo(id=f"route-{content.code}-1", version=1, content=content, time=NOW - 30 * 24 * HOUR, actor_name="王工", **more)


def template(content: TemplateContent) -> TemplateInfo:
    return TemplateInfo(id=f"template-{content.code}-1", version=1, content=content, time=NOW - 30 * 24 * HOUR, actor_name="王工")


def sheet(content: RouteContent = ROUTE) -> PatrolSheet:
    known = {one.code: one for one in TEMPLATES}
    stops = []
    for stop in content.stops:
        parts = [
            SheetPart(
                template=code,
                name_zh=known[code].name.zh,
                name_en=known[code].name.en,
                items=[SheetItem(item=item, point=item.point) for item in known[code].items],
            )
            for code in stop.templates
        ]
        x, y = SPOTS[stop.id]
        stops.append(SheetStop(stop=stop, x=x, y=y, parts=parts))
    codes = {code for stop in content.stops for code in stop.templates}
    return PatrolSheet(route=info(content), templates={code: f"template-{code}-1" for code in sorted(codes)}, stops=stops)


def due(at: int, state: str, **more: Any) -> DueInfo:
    told: dict[str, Any] = {
        "route": "night",
        "route_id": "route-night-1",
        "at": at,
        "opens": at - 15 * MIN,
        "until": at + HOUR,
        "state": state,
    }
    return DueInfo.model_validate(told | more)


DUE = NOW - 20 * MIN


def brief(id: str, number: str, **more: Any) -> RoundBrief:
    told: dict[str, Any] = {"id": id, "number": number, "route": "night", "route_id": "route-night-1", "due": NOW - 5 * HOUR}
    told |= {"begun": NOW - 5 * HOUR, "ended": NOW - 4 * HOUR - 30 * MIN, "time": NOW - 4 * HOUR - 29 * MIN, "actor_name": "李班长"}
    told |= {"walker": "", "entry": "console", "items": 11, "not_ok": 1, "unchecked": 1, "presence": "desk", "doubts": 1, "late": True}
    return RoundBrief.model_validate(told | {"again": False} | more)


def page(**more: Any) -> PatrolPage:
    told: dict[str, Any] = {
        "now": NOW,
        "templates": [template(one) for one in TEMPLATES],
        "routes": [info(ROUTE), info(GUARD)],
        "dues": [
            due(NOW - 27 * HOUR, "missed"),
            due(NOW - 5 * HOUR, "done", round="r2"),
            due(NOW - 90 * MIN, "overdue", walking="李班长", walking_id="p2"),
            due(DUE, "due"),
            due(NOW + 3 * HOUR, "planned"),
        ],
        "rounds": [brief("r2", "2026-012"), brief("r1", "2026-011", not_ok=0, unchecked=0, doubts=0, late=False, presence="wand")],
        "more": True,
        "waiting": [],
        "unmatched": 0,
    }
    return PatrolPage.model_validate(told | more)


def rounds(**more: Any) -> RoundsPage:
    return RoundsPage(rounds=page().rounds, **more)


def answer(stop: str, code: str, item: str, state: str = "ok", **more: Any) -> AnswerInfo:
    told = {"stop": stop, "template": code, "item": item, "state": state, "time": NOW - 5 * HOUR}
    return AnswerInfo.model_validate(told | more)


def detail() -> RoundDetail:
    return RoundDetail(
        round=brief("r2", "2026-012"),
        route=info(ROUTE),
        templates=[template(one) for one in TEMPLATES],
        answers=[
            answer("ups", "ups", "panel"),
            answer("ups", "ups", "load", value=42.0),
            answer(
                "ups",
                "ups",
                "temperature",
                value=26.5,
                point=READING,
                live=24.1,
                live_time=NOW - 5 * HOUR - 8000,
                quality="good",
                difference=2.4,
                order="o1",
            ),
            answer(
                "a01",
                "racks",
                "lamps",
                "not_ok",
                note=LONG,
                photos=[PHOTO],
                order="o2",
            ),
            answer("a01", "racks", "doors", "unchecked", why="钥匙不在 no key"),
        ],
        marks=[
            MarkInfo(stop="ups", expects="spot", way="desk", code="TAG-UPS-01", time=NOW - 5 * HOUR, doubt="weaker"),
            MarkInfo(stop="hall", expects="none", way="spot", code="TAG-HALL", time=NOW - 5 * HOUR),
        ],
        note="交班前补看",
        orders={"o1": "2026-031", "o2": "2026-032"},
    )
