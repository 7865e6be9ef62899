"""The samples as Parquet, for programs that reckon with them: offered only where pyarrow is installed. Asks nobody."""

import importlib
import importlib.util
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.readings import QUALITY_CODES
from ui.pages.trends.samplefile import About, GivenUp

_QUALITIES = np.array([next((q.value for q, code in QUALITY_CODES.items() if code == number), "") for number in range(256)])


def possible() -> bool:
    """Is pyarrow there?"""
    return importlib.util.find_spec("pyarrow") is not None


class ParquetFile:
    """See samplefile.Writer. Columns: time (UTC), point, value, quality, reason, detail; in a group the rows of a point stand together."""

    def open(self, part: Path, about: About) -> None:
        """Begin the file; what it is about stands in its metadata."""
        self._arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
        arrow, words = self._arrow, self._arrow.dictionary(self._arrow.int32(), self._arrow.string())
        fields = [("time", arrow.timestamp("ms", tz="UTC")), ("point", words), ("value", arrow.float64())]
        fields += [("quality", words), ("reason", words), ("detail", words)]
        told = {"room": about.room, "zone": about.zone_name, "span": f"{about.time(about.start)} {about.time(about.end)}"}
        told |= {"origin": "demo" if about.demo else "real"}
        told |= {f"unit.{key}": point.unit for key, point in about.points.items()}
        self._schema = arrow.schema(fields, metadata=told)
        self._file = parquet.ParquetWriter(part, self._schema, compression="zstd")

    def write(self, strips: dict[str, Strip], stop: Event) -> None:
        """The samples of a piece."""
        if stop.is_set():
            raise GivenUp
        arrow, parts = self._arrow, [(key, strip) for key, strip in strips.items() if len(strip)]
        if not parts:
            return
        values = np.concatenate([strip.first for _, strip in parts])
        columns = [
            np.concatenate([strip.time for _, strip in parts]),
            np.repeat([key for key, _ in parts], [len(strip) for _, strip in parts]),
            arrow.array(values, mask=~np.isfinite(values)),
            np.concatenate([_QUALITIES[strip.quality] for _, strip in parts]),
            np.concatenate([np.array([why[0].value if why[0] else "" for why in strip.reasons])[strip.why] for _, strip in parts]),
            np.concatenate([np.array([why[1] for why in strip.reasons])[strip.why] for _, strip in parts]),
        ]
        arrays = [arrow.array(column).cast(field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._file.write_table(arrow.Table.from_arrays(arrays, schema=self._schema))

    def close(self, stop: Event) -> None:
        """It is whole."""
        self._file.close()

    def abandon(self) -> None:
        """It is not wanted."""
        if hasattr(self, "_file"):
            with suppress(OSError, ValueError):
                self._file.close()
