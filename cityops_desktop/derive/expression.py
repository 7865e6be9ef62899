"""A small language for figures that follow from points: `{meter.power} / sum({pdu-*.power})`. Safe: it can name points, numbers and the
functions of functions.py, and nothing else; it cannot run for long.

Points stand in braces, with `*` for any part of a key inside a function of many. Operators are those of arithmetic (+ - * /), of
comparison (< <= > >= == !=, 1 for true and 0 for not) and `and`, `or`, `not`; `a if b else c` chooses.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Protocol

from cityops_desktop.derive.functions import AGE, FUNCTIONS, OVER_TIME
from cityops_desktop.texts import N_

LONGEST_TEXT = 500
LARGEST = 1e15
MOST_MINUTES = 120
_PLACE = re.compile(r"\{\s*([^{}]*?)\s*\}")
_KEY = re.compile(r"[a-z0-9*][a-z0-9_*-]*\.[a-z0-9*][a-z0-9_*-]*")
_OURS = re.compile(r"(?<!\w)_\d")
_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARED: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class Faulty(Exception):
    """This is no expression: what is wrong with it, an English sentence with places for `params`, and what to do."""

    def __init__(self, what: str, do: str, **params: str) -> None:
        super().__init__(what.format(**params))
        self.what, self.do, self.params = what, do, params


class Unknown(Exception):
    """The value of this point is needed and is not known."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class World(Protocol):
    """What an expression is reckoned from."""

    def value(self, key: str) -> float:
        """The value that this point has now. Unknown."""
        ...

    def age(self, key: str) -> float:
        """Seconds since it last had a usable value. Unknown when it never had."""
        ...

    def past(self, node: int, value: float, minutes: float) -> list[tuple[float, float]]:
        """What this part of the expression was in the last minutes: seconds before now and value, oldest first. `value`: what it is now."""
        ...


