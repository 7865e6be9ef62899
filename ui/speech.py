"""What is said of alarms: a sequence of words of our own clips, in the language of speech. A word that the bank does not have is left out,
or a device named by its group and number; nothing is ever said wrong. Plays nothing, decides nothing."""

import re
from array import array
from collections.abc import Callable, Mapping, Sequence

from cityops_desktop.link.messages import AlarmInfo, DeviceInfo, NamesInfo, PointInfo
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Group, Kind
from cityops_desktop.sentences import level_name
from cityops_desktop.texts import LANGUAGES, language
from ui.clips import PAUSE, Bank
from ui.models.room import RoomModel
from ui.models.shown import figure
from ui.numerals import count, number, ordinal

ZH = "zh_CN"
LEVELS: Mapping[int, tuple[str, str]] = {
    1: ("紧急", "critical"),
    2: ("重要", "major"),
    3: ("一般", "minor"),
    4: ("提示", "warning"),
}
GROUPS: Mapping[Group, tuple[str, str]] = {
    Group.POWER_DISTRIBUTION: ("配电柜", "power distribution"),
    Group.UPS: ("UPS", "UPS"),
    Group.BATTERY: ("蓄电池", "battery"),
    Group.GENERATOR_ATS: ("发电机", "generator"),
    Group.AIR_CONDITIONING: ("空调", "air conditioner"),
    Group.CHILLED_WATER: ("冷冻水", "chilled water"),
    Group.FRESH_AIR: ("新风机", "fresh air"),
    Group.FIRE_PROTECTION: ("消防", "fire protection"),
    Group.LEAK_DETECTION: ("漏水 监测", "leak detection"),
    Group.SURVEILLANCE: ("视频 监控", "video"),
    Group.ACCESS_CONTROL: ("门禁", "access control"),
    Group.ENVIRONMENT: ("环境", "environment"),
    Group.NETWORK: ("网络 设备", "network equipment"),
    Group.IT: ("服务器", "server"),
}
CAUSES: Mapping[Cause, tuple[str, str]] = {
    Cause.HIGH: ("过高", "too high"),
    Cause.LOW: ("过低", "too low"),
    Cause.STATE: ("告警", "alarm"),
    Cause.DEVICE_LOST: ("失联", "not answering"),
    Cause.SENSOR_FAILED: ("传感器 故障", "sensor failed"),
    Cause.BUS_LOST: ("通信 中断", "communication lost"),
    Cause.RECORDING_PAUSED: ("记录 暂停", "recording paused"),
    Cause.STORE_DAMAGED: ("存储 损坏", "store damaged"),
    Cause.STATION_RESTARTED: ("监控站 重启", "station restarted"),
    Cause.RECORDING_GAP: ("数据 中断", "gap recording"),
    Cause.HISTORY_WAITING: ("数据 等待 写入", "recording waiting"),
    Cause.CONSOLE_FROZEN: ("控制台 画面 冻结", "screen frozen"),
    Cause.CONFIG_FAILED: ("配置 未生效", "configuration failed"),
    Cause.AUDIT_BROKEN: ("审计 记录 不符", "change log broken"),
    Cause.AUDIT_KEY: ("签名 密钥 已变更", "signing key changed"),
    Cause.DEVICE_NEW: ("新设备 待确认", "new equipment waiting"),
    Cause.DEVICE_CHANGED: ("设备 已变更", "equipment changed"),
    Cause.HISTORY_DISK: ("磁盘 空间 不足", "disk space short"),
    Cause.GATEWAY_LOST: ("网关 通信 中断", "gateway communication lost"),
    Cause.ROOM_LOST: ("机房 通信 全部 中断", "room all communication lost"),
    Cause.REPORT_DUE: ("事件 报告 到期", "incident report due"),
    Cause.DRILL_DUE: ("演练 改进 到期", "drill improvement due"),
    Cause.LOG_RULE: ("日志 告警", "log alarm"),
    Cause.LOGS_DOWN: ("日志 接收 中断", "logs lost"),
    Cause.OUTPUT_FAILED: ("声光报警器 故障", "alarm sounder failed"),
    Cause.SELF_TEST: ("报警 测试", "alarm test"),
    Cause.SELF_TEST_MISSING: ("本班 报警 未测试", "alarm not tested"),
    Cause.SELF_TEST_FAILED: ("报警 测试 失败", "alarm test failed"),
    Cause.NOTIFY_FAILED: ("通知 发送 失败", "notification failed"),
    Cause.DUTY_UNCOVERED: ("无人 值守", "nobody on duty"),
    Cause.ALERTNESS_MISSED: ("值班 无 应答", "duty not answering"),
    Cause.PATROL_DUE: ("巡检 到期", "patrol due"),
    Cause.PATROL_OVERDUE: ("巡检 超时", "patrol overdue"),
    Cause.PATROL_MISSED: ("漏检", "patrol missed"),
    Cause.ORDER_OVERDUE: ("工单 超时", "work order overdue"),
    Cause.ROTATION_DUE: ("切换 试验 到期", "rotation test due"),
    Cause.CLEANING_MISSED: ("保洁 未做", "cleaning missed"),
    Cause.VISITOR_OVERDUE: ("访客 超时", "visitor overdue"),
    Cause.MAINTENANCE_DUE: ("维护 到期", "maintenance due"),
    Cause.CONTRACT_ENDING: ("合同 到期", "contract ending"),
    Cause.HANDOVER_LATE: ("交接班 超时", "handover late"),
    Cause.REPORT_FAILED: ("报表 失败", "report failed"),
    Cause.SERIOUS_PROBLEM: ("严重 问题", "serious problem"),
}
LOST = ("监控站 失联", "station lost")
DEMO = ("演示", "demo")
TEST = ("测试", "test")
UNITS: Mapping[str, tuple[str, str, str]] = {
    "V": ("伏", "volt", "volts"),
    "kV": ("千伏", "kilovolt", "kilovolts"),
    "mV": ("毫伏", "millivolt", "millivolts"),
    "A": ("安", "ampere", "amperes"),
    "mA": ("毫安", "milliampere", "milliamperes"),
    "W": ("瓦", "watt", "watts"),
    "kW": ("千瓦", "kilowatt", "kilowatts"),
    "MW": ("兆瓦", "megawatt", "megawatts"),
    "Wh": ("瓦时", "watt hour", "watt hours"),
    "kWh": ("千瓦时", "kilowatt hour", "kilowatt hours"),
    "VA": ("伏安", "volt ampere", "volt amperes"),
    "kVA": ("千伏安", "kilovolt ampere", "kilovolt amperes"),
    "var": ("乏", "var", "vars"),
    "kvar": ("千乏", "kilovar", "kilovars"),
    "kvarh": ("千乏时", "kilovar hour", "kilovar hours"),
    "Ah": ("安时", "ampere hour", "ampere hours"),
    "Hz": ("赫兹", "hertz", "hertz"),
    "°C": ("摄氏度", "degree", "degrees"),
    "K": ("度", "degree", "degrees"),
    "Pa": ("帕", "pascal", "pascals"),
    "kPa": ("千帕", "kilopascal", "kilopascals"),
    "MPa": ("兆帕", "megapascal", "megapascals"),
    "bar": ("巴", "bar", "bar"),
    "Ω": ("欧姆", "ohm", "ohms"),
    "mΩ": ("毫欧", "milliohm", "milliohms"),
    "s": ("秒", "second", "seconds"),
    "min": ("分钟", "minute", "minutes"),
    "h": ("小时", "hour", "hours"),
    "d": ("天", "day", "days"),
    "m": ("米", "metre", "metres"),
    "mm": ("毫米", "millimetre", "millimetres"),
    "m/s": ("米每秒", "metre per second", "metres per second"),
    "m³/h": ("立方米每小时", "cubic metre per hour", "cubic metres per hour"),
    "r/min": ("转每分钟", "revolutions per minute", "revolutions per minute"),
    "L": ("升", "litre", "litres"),
    "kg": ("千克", "kilogram", "kilograms"),
    "lx": ("勒克斯", "lux", "lux"),
    "B": ("字节", "byte", "bytes"),
    "": ("", "", ""),
}
PERCENT = ("%", "%RH")
COUNTED = ("s", "min", "h", "d", "m", "kg")
"""Of these there are 两, not 二."""
MOST_SPELLED = 4
BRACKETS = re.compile(r"[（(][^（()）]*[）)]")
SILENT = re.compile(r"[\s（）()、，,·:：/.\-–—“”\"]+")
ASCII = re.compile(r"[A-Za-z]+|[0-9]+")


