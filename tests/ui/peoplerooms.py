"""Made people of a made station, close to what a duty room has: all states of accounts, staff files, rules, sessions, consoles."""

from cityops_desktop.link.people import (
    AbsenceInfo,
    AccountInfo,
    ConformityItem,
    ConformityPage,
    ConsoleInfo,
    FactorInfo,
    GrantInfo,
    OpenSession,
    OwnPage,
    PeoplePage,
    RightsPage,
    RuleInfo,
    SessionInfo,
    StaffEntry,
)
from cityops_desktop.model.people import Limited, Preset, Role, Way
from cityops_desktop.people import rights
from cityops_desktop.sentences import CONFORMITY
from tests.ui.conftest import SESSION
from tests.ui.rooms import NOW

HOUR, DAY = 3_600_000, 86_400_000
DOMAIN = "mtgov/ops/dc1/room1"


def session_of(*roles: Role, preset: Preset = Preset.BASIC, **more: object) -> SessionInfo:
    """A session of 张工 with the rights of these roles."""
    person = SESSION.person.model_copy(update={"roles": list(roles)})
    return SESSION.model_copy(update={"person": person, "rights": rights.rights(roles, preset), **more})


def grant(id: str, role: Role, *, here: bool = True, domain: str = DOMAIN, ends: int | None = None) -> GrantInfo:
    return GrantInfo(id=id, role=role, domain=domain, begins=NOW - 90 * DAY, ends=ends, here=here)


def account(id: str, name: str, display: str, *grants: GrantInfo, **more: object) -> AccountInfo:
    told: dict[str, object] = {
        "id": id,
        "name": name,
        "display": display,
        "enabled": True,
        "created": NOW - 200 * DAY,
        "password_set": NOW - 20 * DAY,
        "must_change": False,
        "has_pin": False,
        "has_badge": False,
        "last_login": NOW - 2 * HOUR,
        "grants": list(grants),
    }
    return AccountInfo.model_validate(told | more)


def everybody() -> list[AccountInfo]:
    app = FactorInfo(id="f1", kind="totp", name="phone", created=NOW - 50 * DAY, used=NOW - 2 * HOUR)
    codes = FactorInfo(id="f2", kind="recovery", name="recovery", created=NOW - 50 * DAY, left=2)
    leave = AbsenceInfo(id="l1", begins=NOW - DAY, ends=NOW + 6 * DAY, why="annual leave")
    later = AbsenceInfo(id="l2", begins=NOW + 40 * DAY, ends=NOW + 47 * DAY, why="training in the provincial capital, second half")
    everywhere = grant("g2", Role.ENGINEER, domain="", ends=NOW + 30 * DAY)
    elsewhere = grant("g3", Role.SHIFT_LEADER, here=False, domain="mtgov/ops/dc2/another-room-with-a-long-name")
    return [
        account("p1", "zhang", "张工", grant("g1", Role.DUTY), everywhere, elsewhere, has_pin=True, factors=[app, codes], absences=[later]),
        account("p2", "li", "李班长", grant("g4", Role.SHIFT_LEADER), has_badge=True),
        account("p3", "wang", "王工", grant("g5", Role.ENGINEER), locked_until=NOW + 900_000),
        account("p4", "admin", "系统管理员", grant("g6", Role.ADMINISTRATOR), must_change=True),
        account("p5", "security", "安全管理员", grant("g7", Role.SECURITY_ADMINISTRATOR), last_login=None),
        account("p6", "auditor", "审计管理员", grant("g8", Role.AUDITOR), expires=NOW - 3 * DAY),
        account("p7", "zhao", "赵工", grant("g9", Role.DUTY), absences=[leave]),
        account("p8", "former-colleague", "Former Colleague of the night shift", enabled=False),
    ]


def entry(id: str, kind: str, title: str, **more: object) -> StaffEntry:
    return StaffEntry.model_validate({"id": id, "account": "p1", "kind": kind, "title": title, **more})


