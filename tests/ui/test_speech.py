"""What is said of an alarm: the words of both languages, the equipment that the program ships, and nothing that is wrong."""

import array
import io
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cityops_desktop.link.messages import DeviceInfo, NamesInfo
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.points import Group, Level
from cityops_desktop.paths import PROFILES, ROOMS
from tests.ui.rooms import alarm, copy_of_room
from ui import clips, speech, tones
from ui.clips import PAUSE, Bank
from ui.models.room import RoomModel
from ui.speech import UNITS, Speaker

OPEN = AlarmState.UNACKNOWLEDGED


@pytest.fixture
def model(qapp, clock):
    model = RoomModel(clock)
    model.apply_copy(copy_of_room(calm=True))
    model.room = model.room.model_copy(update={"origin": "live"})
    return model


@pytest.fixture(params=["zh_CN", "en"])
def speaker(request):
    made = Speaker()
    made.chosen = request.param
    return made


def in_language(language: str) -> Speaker:
    made = Speaker()
    made.chosen = language
    return made


def spoken(words: list[str]) -> str:
    return " ".join("·" if word == PAUSE else word for word in words)


def names(zh: str, en: str) -> NamesInfo:
    return NamesInfo(zh=zh, en=en)


def test_an_alarm_is_its_level_the_device_the_point_the_value_and_what_is_wrong(model):
    high = alarm(1, "ups-1.load", 1, OPEN).model_copy(update={"cause": Cause.HIGH, "value": 105.0})
    assert spoken(in_language("zh_CN").alarm(high, model)) == "紧急 · 一 号 UPS · 输出 负载率 百分之 一 百 零 五 过高"
    assert spoken(in_language("en").alarm(high, model)) == "critical · UPS one · output load ratio one hundred and five percent too high"
    assert spoken(in_language("zh_CN").alarm(high, model, others=2)).endswith("过高 · 另有 两 条")
    lost = alarm(2, "ups-1", 2, OPEN).model_copy(update={"cause": Cause.DEVICE_LOST, "value": None})
    assert spoken(in_language("zh_CN").alarm(lost, model)) == "重要 · 一 号 UPS · 失联"


def test_a_state_is_said_by_its_name_and_not_twice(model):
    wet = alarm(1, "leak-detection-1.wet", 1, OPEN).model_copy(update={"cause": Cause.STATE, "value": 1.0})
    point = model.points["leak-detection-1.wet"].model_copy(deep=True)
    model.points["leak-detection-1.wet"] = point
    assert spoken(in_language("en").alarm(wet, model)).endswith("one · leak wet")
    point.states[1] = names("有水", "moist")
    assert spoken(in_language("zh_CN").alarm(wet, model)).endswith("漏水 状态 有水")
    assert spoken(in_language("en").alarm(wet, model)).endswith("leak alarm")  # “moist” is no word of ours
    point.names, point.states[1] = names("地板下漏水", "Leak"), names("漏水", "leak")
    assert spoken(in_language("zh_CN").alarm(wet, model)).endswith("· 地板下 漏水")


def test_a_flood_is_one_sentence(model):
    assert spoken(in_language("zh_CN").flood(12, 1, model)) == "十 二 条 新告警 · 最高 紧急"
    assert spoken(in_language("zh_CN").flood(2, 3, model)) == "两 条 新告警 · 最高 一般"
    assert spoken(in_language("en").flood(12, 2, model)) == "twelve new alarms · highest major"


def test_a_demo_says_so_first(model, speaker):
    model.room = model.room.model_copy(update={"origin": "demo"})
    assert speaker.flood(12, 1, model)[0] == {"zh_CN": "演示", "en": "demo"}[speaker.language]
    assert speaker.lost(model)[0] == {"zh_CN": "演示", "en": "demo"}[speaker.language]


def test_each_fixed_word_has_a_clip(speaker):
    side = 0 if speaker.language == "zh_CN" else 1
    pairs = [*speech.LEVELS.values(), *speech.GROUPS.values(), *speech.CAUSES.values(), speech.LOST, speech.DEMO, speech.TEST]
    said = {word for pair in pairs for word in pair[side].split()}
    said |= {word for unit in UNITS.values() for text in (unit[:1] if side == 0 else unit[1:]) for word in text.split()}
    said |= {"另有", "条", "新告警", "最高", "号", "百分之", "零下"} if side == 0 else {"more", "new", "alarms", "highest", "percent"}
    assert {word for word in said if word not in speaker.bank} == set()
    assert (set(speech.LEVELS), set(speech.GROUPS), set(speech.CAUSES)) == (set(Level), set(Group), set(Cause))


@pytest.mark.parametrize(
    ("text", "unit", "zh", "en"),
    [
        ("105.0", "%", "百分之 一 百 零 五", "one hundred and five percent"),
        ("-2.5", "%", "负 百分之 二 点 五", "minus two point five percent"),
        ("-5.0", "°C", "零下 五 摄氏度", "minus five degrees"),
        ("1.00", "°C", "一 摄氏度", "one degree"),
        ("26.5", "°C", "二 十 六 点 五 摄氏度", "twenty six point five degrees"),
        ("2", "min", "两 分钟", "two minutes"),
        ("220.1", "V", "二 百 二 十 点 一 伏", "two hundred and twenty point one volts"),
        ("3", "kWh", "三 千瓦时", "three kilowatt hours"),
        ("3", "", "三", "three"),
        ("3", "furlong", "", ""),
        ("—", "V", "", ""),
    ],
)
def test_values_are_read_with_their_units(text, unit, zh, en):
    assert " ".join(in_language("zh_CN").value(text, unit)) == zh
    assert " ".join(in_language("en").value(text, unit)) == en