class Speaker:
    """Sentences in the language of speech: one of LANGUAGES, or "" = that of the window."""

    def __init__(self, banks: Callable[[str], Bank] = Bank) -> None:
        self._make = banks
        self._banks: dict[str, Bank] = {}
        self.chosen = ""

    @property
    def language(self) -> str:
        """In which it speaks now."""
        return self.chosen if self.chosen in LANGUAGES else language()

    @property
    def bank(self) -> Bank:
        """The clips of that language."""
        if self.language not in self._banks:
            self._banks[self.language] = self._make(self.language)
        return self._banks[self.language]

    def samples(self, words: Sequence[str], volume: float) -> "array[int]":
        """The sound of a sentence."""
        return self.bank.samples(words, volume)

    # sentences

    def alarm(self, alarm: AlarmInfo, model: RoomModel, others: int = 0) -> list[str]:
        """ "紧急 · UPS 一号 · 负载 百分之一百零五 过高"; `others` = how many more want somebody."""
        parts = [self._head(model), self._level(alarm.level), *self._what(alarm, model)]
        if others:
            parts.append(["另有", *count(others, ZH), "条"] if self.language == ZH else [*count(others, "en"), "more"])
        return self._join(parts)

    def flood(self, many: int, level: int, model: RoomModel) -> list[str]:
        """ "十二条新告警, 最高紧急" """
        if self.language == ZH:
            parts = [[*count(many, ZH), "条", "新告警"], ["最高", *self._level(level)]]
        else:
            parts = [[*count(many, "en"), "new", "alarms"], ["highest", *self._level(level)]]
        return self._join([self._head(model), *parts])

    def lost(self, model: RoomModel) -> list[str]:
        """There is no station."""
        return self._join([self._head(model), self._level(1), self._fixed(LOST)])

    def test(self, model: RoomModel) -> list[str]:
        """What is said when somebody tries how it sounds."""
        return self._join([self._head(model), self._fixed(TEST)])

    # parts of them

    def _fixed(self, pair: tuple[str, str]) -> list[str]:
        return pair[0 if self.language == ZH else 1].split()

    def _head(self, model: RoomModel) -> list[str]:
        return self._fixed(DEMO) if model.room is not None and model.room.origin == "demo" else []

    def _level(self, level: int) -> list[str]:
        if level not in LEVELS:
            return []
        own = level_name(level) if self.language == language() else ""  # a room may call its levels what it likes
        return self._split(own) or self._fixed(LEVELS[level])

    def _join(self, parts: Sequence[Sequence[str]]) -> list[str]:
        said: list[str] = []
        for part in parts:
            known = [word for word in part if word in self.bank]
            said += [PAUSE, *known] if said and known else known
        return said

    def _what(self, alarm: AlarmInfo, model: RoomModel) -> list[list[str]]:
        point = model.points.get(alarm.subject)
        device = model.devices.get(point.device if point else alarm.subject)
        place = self.device(device) if device else []
        if point is not None:
            name, value = self._point_name(point, place), self._value(alarm, point)
            return [place, [*name, *(value if name[-len(value) :] != value else [])]]
        bus = model.buses.get(alarm.subject.removeprefix("bus:")) if alarm.subject.startswith("bus:") else None
        if bus is not None:
            place = self.name(bus.names) or self._fixed(("线路", "line"))
        return [place, self._cause(alarm.cause)]

    def _point_name(self, point: PointInfo, place: Sequence[str]) -> list[str]:
        name = self.name(point.names) or []
        return [] if name == list(place) else name

    def _value(self, alarm: AlarmInfo, point: PointInfo) -> list[str]:
        if alarm.cause not in (Cause.HIGH, Cause.LOW, Cause.STATE):
            return self._cause(alarm.cause)
        if point.kind is Kind.DIGITAL or alarm.cause is Cause.STATE:
            state = point.states.get(int(alarm.value)) if alarm.value is not None else None
            words = self.name(state) if state is not None else None
            return words or self._cause(Cause.STATE)
        value = self.value(figure(alarm.value, point.decimals), point.unit) if alarm.value is not None else []
        return [*value, *self._cause(alarm.cause)]

    def _cause(self, cause: Cause) -> list[str]:
        return self._fixed(CAUSES.get(cause, CAUSES[Cause.STATE]))

    def value(self, text: str, unit: str) -> list[str]:
        """A figure with its unit; empty where either cannot be said, for half of it would be wrong."""
        said = number(text, self.language)
        chinese = self.language == ZH
        if not said:
            return []
        if unit in PERCENT:
            sign, rest = (said[:1], said[1:]) if said[0] == "负" else ([], said)
            return [*sign, "百分之", *rest] if chinese else [*said, "percent"]
        if unit not in UNITS:
            return []
        if chinese:
            if unit == "°C" and said[0] == "负":
                said[0] = "零下"
            if unit in COUNTED and said == ["二"]:
                said = ["两"]
            return [*said, *UNITS[unit][0].split()]
        return [*said, *UNITS[unit][1 if said == ["one"] else 2].split()]

    def device(self, device: DeviceInfo) -> list[str]:
        """A device by its name, else by its group and the one number in its name."""
        name = self.name(device.names)
        if name:
            return name
        numbers = re.findall(r"\d+", device.names.zh if self.language == ZH else device.names.en)
        group = self._fixed(GROUPS[device.group])
        if len(numbers) != 1:
            return group
        said = ordinal(numbers[0], self.language)
        return [*group, *said, "号"] if self.language == ZH else [*group, *said]

    def name(self, names: NamesInfo) -> list[str] | None:
        """A name in words of the bank, without what stands in brackets when that is not known; None when it cannot be said whole."""
        text = names.zh if self.language == ZH else names.en
        return self._split(text) or self._split(BRACKETS.sub(" ", text)) or None

    def _split(self, text: str) -> list[str] | None:
        return (_words_zh if self.language == ZH else _words_en)(self.bank, text)


