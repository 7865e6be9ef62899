"""Collects every problem of a room file and turns pydantic's errors into sentences for a person. Never stops at the first."""

import difflib
import json
import re
from collections.abc import Collection, Iterable
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cityops_desktop.errors import Problem
from cityops_desktop.room import grammar
from cityops_desktop.room.tree import Node, Scalar
from cityops_desktop.texts import N_

Model = TypeVar("Model", bound=BaseModel)

_NUMBER = N_("write a number without quotes, such as 12.5")
_WHOLE = N_("write a whole number without quotes, such as 12")
_CORRECT = N_("correct the number")
_CHOICES = 20
"""Names that a sentence lists at most."""
_MESSAGES: dict[str, tuple[str, str]] = {
    "missing": (N_("“{key}” is missing"), N_("add “{key}:” here")),
    "string_type": (N_("“{key}” must be text, not {value}"), N_("write a text, in quotes if it looks like a number")),
    "string_too_short": (N_("“{key}” is too short"), N_("write at least {min_length} characters")),
    "string_too_long": (N_("“{key}” is too long"), N_("write at most {max_length} characters")),
    "int_type": (N_("“{key}” must be a whole number, not {value}"), _WHOLE),
    "int_from_float": (N_("“{key}” must be a whole number, not {value}"), _WHOLE),
    "int_parsing": (N_("the key {value} must be a whole number"), _WHOLE),
    "float_type": (N_("“{key}” must be a number, not {value}"), _NUMBER),
    "finite_number": (N_("“{key}” is not a number that can be used"), _NUMBER),
    "bool_type": (N_("“{key}” must be true or false, not {value}"), N_("write true or false, without quotes")),
    "enum": (N_("“{key}” cannot be {value}"), N_("write one of: {expected}")),
    "literal_error": (N_("“{key}” cannot be {value}"), N_("write one of: {expected}")),
    "greater_than": (N_("“{key}” is {value}: it must be more than {gt}"), _CORRECT),
    "greater_than_equal": (N_("“{key}” is {value}: it must be at least {ge}"), _CORRECT),
    "less_than": (N_("“{key}” is {value}: it must be less than {lt}"), _CORRECT),
    "less_than_equal": (N_("“{key}” is {value}: it must be at most {le}"), _CORRECT),
    "multiple_of": (N_("“{key}” is {value}: it must be a multiple of {multiple_of}"), _CORRECT),
    "list_type": (N_("“{key}” must be a list, not {value}"), N_("write a list: [ ... ], or one “- ” line for each entry")),
    "tuple_type": (N_("“{key}” must be a list, not {value}"), N_("write a list: [ ... ], or one “- ” line for each entry")),
    "too_short": (N_("“{key}” has too few entries"), N_("write at least {min_length}")),
    "too_long": (N_("“{key}” has too many entries"), N_("write at most {max_length}")),
    "dict_type": (N_("“{key}” must be made of keys and values, not {value}"), N_("write {{key: value}} or indented “key: value” lines")),
    "model_type": (N_("“{key}” must be made of keys and values, not {value}"), N_("write {{key: value}} or indented “key: value” lines")),
}
_PATTERNS = {
    grammar.ID: N_("write small letters a-z, digits, - and _, beginning with a letter or a digit"),
    grammar.RACK_ID: N_("write letters, digits, - and _, beginning with a letter or a digit"),
    grammar.DOMAIN: N_("write city/district/site/room, each of small letters, digits, - and _"),
    grammar.TIME_OF_DAY: N_("write a time of the day with two digits each, such as 08:00"),
}


def nearest(word: object, choices: Iterable[str]) -> str | None:
    """The choice that is most like this word, None when none is near."""
    names, text = list(choices), str(word)
    found = difflib.get_close_matches(text, names, n=1, cutoff=0.6)
    longer = [name for name in names if len(text) > 2 and name.startswith(text)]
    return (*found, *longer, None)[0]


def shown(value: object) -> str:
    """A value of the file, shortened for a sentence."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that a model takes, in its order."""
    return [info.alias or name for name, info in model.model_fields.items()]