def staff() -> list[StaffEntry]:
    """Today is 2026-09-21 in the room."""
    return [
        entry("s1", "qualification", "低压电工作业", number="T4401-2023-0177", issuer="应急管理局", begins="2023-10-01", ends="2026-10-01"),
        entry("s2", "qualification", "高压电工作业", begins="2020-01-01", ends="2025-12-31"),
        entry("s3", "agreement", "保密协议", begins="2026-01-01", ends="2028-12-31"),
        entry("s4", "training", "UPS maintenance"),
        entry("s5", "training", "消防演练", begins="2026-06-01"),
        entry("s6", "examination", "上岗考核", begins="2026-06-20", result="passed", score=92.0, note="practical part by the shift leader"),
        entry("s7", "examination", "上岗考核（第一次）", begins="2026-05-20", result="failed", score=51.5),
    ]


def rule(id: str, code: str, title: str, **more: object) -> RuleInfo:
    text = f"{title}\n\n1. 值班员每两小时巡视一次。\n2. Anybody who enters signs the book."
    told = {"id": id, "code": code, "version": 2, "title": title, "text": text, "published": NOW - 10 * DAY, "actor_name": "系统管理员"}
    return RuleInfo.model_validate(told | more)


def rules() -> list[RuleInfo]:
    return [
        rule("r1", "ROOM-01", "机房出入管理规定", readers={"p1": NOW - DAY, "p2": NOW - 2 * DAY}, read=NOW - DAY),
        rule("r2", "ROOM-02", "Duty handover", version=1),
        rule("r3", "OLD-1", "Former rule", retired=NOW - DAY),
    ]


def sessions() -> list[OpenSession]:
    told = {"account": "p1", "display": "张工", "opened": NOW - 2 * HOUR, "expires": NOW + 10 * HOUR, "idle": 5}
    here = OpenSession(id="session-1", console="duty-desk-1", way=Way.FULL, limited=Limited.NOTHING, **told)
    there = {"console": "wall-console-of-the-second-machine-room", "way": Way.PIN, "limited": Limited.CHANGE_PASSWORD}
    return [here, OpenSession.model_validate({**told, "id": "session-2", "idle": 7200, **there})]


def people_page(preset: Preset = Preset.BASIC, **more: object) -> PeoplePage:
    consoles = [
        ConsoleInfo(id="c1", name="office-2F", created=NOW - 9 * DAY, paired=NOW - 9 * DAY + 60_000),
        ConsoleInfo(id="c2", name="leader's laptop", created=NOW - 60_000, expires=NOW + 540_000),
        ConsoleInfo(id="c3", name="old-office", created=NOW - 99 * DAY, paired=NOW - 98 * DAY, revoked=NOW - DAY),
    ]
    told = {"now": NOW, "domain": DOMAIN, "preset": preset, "accounts": everybody(), "sessions": sessions(), "consoles": consoles}
    return PeoplePage.model_validate({**told, "staff": staff(), "rules": rules(), "fingerprint": "3f" * 32, **more})


def own_page(**more: object) -> OwnPage:
    told = {"now": NOW, "account": everybody()[0], "rights": rights.rights([Role.DUTY, Role.ENGINEER]), "sessions": sessions()}
    return OwnPage.model_validate({**told, "staff": staff(), "rules": rules(), "last_shift": NOW - DAY, "password_days": 9, **more})


def rights_page(preset: Preset = Preset.BASIC) -> RightsPage:
    return RightsPage(
        preset=preset,
        matrix={kind: sorted(roles) for kind, roles in rights.MATRIX[preset].items()},
        two_persons=sorted(rights.TWO_PERSONS[preset]),
        without_person=sorted(rights.WITHOUT_PERSON),
        quick=sorted(rights.QUICK),
    )


class _Figures(dict[str, object]):
    def __missing__(self, key: str) -> int:
        return 17


def conformity_page() -> ConformityPage:
    states = ("met", "not_met", "not_known")
    items = [
        ConformityItem(code=code, state=states[n % 3], evidence={"accounts": 8, "lack": "赵工 李班长", "have": 5})
        for n, code in enumerate(CONFORMITY)
    ]
    return ConformityPage(now=NOW, preset=Preset.MLPS3, items=items)
