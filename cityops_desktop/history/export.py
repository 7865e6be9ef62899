"""Samples as files that others read: CSV, JSON lines, Parquet, XLSX. A part at a time, whatever the length. Asks nobody, opens no store.

Columns: `time`, with several points `point`, `value`, `quality`; and of data that is not real `origin`, so that a demo stays a demo.
Times are ISO 8601 with milliseconds and the offset of the room's zone.
"""

import csv
import importlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.readings import QUALITY_CODES
from cityops_desktop.texts import N_

REAL = "real"
QUALITIES = {code: str(quality) for quality, code in QUALITY_CODES.items()}
XLSX_ROWS = 1_048_576
"""All that a sheet can hold, its head included."""
Parts = Iterable[tuple[str, Strip]]


class Form(StrEnum):
    """What is written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"


class Shape(NamedTuple):
    """What each row has: its point's key, its origin; and in which zone its time is told."""

    several: bool
    origin: str
    zone: tzinfo

    @property
    def columns(self) -> list[str]:
        """Their names."""
        return ["time", *(["point"] if self.several else []), "value", "quality", *([] if self.origin == REAL else ["origin"])]


def write_text(form: Form, out: IO[str], parts: Parts, shape: Shape) -> int:
    """CSV or JSON lines; returns the number of samples."""
    return (_csv if form is Form.CSV else _jsonl)(out, parts, shape)


def write_file(form: Form, path: Path, parts: Parts, shape: Shape) -> int:
    """Parquet or XLSX into this file. OperatorError."""
    return (_parquet if form is Form.PARQUET else _xlsx)(path, parts, shape)


def times(strip: Strip, zone: tzinfo) -> list[str]:
    """Its times as text."""
    if not len(strip):
        return []
    first, last = (_offset(int(strip.time[place]), zone) for place in (0, -1))
    if first == last:
        local = (strip.time + first // timedelta(milliseconds=1)).astype("datetime64[ms]")
        told = _told(first)
        return [text + told for text in np.datetime_as_string(local, unit="ms").tolist()]
    return [datetime.fromtimestamp(ms / 1000, zone).isoformat(timespec="milliseconds") for ms in strip.time.tolist()]


def number(value: float) -> float | int | None:
    """A value as it is written: None = there is none; whole numbers without a decimal point."""
    if value != value:
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _rows(parts: Parts, shape: Shape) -> Iterator[list[Any]]:
    tail = [] if shape.origin == REAL else [shape.origin]
    for key, strip in parts:
        head = [key] if shape.several else []
        for time, value, code in zip(times(strip, shape.zone), strip.last.tolist(), strip.quality.tolist(), strict=True):
            yield [time, *head, number(value), QUALITIES[code], *tail]


def _csv(out: IO[str], parts: Parts, shape: Shape) -> int:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(shape.columns)
    count = 0
    for count, row in enumerate(_rows(parts, shape), 1):  # noqa: B007  the number of the last one is what is wanted
        writer.writerow(row)
    return count


def _jsonl(out: IO[str], parts: Parts, shape: Shape) -> int:
    columns, count = shape.columns, 0
    for count, row in enumerate(_rows(parts, shape), 1):  # noqa: B007
        out.write(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) + "\n")
    return count


def _parquet(path: Path, parts: Parts, shape: Shape) -> int:
    arrow, parquet = _library("pyarrow"), _library("pyarrow.parquet")
    kinds = {"time": arrow.timestamp("ms", tz=str(shape.zone)), "value": arrow.float64()}
    schema = arrow.schema([(name, kinds.get(name, arrow.string())) for name in shape.columns], metadata={"origin": shape.origin})
    count = 0
    with parquet.ParquetWriter(path, schema) as writer:
        for key, strip in parts:
            rows = len(strip)
            count += rows
            columns = {
                "time": arrow.array(strip.time, arrow.int64()).cast(kinds["time"]),
                "point": [key] * rows,
                "value": arrow.array(strip.last, from_pandas=True),
                "quality": [QUALITIES[code] for code in strip.quality.tolist()],
                "origin": [shape.origin] * rows,
            }
            writer.write_table(arrow.table({name: columns[name] for name in shape.columns}, schema))
    return count


def _xlsx(path: Path, parts: Parts, shape: Shape) -> int:
    """Times are those of the room's clock, for a sheet knows no zones: its name says which."""
    openpyxl = _library("openpyxl")
    cells = _library("openpyxl.cell")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(str(shape.zone).replace("/", "-")[:31])
    sheet.column_dimensions["A"].width = 24
    sheet.append(shape.columns)
    count = 0
    for row in _rows(parts, shape):
        count += 1
        if count >= XLSX_ROWS:
            sheet.close()
            raise OperatorError(
                Problem(
                    N_("a sheet holds {rows} rows, and there are more samples than that"),
                    N_("narrow it down with --from and --to, or use --format csv or parquet"),
                    params={"rows": XLSX_ROWS},
                ),
                Exit.USAGE,
            )
        time = cells.WriteOnlyCell(sheet, datetime.fromisoformat(row[0]).replace(tzinfo=None))
        time.number_format = "yyyy-mm-dd hh:mm:ss.000"
        sheet.append([time, *row[1:]])
    book.save(path)
    return count


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        what, do = N_("this needs the library {name}, which is not installed"), N_("install it ({name}) into the program's environment")
        raise OperatorError(Problem(what, do, params={"name": name.partition(".")[0]}), Exit.CONFIGURATION) from error


def _offset(ms: int, zone: tzinfo) -> timedelta:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).utcoffset() or timedelta()


def _told(offset: timedelta) -> str:
    minutes = offset // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
