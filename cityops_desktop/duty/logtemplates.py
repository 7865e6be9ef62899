"""Sorts of entries of the log book: those that come with the program, and those that a site adds in files of its own. Keeps no entry.

A file that is faulty is left out as a whole, and what is wrong with it is told with its line; the others hold.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cityops_desktop import paths
from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.model.points import Names
from cityops_desktop.model.refused import Refused
from cityops_desktop.room.document import read_document
from cityops_desktop.room.findings import Findings, keys_of
from cityops_desktop.room.grammar import Id, NamesPart, Part
from cityops_desktop.texts import N_

STANDARD = paths.RESOURCES / "logbook"
FOLDER = "logbook"
"""Of the data directory: the site's own."""
NOTHING = Names("", "")
MOST = 60
Sort = Literal["text", "number", "choice"]


class ChoicePart(Part):
    """One of what a field may hold."""

    id: Id
    name: NamesPart


class FieldPart(Part):
    """A field. With `choices` it is one of them."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    name: NamesPart
    sort: Annotated[Literal["text", "number"], Field(alias="kind")] = "text"
    unit: Annotated[str, Field(max_length=20)] = ""
    required: bool = False
    choices: Annotated[tuple[ChoicePart, ...], Field(max_length=20)] = ()


class TemplatePart(Part):
    """An entry of `templates:`."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
    name: NamesPart
    text: NamesPart | None = None
    handover: bool = False
    fields_: Annotated[tuple[FieldPart, ...], Field(alias="fields", max_length=12)] = ()


@dataclass(frozen=True, slots=True)
class Entered:
    """A field of a template; `choices` by id."""

    id: str
    names: Names
    sort: Sort
    unit: str
    required: bool
    choices: Mapping[str, Names]


@dataclass(frozen=True, slots=True)
class Template:
    """A sort of entries. `text`: what the text begins with; `handover`: handed over unless the writer says no."""

    id: str
    names: Names
    text: Names
    handover: bool
    fields: tuple[Entered, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """What a field of an entry holds, with its names as they were then."""

    id: str
    names: Names
    value: Names
    unit: str


@dataclass(frozen=True, slots=True)
class Templates:
    """All of them in their order, and what is wrong with files of the site."""

    all: tuple[Template, ...]
    faulty: tuple[Problem, ...] = ()

    def get(self, id: str) -> Template:
        """Refused(no_such_log_template)."""
        for template in self.all:
            if template.id == id:
                return template
        raise Refused("no_such_log_template", template=id)


def templates(data: Path) -> Templates:
    """As they are now; a template of the site takes the place of one of the program with its id. Reads files."""
    return _read((_signature(STANDARD), _signature(data / FOLDER)))


def filled(template: Template, values: Mapping[str, str]) -> list[Value]:
    """The fields of an entry, in the template's order; those left empty are none. Refused: log_field, log_field_missing."""
    if unknown := sorted(values.keys() - {field.id for field in template.fields}):
        raise Refused("log_field", field=unknown[0], value=values[unknown[0]])
    found = []
    for field in template.fields:
        said = values.get(field.id, "").strip()
        if said:
            found.append(Value(field.id, field.names, _value(field, said), field.unit))
        elif field.required:
            raise Refused("log_field_missing", field=field.names.zh)
    return found


def _value(field: Entered, said: str) -> Names:
    if field.sort == "choice":
        if said not in field.choices:
            raise Refused("log_field", field=field.names.zh, value=said)
        return field.choices[said]
    if field.sort == "number":
        try:
            if not math.isfinite(float(said)) or len(said) > 20:
                raise ValueError(said)
        except ValueError:
            raise Refused("log_field", field=field.names.zh, value=said) from None
    return Names(said, said)


_Signature = tuple[tuple[Path, int, int], ...]


def _signature(folder: Path) -> _Signature:
    found = []
    for path in sorted(folder.glob("*.yaml"))[:MOST]:
        try:
            state = path.stat()
        except OSError:  # taken away in this moment
            continue
        found.append((path, state.st_mtime_ns, state.st_size))
    return tuple(found)


@lru_cache(maxsize=4)
def _read(files: tuple[_Signature, ...]) -> Templates:
    known: dict[str, Template] = {}
    faulty: list[Problem] = []
    for path in (path for signature in files for path, *_ in signature):
        try:
            found = _file(path)
        except OperatorError as error:
            faulty += error.problems
            continue
        known |= {template.id: template for template in found}
    return Templates(tuple(known.values()), tuple(faulty))


def _file(path: Path) -> list[Template]:
    findings = Findings()
    root = read_document(path)
    findings.known_keys(root, ["templates"])
    found: dict[str, Template] = {}
    for node in findings.section(root, "templates"):
        findings.known_keys(node, keys_of(TemplatePart))
        part = findings.check(node, TemplatePart)
        if part is None:
            continue
        ids = [field.id for field in part.fields_]
        if part.id in found or len(set(ids)) < len(ids):
            findings.add(
                node, N_("“{id}” stands here twice, or two of its fields have one id"), N_("give each an id of its own"), id=part.id
            )
        found[part.id] = _template(part)
    if findings:
        raise OperatorError(findings.problems())
    return list(found.values())


def _template(part: TemplatePart) -> Template:
    fields = (
        Entered(
            field.id,
            field.name.names(),
            "choice" if field.choices else field.sort,
            field.unit,
            field.required,
            {choice.id: choice.name.names() for choice in field.choices},
        )
        for field in part.fields_
    )
    return Template(part.id, part.name.names(), part.text.names() if part.text else NOTHING, part.handover, tuple(fields))


def told(values: Iterable[Value]) -> list[dict[str, object]]:
    """As an entry keeps them."""
    return [
        {"id": one.id, "zh": one.names.zh, "en": one.names.en, "value_zh": one.value.zh, "value_en": one.value.en, "unit": one.unit}
        for one in values
    ]
