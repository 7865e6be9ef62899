"""Made rows of a change log: log-ins, an account that changed, an alarm, a refused act; sound and broken reports."""

from cityops_desktop.link.audit import AnchorInfo, AuditPage, AuditReport, ChangeInfo, Finding, HeadInfo
from tests.ui.rooms import NOW

PEOPLE = {"p1": "张工", "p2": "王管理", "p3": "吴审计"}
HASH = "0123456789abcdef" * 4
HEAD = HeadInfo(
    seq=200,
    hash=HASH,
    time=NOW,
    station="mtgov/ops/dc1/room1",
    text=f"cityops-head 1\nstation mtgov/ops/dc1/room1\nseq 200\nhash {HASH}\ntime 2026-09-21T14:13:20.000Z\n",
    signature="ab" * 64,
    key="cd" * 32,
)


def row(seq: int, **more: object) -> ChangeInfo:
    told: dict[str, object] = {
        "seq": seq,
        "id": f"r{seq}",
        "kind": "session.opened",
        "subject": f"session:s{seq}",
        "rev": 1,
        "actor": "p1",
        "actor_name": "张工",
        "time": NOW - (1000 - seq) * 60_000,
        "origin": "real",
        "body": {"console": "duty-desk", "way": "full"},
        "before": {},
        "hash": f"{seq:064x}",
    }
    return ChangeInfo.model_validate(told | more)


def renamed(seq: int) -> ChangeInfo:
    """An account whose name to show was changed by the administrator, who said why."""
    body = {"id": "p1", "name": "zhang", "display": "张工", "enabled": True, "password": "sha256:00112233aabb", "expires": None}
    how = {"how": {"console": "office", "why": "married"}}
    told: dict[str, object] = {"kind": "account.changed", "subject": "account:p1", "rev": 3, "actor": "p2", "actor_name": "王管理"}
    return row(seq, **told, body=body | how, before={"display": "张三"})


def rows(newest: int, oldest: int) -> list[ChangeInfo]:
    return [
        renamed(n)
        if n % 10 == 7
        else row(n, kind="act.refused", subject="refused:policy.set", body={"code": "no_right", "console": "duty-desk"})
        if n % 10 == 4
        else row(n)
        for n in range(newest, oldest - 1, -1)
    ]


def sound(**more: object) -> AuditReport:
    anchors = [AnchorInfo(seq=120, hash=HASH, time=NOW - 86_400_000, medium="paper", actor_name="吴审计")]
    told: dict[str, object] = {"time": NOW - 3_600_000, "state": "sound", "rows": 198, "signed": 190, "anchored": 120, "anchors": anchors}
    return AuditReport.model_validate(told | more)


def broken() -> AuditReport:
    findings = [
        Finding(code="altered", seq=42, to=43),
        Finding(code="record_differs", seq=107, subject="account:p1", detail="display"),
        Finding(code="outside_differs", seq=1, to=120),
    ]
    return sound(state="broken", findings=findings)


def told(newest: int = 200, oldest: int = 101, *, more: bool = True, report: AuditReport | None = None) -> AuditPage:
    return AuditPage(now=NOW, rows=rows(newest, oldest), more=more, total=newest, report=report or sound(), people=PEOPLE)