def _words_zh(bank: Bank, text: str) -> list[str] | None:
    """The longest words from the left, with a look ahead: no part may be left over."""
    clean = SILENT.sub(" ", text.replace("#", "号"))
    ways: dict[int, list[str]] = {len(clean): []}
    for at in range(len(clean) - 1, -1, -1):
        steps: list[tuple[list[str], int]]
        if clean[at] == " ":
            steps = [([], 1)] if at + 1 in ways else []
        elif found := ASCII.match(clean, at):
            steps = _ascii_steps(bank, clean, at, found.group(), ZH)
        else:
            sizes = range(min(bank.longest, len(clean) - at), 0, -1)
            steps = [([clean[at : at + size]], size) for size in sizes if clean[at : at + size] in bank]
        for words, size in steps:
            rest = ways.get(at + size)
            if rest is not None and (at not in ways or len(words) + len(rest) < len(ways[at])):
                ways[at] = [*words, *rest]
    return ways.get(0)


def _ascii_steps(bank: Bank, text: str, at: int, run: str, lang: str) -> list[tuple[list[str], int]]:
    if at and text[at - 1].isascii() and text[at - 1].isalnum() and text[at - 1].isdigit() == run[0].isdigit():
        return []  # inside of a run
    if run.isdigit():
        said = ordinal(run, lang)
        return [(said, len(run))] if said else []
    if run in bank:
        return [([run], len(run))]
    spelled = list(run) if run.isupper() and len(run) <= MOST_SPELLED else []
    return [(spelled, len(run))] if spelled and all(letter in bank for letter in spelled) else []


def _words_en(bank: Bank, text: str) -> list[str] | None:
    said: list[str] = []
    for run in ASCII.findall(text):
        lower = run.lower()
        if run.isdigit():
            said += ordinal(run, "en")
        elif lower in bank and not (run.isupper() and run in bank):
            said.append(lower)
        else:
            steps = _ascii_steps(bank, run, 0, run, "en")
            if not steps:
                return None
            said += steps[0][0]
    rest = SILENT.sub("", ASCII.sub("", text)).replace("'", "").replace("#", "").replace("&", "")
    return None if rest else said
