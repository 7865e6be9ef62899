"""Made entries of a made log book, close to what a night writes."""

from cityops_desktop.link.duty.attachments import AttachmentInfo
from cityops_desktop.link.duty.logbook import (
    ChoiceInfo,
    FieldInfo,
    LogEntryDetail,
    LogEntryInfo,
    LogLink,
    LogPage,
    SnapshotInfo,
    TemplateInfo,
    TemplatesPage,
    ValueInfo,
)
from cityops_desktop.link.messages import NamesInfo
from cityops_desktop.link.trends import Figure
from tests.ui.rooms import NOW

MINUTE, HOUR = 60_000, 3_600_000
LATEST = NOW - 5 * MINUTE


def names(zh: str, en: str) -> NamesInfo:
    return NamesInfo(zh=zh, en=en)


SORTS = {
    "note": names("值班记事", "Duty note"),
    "fault": names("故障处理", "Fault and repair"),
    "call": names("来电来访", "Call or caller"),
    "handover": names("交接事项", "To be handed over"),
    "trend": names("趋势记录", "Note on trends"),
}


def entry(id: str, minutes: int, text: str, **more: object) -> LogEntryInfo:
    """`minutes` before now."""
    time = LATEST - minutes * MINUTE
    template = str(more.pop("template", "note"))
    told: dict[str, object] = {"id": id, "place": time * 4096, "time": time, "written": time, "account": "p1", "actor_name": "张工"}
    return LogEntryInfo.model_validate(told | {"template": template, "names": SORTS[template], "text": text} | more)


def file(id: str = "f1", name: str = "冷凝水盘.png", media: str = "image/png") -> AttachmentInfo:
    return AttachmentInfo(id=id, about="log:e2", name=name, media=media, size=240_000, sha256="0" * 64, time=LATEST, actor_name="张工")


def entries() -> list[LogEntryInfo]:
    fields = [
        ValueInfo(id="seen", names=names("现象", "What was seen"), value=names("冷凝水盘溢水", "冷凝水盘溢水")),
        ValueInfo(id="state", names=names("处理结果", "Result"), value=names("临时处理，观察中", "mended for now, being watched")),
        ValueInfo(id="minutes", names=names("历时", "Took"), value=names("25", "25"), unit="min"),
    ]
    links = [
        LogLink(target="point:air-conditioning-1.temperature", words="1号空调 · 送风温度"),
        LogLink(target="alarm:a1", words="1号空调 · 漏水: 漏水"),
    ]
    fault = {"template": "fault", "fields": fields, "links": links, "attachments": [file(), file("f2", "维修单.pdf", "application/pdf")]}
    return [
        entry("e1", 0, "02:00 巡视，全部正常。"),
        entry("e2", 40, "1号空调漏水，已关闭加湿并擦干地面，通知厂家明早到场。", handover=True, **fault),
        entry("e3", 95, "送风温度尖峰，与除霜同时", template="trend", note="n1"),
        entry("e4", 130, "UPS 负载 41%", corrects="e5", account="p2", actor_name="李班长"),
        entry("e5", 133, "UPS 负载 14%", corrected="e4", account="p2", actor_name="李班长"),
        entry("e6", 200, "市电质量科来电询问停电计划", template="call", written=LATEST - 20 * MINUTE),
        entry(
            "e7",
            600,
            "备用钥匙在 2 号柜",
            template="handover",
            handover=True,
            closed=LATEST - 60 * MINUTE,
            closed_name="李班长",
            closed_text="已归还保管室",
        ),
    ]


def page(found: list[LogEntryInfo] | None = None, *, next: int | None = None, open: int = 1) -> LogPage:
    return LogPage(now=NOW, entries=entries() if found is None else found, next=next, open=open)


def detail(one: LogEntryInfo) -> LogEntryDetail:
    if not one.note:
        return LogEntryDetail(entry=one)
    told = Figure(key="air-conditioning-1.temperature", names=names("送风温度", "Supply air"), unit="°C", decimals=1)
    told = told.model_copy(update={"low": 17.9, "mean": 18.4, "high": 24.0, "last": 18.2, "count": 3600})
    return LogEntryDetail(
        entry=one, trend=SnapshotInfo(note="n1", begins=LATEST - 2 * HOUR, ends=LATEST - HOUR, figures=[told], picture=False)
    )


def templates() -> TemplatesPage:
    nothing = names("", "")
    state = FieldInfo(
        id="state",
        names=names("处理结果", "Result"),
        sort="choice",
        required=True,
        choices=[
            ChoiceInfo(id="mended", names=names("已恢复", "mended")),
            ChoiceInfo(id="watched", names=names("临时处理，观察中", "mended for now, being watched")),
        ],
    )
    fields = [
        FieldInfo(id="seen", names=names("现象", "What was seen"), sort="text", required=True),
        FieldInfo(id="cause", names=names("原因", "Cause"), sort="text"),
        state,
        FieldInfo(id="minutes", names=names("历时", "Took"), sort="number", unit="min"),
    ]
    return TemplatesPage(
        templates=[
            TemplateInfo(id="note", names=SORTS["note"], text=nothing, fields=[]),
            TemplateInfo(id="fault", names=SORTS["fault"], text=nothing, fields=fields, handover=True),
            TemplateInfo(id="call", names=SORTS["call"], text=nothing, fields=[]),
            TemplateInfo(id="handover", names=SORTS["handover"], text=nothing, fields=[], handover=True),
        ],
        faulty=[],
    )