@pytest.mark.parametrize(
    ("zh", "said"),
    [
        ("1号UPS第1组蓄电池", "一 号 UPS 第 一 组 蓄电池"),
        ("1#UPS", "一 号 UPS"),
        ("A01机柜A路PDU", "A 零 一 机柜 A 路 PDU"),
        ("L1 相电压", "L 一 相电压"),
        ("漏水控制器（Acme 型）", "漏水 控制器"),
        ("小灵通三号", None),
        ("Acme", None),
    ],
)
def test_names_are_said_whole_or_not_at_all(zh, said):
    found = in_language("zh_CN").name(names(zh, ""))
    assert (found and " ".join(found)) == said


def test_a_device_with_an_unknown_name_is_its_group_and_its_number():
    speaker = in_language("zh_CN")

    def device(zh: str, group: Group) -> DeviceInfo:
        return DeviceInfo(id="x", bus="b", names=names(zh, zh), group=group)

    assert speaker.device(device("老柴 3", Group.GENERATOR_ATS)) == ["发电机", "三", "号"]
    assert speaker.device(device("老柴", Group.GENERATOR_ATS)) == ["发电机"]
    assert speaker.device(device("老柴 3 之 4", Group.GENERATOR_ATS)) == ["发电机"]


@given(st.text(max_size=40))
def test_no_name_breaks_it_and_every_word_said_has_a_clip(text):
    for language in ("zh_CN", "en"):
        speaker = in_language(language)
        for word in speaker.name(names(text, text)) or []:
            assert word in speaker.bank


def shipped_names() -> dict[str, tuple[NamesInfo, str]]:
    """Every point with limits, and every device, of what comes with the program."""
    found: dict[str, tuple[NamesInfo, str]] = {}

    def walk(node: object, where: str) -> None:
        if isinstance(node, dict):
            name = node.get("name")
            if isinstance(name, dict) and ("limits" in node or "profile" in node):
                found[f"{where} {name['zh']}"] = (NamesInfo(**name), "point" if "limits" in node else "device")
            for value in node.values():
                walk(value, where)
        elif isinstance(node, list):
            for value in node:
                walk(value, where)

    files = [*Path(PROFILES).glob("*.yaml"), *Path(ROOMS).glob("*.yaml")]
    for file in files:
        walk(YAML(typ="safe").load(file.read_text("utf-8")), file.name)
    return found


def test_nearly_all_that_the_program_ships_is_said_by_its_name(speaker):
    shipped = shipped_names()
    unsaid = {where for where, (name, _) in shipped.items() if speaker.name(name) is None}
    assert len(shipped) > 250
    assert len(unsaid) < 0.03 * len(shipped), sorted(unsaid)
    assert not {where for where in unsaid if shipped[where][1] == "device"}


def test_a_sentence_is_sound_with_pauses_and_the_volume_asked_for(speaker):
    bank = speaker.bank
    one = next(iter({"zh_CN": ["紧急"], "en": ["critical"]}[speaker.language]))
    samples = bank.samples([one], 1)
    assert 0.2 * clips.RATE < len(samples) < 2 * clips.RATE
    assert 3000 < max(map(abs, samples)) <= 32767
    assert max(map(abs, bank.samples([one], 0.25))) == pytest.approx(max(map(abs, samples)) / 4, abs=2)
    assert len(bank.samples([one, PAUSE, one], 1)) == 2 * len(samples) + int(clips.RATE * clips.PAUSE_SECONDS)
    assert max(bank.samples([PAUSE], 1)) == 0
    assert list(bank.samples(["no word of ours"], 1)) == []


def test_every_clip_lies_in_its_file_and_is_heard(speaker):
    bank = speaker.bank
    assert len(bank._index) > 400
    with wave.open(io.BytesIO(tones.wav(bank.samples(list(bank._index), 1)))) as file:
        assert file.getframerate() == clips.RATE == tones.RATE
        assert file.getnframes() == sum(size for _, size in bank._index.values())
    quiet = [word for word in bank._index if max(map(abs, bank.samples([word], 1))) < 2000]
    assert quiet == []


def test_without_its_files_a_bank_knows_nothing_and_says_so(tmp_path, expected_log):
    expected_log("are not there")
    bank = Bank("en", tmp_path)
    assert not bank
    assert "one" not in bank


def test_the_language_is_that_of_the_window_unless_one_was_chosen(speaker, monkeypatch):
    speaker.chosen = ""
    for language in ("en", "zh_CN"):
        monkeypatch.setattr(speech, "language", lambda language=language: language)
        assert speaker.language == language


def test_expansion_is_that_of_g711():
    assert clips.EXPANDED[0xFF] == 0
    assert clips.EXPANDED[0x00] == -32124
    assert clips.EXPANDED[0x80] == 32124
    assert array.array("h", clips.EXPANDED)
