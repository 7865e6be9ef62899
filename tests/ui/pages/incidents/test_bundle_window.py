"""A bundle opened at a console: what it is worth is said first, then report, alarms, curves; a damaged one is not taken for a sound one."""

import json
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from cityops_desktop.incidents.bundle import Sealing
from tests.ui.pages.incidents.incidentrows import HOUR, alarm, detail, incidents
from tests.ui.rooms import NOW
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.pages.incidents.bundlewindow import BundleWindow

OPENS_A_PAGE = True
KEY = Ed25519PrivateKey.generate()


def bundle(path: Path) -> Path:
    """72 hours of one point, a sample a minute, with a gap of an hour in which nothing usable was read."""
    start = NOW - 72 * HOUR
    rows = ["time,value,quality"]
    for minute in range(72 * 60):
        usable = not 600 <= minute < 660
        at = datetime.fromtimestamp((start + minute * 60_000) / 1000, ZoneInfo("Asia/Shanghai")).isoformat(timespec="milliseconds")
        rows.append(f"{at},{22 + minute % 240 / 40:.1f},good" if usable else f"{at},,bad")
    points = [
        {"key": "air-conditioning-1.temperature", "zh": "回风温度", "en": "Return air temperature", "unit": "°C", "decimals": 1},
        {"key": "gone.point"},
    ]
    with path.open("wb") as out:
        sealing = Sealing(out)
        contents = {
            "incident.json": detail(incidents()[0]).model_dump_json().encode(),
            "alarms.json": json.dumps([alarm("a1", NOW - HOUR).model_dump(mode="json")]).encode(),
            "report.en.html": b"<h1>Incident report 2026-004</h1>",
            "report.zh_CN.html": "<h1>事件报告 2026-004</h1>".encode(),
            "samples/00001.csv": "\n".join(rows).encode(),
            "samples/00002.csv": b"time,value,quality\n",
        }
        for name, content in contents.items():
            with sealing.file(name) as file:
                file.write(content)
        told = [one | {"file": f"samples/{n:05}.csv", "samples": 4320 * (n == 1)} for n, one in enumerate(points, 1)]
        about = {"made": NOW, "incident": {"id": "i1", "number": "2026-004", "title": "精密空调全停"}, "start": start, "end": NOW}
        about |= {"points": told, "room": {"zh": "一号机房", "en": "Room 1"}}
        sealing.seal(about, lambda text: KEY.sign(text.encode()).hex(), KEY.public_key().public_bytes_raw())
    return path


def opened(qtbot, desk, path: Path) -> BundleWindow:
    made = BundleWindow(str(path), desk.model, desk.window)
    made.show()
    qtbot.waitUntil(lambda: made.state.text() != "reading…")
    return made


@pytest.mark.parametrize("colours", theme.THEMES)
def test_a_sound_bundle_shows_all_that_is_in_it(qtbot, qapp: QApplication, desk, tmp_path: Path, colours: str):
    theme.apply(qapp, theme.THEMES[colours])
    window = opened(qtbot, desk, bundle(tmp_path / "b.zip"))
    assert window.state.text() == "The bundle is as it was sealed"
    assert "incident 2026-004: 精密空调全停" in window.facts.text() and "signed with the key" in window.facts.text()
    assert "Incident report 2026-004" in window.report.toPlainText()
    [row] = window.alarms.texts()
    assert row[1] == "Critical" and "35.2" in row[2]
    window.tabs.setCurrentIndex(2)
    qapp.processEvents()
    rect = window.points.visualRect(window.points.model().index(0, 0))
    qtbot.mouseClick(window.points.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    qtbot.waitUntil(lambda: window.chart.samples is not None)
    assert len(window.chart.samples.times) == 4320
    drawn = [one is not None for one in window.chart.columns()]
    gap = range(len(drawn) * 605 // 4320, len(drawn) * 655 // 4320)
    assert drawn[5] and drawn[-5] and gap and not any(drawn[place] for place in gap), "a gap stays a gap"
    qapp.processEvents()
    keep(window, f"bundle-{colours}")
    assert not walk(window, "bundle").faults
    qtbot.keyClick(window.points, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: window.chart.samples is not None and not window.chart.samples.times)
    assert "no usable sample in this span" in window.chart.painted_texts()[0][1]
    window.close()


def test_a_changed_bundle_says_which_file(qtbot, desk, tmp_path: Path):
    path = bundle(tmp_path / "b.zip")
    with zipfile.ZipFile(path) as before:
        contents = {name: before.read(name) for name in before.namelist()}
    contents["alarms.json"] = b"[]"
    with zipfile.ZipFile(path, "w") as now:
        for name, content in contents.items():
            now.writestr(name, content)
    window = opened(qtbot, desk, path)
    assert window.state.text() == "The bundle is NOT as it was sealed"
    assert window.facts.text().startswith("alarms.json was altered") and window.alarms.texts() == []
    window.close()


def test_a_file_that_is_none_is_refused(qtbot, desk, tmp_path: Path):
    path = tmp_path / "b.zip"
    path.write_bytes(b"PK nothing")
    window = opened(qtbot, desk, path)
    assert window.state.text().startswith("This is no incident bundle") and window.tabs.isHidden()
    window.close()
