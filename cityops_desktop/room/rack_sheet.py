"""A table of what stands in which rack, as people keep it in Excel: CSV with a heading in English or Chinese. Knows no room file."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.room.document import MAX_BYTES
from cityops_desktop.room.findings import Findings
from cityops_desktop.texts import N_

COLUMNS = {
    "rack": ("rack", "cabinet", "机柜", "机柜编号", "机柜号"),
    "name": ("name", "名称", "设备名称"),
    "u": ("u", "position", "u位", "起始u位", "位置"),
    "height": ("height", "u_height", "高度", "设备高度", "u数"),
    "face": ("face", "面", "安装面", "朝向面"),
    "type": ("type", "model", "型号", "设备型号"),
    "device": ("device", "设备", "设备标识"),
    "row": ("row", "列", "机柜列"),
    "x": ("x",),
    "y": ("y",),
    "facing": ("facing", "朝向"),
    "rack_height": ("rack_height", "机柜高度", "机柜u数"),
}
"""What a column may be called; capitals and blanks do not count."""
_FACES = {"front": ("front", "f", "前", "正面", "前面"), "rear": ("rear", "back", "r", "后", "背面", "后面")}
_KEYS = {spelling: key for key, spellings in COLUMNS.items() for spelling in spellings}
_FACE_KEYS = {spelling: face for face, spellings in _FACES.items() for spelling in spellings}
_UNIT = re.compile(r"u?(\d{1,3}(?:\.[05])?)u?(?:[-~–至]u?(\d{1,3})u?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row: an item of a rack, or only a rack (`name` empty). None or empty = the table does not say."""

    where: str
    rack: str
    name: str = ""
    u: float | None = None
    height: float | None = None
    face: str = ""
    type: str = ""
    device: str = ""
    row: str = ""
    x: float | None = None
    y: float | None = None
    facing: float | None = None
    rack_height: float | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a table, and the headings of the columns that are not used."""

    rows: tuple[SheetRow, ...]
    unused: tuple[str, ...]


def read_sheet(file: Path, findings: Findings) -> Sheet:
    """All sound rows; problems at "file:line". UTF-8 with or without mark, or GB 18030, as Excel writes it in China."""
    try:
        lines = list(_records(file))
    except OperatorError as error:
        for problem in error.problems:
            findings.take(problem)
        return Sheet((), ())
    if not lines:
        findings.add(str(file), N_("the table is empty"), N_("write a heading and a row for each device"))
        return Sheet((), ())
    (where, heading), *records = lines
    keys = [_KEYS.get(re.sub(r"\s", "", cell).lower()) for cell in heading]
    if not _sound_heading(where, heading, keys, findings):
        return Sheet((), ())
    rows = []
    for where, cells in records:
        if any(cell.strip() for cell in cells):
            given = {key: cell.strip() for key, cell in zip(keys, cells, strict=False) if key is not None and cell.strip()}
            row = _row(where, given, findings)
            rows += [row] if row is not None else []
    unused = tuple(cell.strip() for cell, key in zip(heading, keys, strict=True) if key is None and cell.strip())
    return Sheet(tuple(rows), unused)


def number_text(value: float) -> str:
    """A figure as a person writes it: 12, 12.5."""
    return f"{value:.10g}"


def _records(file: Path) -> Iterator[tuple[str, list[str]]]:
    text = _text(file)
    heading = next((line for line in text.splitlines() if line.strip()), "")
    # as a file: str.splitlines would also break a row at signs that stand inside a name (U+2028, U+0085, vertical tab)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=heading.count), strict=True)
    before = 0
    try:
        for record in reader:
            yield f"{file}:{before + 1}", record
            before = reader.line_num
    except csv.Error as error:
        what = N_("this is no row of a CSV table: {detail}")
        raise OperatorError(
            Problem(what, N_("look at the quotes of this line"), f"{file}:{reader.line_num}", {"detail": str(error)})
        ) from None


def _text(file: Path) -> str:
    try:
        if file.exists() and not file.is_file():  # a pipe would be waited for
            raise OperatorError(Problem(N_("this is not a file"), N_("name a table"), str(file)))
        if file.stat().st_size > MAX_BYTES:
            raise OperatorError(Problem(N_("the file is larger than {limit} bytes"), N_("name a table"), str(file), {"limit": MAX_BYTES}))
        raw = file.read_bytes()
    except OSError as error:
        what = N_("the file cannot be read: {detail}")
        raise OperatorError(
            Problem(what, N_("check its path and its rights"), str(file), {"detail": error.strerror or str(error)})
        ) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise OperatorError(Problem(N_("the file is neither UTF-8 nor GB 18030"), N_("save it as “CSV UTF-8” in Excel"), str(file)))


def _sound_heading(where: str, heading: list[str], keys: list[str | None], findings: Findings) -> bool:
    twice = [key for key, count in Counter(key for key in keys if key is not None).items() if count > 1]
    for key in twice:
        found = ", ".join(cell.strip() for cell, own in zip(heading, keys, strict=True) if own == key)
        findings.add(where, N_("two columns mean the same: {found}"), N_("remove one of them, or rename it"), found=found)
    if "rack" not in keys:
        what, do = N_("the table has no column “{key}”"), N_("call a column one of: {names}; the first row is the heading")
        findings.add(where, what, do, key="rack", names=", ".join(COLUMNS["rack"]))
        return False
    return not twice


def _row(where: str, given: dict[str, str], findings: Findings) -> SheetRow | None:
    if "rack" not in given:
        findings.add(where, N_("the row does not say its rack"), N_("fill the rack's column in each row"))
        return None
    u, top = _units(where, given.get("u"), findings)
    numbers = {key: _number(where, key, given.get(key), findings) for key in ("height", "x", "y", "facing", "rack_height")}
    height = numbers["height"]
    if top is not None and u is not None:
        if height is not None and height != top - u + 1:
            what = N_("U {u} is {units} units, but the height is {height}")
            findings.add(
                where, what, N_("correct one of the two"), u=given["u"], units=number_text(top - u + 1), height=number_text(height)
            )
        height = top - u + 1
    face = _FACE_KEYS.get(given.get("face", "").lower(), "")
    if given.get("face") and not face:
        findings.add(
            where,
            N_("“{key}” cannot be {value}"),
            N_("write one of: {expected}"),
            key="face",
            value=given["face"],
            expected="front, rear, 前, 后",
        )
    if ("name" in given) != ("u" in given):
        missing = "u" if "name" in given else "name"
        findings.add(
            where, N_("“{key}” is missing"), N_("fill both name and U, or leave both empty for a row about the rack alone"), key=missing
        )
        return None
    return SheetRow(
        where,
        given["rack"],
        name=given.get("name", ""),
        u=u,
        height=height,
        face=face,
        type=given.get("type", ""),
        device=given.get("device", ""),
        row=given.get("row", ""),
        x=numbers["x"],
        y=numbers["y"],
        facing=numbers["facing"],
        rack_height=numbers["rack_height"],
    )


def _units(where: str, text: str | None, findings: Findings) -> tuple[float | None, float | None]:
    """The lowest unit, and the highest where the table gives a range: 12, U12, 12U, U12-U13."""
    if text is None:
        return None, None
    match = _UNIT.fullmatch(re.sub(r"\s", "", text))
    if match is None:
        findings.add(where, N_("“{text}” is no U"), N_("write the lowest U, such as 12, or a range such as 12-13"), text=text)
        return None, None
    low, high = float(match[1]), float(match[2]) if match[2] else None
    return (low, high) if high is None or high >= low else (high, low)


def _number(where: str, key: str, text: str | None, findings: Findings) -> float | None:
    if text is None:
        return None
    plain = text.upper().removesuffix("U").strip() if key.endswith("height") else text
    if re.fullmatch(r"-?\d{1,6}(\.\d{1,6})?", plain) is None:
        findings.add(where, N_("“{key}” must be a number, not {value}"), N_("write a number, such as 12.5"), key=key, value=text)
        return None
    return float(plain)