@dataclass(frozen=True, slots=True)
class Expression:
    """`points` are the keys or patterns that it names, in order; `timed` = it changes with time even when no point does."""

    text: str
    points: tuple[str, ...]
    timed: bool
    _tree: ast.expr

    def inputs(self, known: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For each name in braces the points that it means, of those that are known: none where there are none."""
        every = list(known)
        return {name: tuple(key for key in every if fnmatchcase(key, name)) if "*" in name else (name,) for name in self.points}

    def reckon(self, world: World, inputs: Mapping[str, tuple[str, ...]]) -> float:
        """The value; NaN where there is none (a division by zero). Unknown."""
        try:
            found = _Reckoning(world, self.points, inputs).of(self._tree)
        except (ZeroDivisionError, OverflowError):
            return math.nan
        return found if math.isfinite(found) else math.nan


def parse(text: str) -> Expression:
    """The expression that this text is. Faulty."""
    if len(text) > LONGEST_TEXT:
        raise Faulty(N_("the expression is longer than {most} characters"), N_("divide it into several points"), most=str(LONGEST_TEXT))
    points: list[str] = []

    def place(match: re.Match[str]) -> str:
        key = match[1]
        if not _KEY.fullmatch(key):
            raise Faulty(N_("“{key}” is no point's key"), N_("write it as {{device.point}}"), key=key)
        if key not in points:
            points.append(key)
        return f" _{points.index(key)} "

    if _OURS.search(_PLACE.sub(" ", text)):
        raise Faulty(N_("“{text}” is no expression"), N_("see docs/derived-points.md for what may stand in one"), text=text)
    plain = _PLACE.sub(place, text)
    if not points:
        raise Faulty(N_("the expression names no point"), N_("write a point's key in braces: {{device.point}}"))
    try:
        tree = ast.parse(plain.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Faulty(N_("“{text}” is no expression"), N_("see docs/derived-points.md for what may stand in one"), text=text) from error
    timed = _Checking(points).check(tree)
    return Expression(text, tuple(points), timed, tree)


class _Checking:
    """Is every part of the tree one that the language has?"""

    def __init__(self, points: list[str]) -> None:
        self._points = points
        self._timed = False

    def check(self, tree: ast.expr) -> bool:
        """Faulty. Does it change with time?"""
        self._part(tree)
        return self._timed

    def _part(self, node: ast.expr) -> None:
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool) and abs(value) < LARGEST:
                pass
            case ast.Name():
                self._point(node, many=False)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                self._parts(left, right)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not(), operand=operand):
                self._part(operand)
            case ast.BoolOp(values=values):
                self._parts(*values)
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARED for op in ops):
                self._parts(left, *others)
            case ast.IfExp(test=test, body=body, orelse=other):
                self._parts(test, body, other)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                self._call(name, args)
            case _:
                raise Faulty(
                    N_("the expression holds something that it may not"), N_("see docs/derived-points.md for what may stand in one")
                )

    def _parts(self, *nodes: ast.expr) -> None:
        for node in nodes:
            self._part(node)

    def _point(self, node: ast.Name, *, many: bool) -> None:
        key = _named(node, self._points)
        if key is None:
            raise Faulty(N_("“{word}” means nothing here"), N_("write a point's key in braces: {{device.point}}"), word=node.id)
        if "*" in key and not many:
            what = N_("“{key}” means several points")
            raise Faulty(what, N_("put it into sum, mean, min, max, spread or imbalance"), key=key)

    def _call(self, name: str, args: list[ast.expr]) -> None:
        if name == AGE:
            self._timed = True
            if len(args) != 1 or not isinstance(args[0], ast.Name):
                raise Faulty(N_("{function} needs one point"), N_("write {function}({{device.point}})"), function=name)
            self._part(args[0])
        elif name in OVER_TIME:
            self._timed = True
            minutes = args[1].value if len(args) == 2 and isinstance(args[1], ast.Constant) else None
            if not isinstance(minutes, int | float) or not 0 < minutes <= MOST_MINUTES:
                what = N_("{function} needs a value and minutes, at most {most}")
                raise Faulty(what, N_("write {function}({{device.point}}, 10)"), function=name, most=str(MOST_MINUTES))
            self._part(args[0])
        elif name in FUNCTIONS:
            function = FUNCTIONS[name]
            for arg in args:
                if isinstance(arg, ast.Name):
                    self._point(arg, many=function.most is None)
                else:
                    self._part(arg)
            several = any(isinstance(arg, ast.Name) and "*" in (_named(arg, self._points) or "") for arg in args)
            if not (len(args) >= function.least or several) or (function.most is not None and len(args) > function.most):
                what = N_("{function} has {given} arguments and needs {least}")
                raise Faulty(what, N_("see docs/derived-points.md"), function=name, given=str(len(args)), least=str(function.least))
        else:
            do = N_("use one of: {known}")
            known = ", ".join(sorted((*FUNCTIONS, *OVER_TIME, AGE)))
            raise Faulty(N_("there is no function “{word}”"), do, word=name, known=known)


class _Reckoning:
    """One time that an expression is reckoned."""

    def __init__(self, world: World, points: tuple[str, ...], inputs: Mapping[str, tuple[str, ...]]) -> None:
        self._world, self._points, self._inputs = world, points, inputs

    def of(self, node: ast.expr) -> float:
        """The value of a part. Whatever is left out of a choice is left out of its needs as well, but keeps its number."""
        match node:
            case ast.Constant(value=value):
                assert isinstance(value, int | float)
                return float(value)
            case ast.Name():
                return self._world.value(self._key(node))
            case ast.BinOp(left=left, op=op, right=right):
                return _ARITHMETIC[type(op)](self.of(left), self.of(right))
            case ast.UnaryOp(op=op, operand=operand):
                value = self.of(operand)
                return float(not value) if isinstance(op, ast.Not) else -value if isinstance(op, ast.USub) else value
            case ast.BoolOp(op=ast.And(), values=values):
                return float(all([bool(self.of(one)) for one in values]))
            case ast.BoolOp(values=values):
                return float(any([bool(self.of(one)) for one in values]))
            case ast.Compare(left=left, ops=ops, comparators=others):
                sides = [self.of(one) for one in (left, *others)]
                return float(all(_COMPARED[type(op)](*pair) for op, pair in zip(ops, pairwise(sides), strict=True)))
            case ast.IfExp(test=test, body=body, orelse=other):
                return self.of(body if self.of(test) else other)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._call(node, name, args)
        raise AssertionError(node)

    def _call(self, node: ast.Call, name: str, args: list[ast.expr]) -> float:
        if name == AGE:
            assert isinstance(args[0], ast.Name)
            return self._world.age(self._key(args[0]))
        if name in OVER_TIME:
            assert isinstance(args[1], ast.Constant) and isinstance(args[1].value, int | float)
            minutes = float(args[1].value)
            return OVER_TIME[name].reckon(self._world.past(node.col_offset, self.of(args[0]), minutes), minutes)
        values: list[float] = []
        for arg in args:
            if isinstance(arg, ast.Name):
                values += [self._world.value(key) for key in self._inputs[self._name(arg)]]
            else:
                values.append(self.of(arg))
        return float(FUNCTIONS[name].reckon(*values)) if len(values) >= FUNCTIONS[name].least else math.nan

    def _name(self, node: ast.Name) -> str:
        return self._points[int(node.id[1:])]

    def _key(self, node: ast.Name) -> str:
        return self._inputs[self._name(node)][0]


def _named(node: ast.Name, points: list[str]) -> str | None:
    """The key that a place stands for."""
    number = node.id[1:] if node.id.startswith("_") else ""
    return points[int(number)] if number.isdigit() and int(number) < len(points) else None