class Findings:
    """The problems found so far; the same one is told once."""

    def __init__(self) -> None:
        self._problems: dict[tuple[str, str, str], Problem] = {}

    def __bool__(self) -> bool:
        return bool(self._problems)

    def add(self, where: Node | str, what: str, do: str, **params: object) -> None:
        """One problem at a node or at "file:line"; `what` and `do` are message ids, `params` fills both."""
        self.take(Problem(what, do, where if isinstance(where, str) else where.where, params))

    def take(self, problem: Problem) -> None:
        """A problem made elsewhere."""
        self._problems.setdefault((problem.where, problem.what, repr(sorted(problem.params.items(), key=str))), problem)

    def problems(self) -> list[Problem]:
        """All problems, file by file in the order of the lines."""
        files: dict[str, int] = {}

        def order(problem: Problem) -> tuple[int, int]:
            file, _, line = problem.where.rpartition(":")
            numbered = bool(file) and line.isdigit()
            name = file if numbered else problem.where
            return files.setdefault(name, len(files)), int(line) if numbered else 0

        return sorted(self._problems.values(), key=order)

    def unknown(self, where: Node | str, what: str, word: object, choices: Collection[str]) -> None:
        """A name that does not exist: `what` is the sentence with {word}, the cure names the nearest choice, or all of them."""
        near = nearest(word, choices)
        if near is not None:
            do = N_("did you mean “{near}”?")
        else:
            do = N_("use one of: {choices}") if choices else N_("there is none yet: add it first")
        few = [*choices] if len(choices) <= _CHOICES else [*list(choices)[:_CHOICES], "..."]
        self.add(where, what, do, word=word, near=near, choices=", ".join(few))

    def known_keys(self, node: Node, own: Collection[str], driver: str = "", theirs: Collection[str] = ()) -> None:
        """Refuse keys that belong neither to us nor to the driver, naming the nearest and both sets."""
        for key, child in node.mapping.items():
            if key in own or key in theirs:
                continue
            near = nearest(key, [*own, *theirs])
            if near is not None and theirs:
                do = N_("did you mean “{near}”? Keys here: {own}; keys of the driver {driver}: {theirs}")
            elif near is not None:
                do = N_("did you mean “{near}”? Keys here: {own}")
            elif theirs:
                do = N_("remove it. Keys here: {own}; keys of the driver {driver}: {theirs}")
            else:
                do = N_("remove it. Keys here: {own}")
            what = N_("unknown key “{key}”")
            self.add(child, what, do, key=key, near=near, own=", ".join(own), driver=driver, theirs=", ".join(theirs))

    def section(self, root: Node, key: str) -> list[Node]:
        """The entries (mappings) of a list section; problems for anything else. A section that is absent is empty."""
        node = root.get(key)
        if node is None:
            return []
        if not isinstance(node.value, list):
            self.add(node, *_MESSAGES["list_type"], key=key, value=shown(node.plain()))
            return []
        for item in node.items:
            if not isinstance(item.value, dict):
                self.add(item, *_MESSAGES["dict_type"], key=key, value=shown(item.plain()))
        return [item for item in node.items if isinstance(item.value, dict)]

    def check(self, node: Node, model: type[Model]) -> Model | None:
        """The node's own part as a model; None, and problems at the lines of the keys, when it does not fit."""
        taken = keys_of(model)
        plain = {str(key): child.plain() for key, child in node.mapping.items() if key in taken}
        try:
            return model.model_validate_json(json.dumps(plain), strict=True)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                self._translate(node, model, detail)
            return None

    def _translate(self, node: Node, model: type[BaseModel], detail: ErrorDetails) -> None:
        path = tuple(part for part in detail["loc"] if part != "[key]")
        place = node.at(path)
        names = [part for part in path if isinstance(part, str)]
        kind, context = detail["type"], dict(detail.get("ctx", {}))
        if kind == "extra_forbidden":
            above = node.at(path[:-1])
            self.known_keys(Node({path[-1]: above.get(path[-1]) or place}, above.where), keys_of(_model_at(model, path[:-1])))
            return
        if kind == "missing" and path and isinstance(path[-1], int):
            what, do = N_("“{key}” has too few entries"), N_("add the missing ones")
        elif kind == "string_pattern_mismatch":
            what, do = N_("“{key}” cannot be {value}"), _PATTERNS.get(str(context.get("pattern")), N_("it must match {pattern}"))
        elif kind in ("value_error", "assertion_error"):
            what = str(context.pop("error", detail["msg"])).replace("{", "{{").replace("}", "}}")
            do = N_("correct “{key}”") if names else N_("correct this entry")
        else:
            if "expected" in context:
                context["expected"] = ", ".join(re.findall(r"'([^']*)'", str(context["expected"])))
            what, do = _MESSAGES.get(kind, (N_("“{key}” is wrong: {detail}"), N_("see docs/room-file.md")))
        params = {**context, "key": names[-1] if names else "", "value": shown(detail["input"]), "detail": detail["msg"]}
        self.take(Problem(what, do, place.where, params))


def _model_at(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    for part in path:
        info = model.model_fields.get(str(part))
        found = _models_in(info.annotation) if info is not None else []
        model = found[0] if found else model
    return model


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]


def named(node: Node, *keys: Scalar) -> Node:
    """The node with the text under each of these keys made into {zh, en}, as a name may be given in one language for both."""
    if not isinstance(node.value, dict):
        return node
    return Node({key: _both(child) if key in keys else child for key, child in node.value.items()}, node.where)


def _both(node: Node) -> Node:
    return Node({"zh": node, "en": node}, node.where) if isinstance(node.value, str) else node
