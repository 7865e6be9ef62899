"""A YAML 1.2 file as a tree that knows the line of every key. Knows nothing of rooms; never follows tags, anchors or includes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode
from ruamel.yaml.reader import ReaderError

from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.room.quick import compose_quickly
from cityops_desktop.room.tree import Node, Scalar
from cityops_desktop.texts import N_

MAX_BYTES = 8_000_000
_TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = {f"{_TAG}{name}" for name in ("str", "timestamp", "value", "merge")}
_WRITE_YAML = N_("look at this line and the one above it: indentation, colons, brackets, quotes")


def _unprintable(code: int) -> bool:
    return (code < 0x20 and code not in (0x09, 0x0A)) or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000


@dataclass(slots=True)
class _Reader:
    path: Path
    problems: list[Problem] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def where(self, node: YamlNode) -> str:
        return f"{self.path}:{node.start_mark.line + 1}"

    def report(self, node: YamlNode, what: str, do: str, **params: object) -> None:
        self.problems.append(Problem(what, do, self.where(node), params))

    def convert(self, node: YamlNode, where: str) -> Node | None:
        """The tree below this node; None when it holds no value."""
        if id(node) in self.seen or node.anchor is not None:
            self.report(node, N_("anchors (&) and aliases (*) are not used in these files"), N_("write the value out, or use a profile"))
            return None
        self.seen.add(id(node))
        if isinstance(node, ScalarNode):
            value = self.scalar(node)
            return None if value is None else Node(value, where)
        if isinstance(node, SequenceNode) and node.tag == f"{_TAG}seq":
            return Node(list(self.children(node)), where)
        if isinstance(node, MappingNode) and node.tag == f"{_TAG}map":
            return Node(self.mapping(node), where)
        self.report(node, N_("the tag {tag} is not used in these files"), N_("remove it"), tag=node.tag)
        return None

    def children(self, node: SequenceNode) -> Iterator[Node]:
        for item in node.value:
            child = self.convert(item, self.where(item))
            if child is not None:
                yield child

    def mapping(self, node: MappingNode) -> dict[Scalar, Node]:
        result: dict[Scalar, Node] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = self.scalar(key_node) if isinstance(key_node, ScalarNode) else None
            if key is None:
                self.report(key_node, N_("this cannot be a key"), N_("write a name, a colon and the value"))
                continue
            if str(key) in lines:
                what = N_("“{key}” stands here a second time (first in line {line})")
                self.report(key_node, what, N_("remove one of the two"), key=key, line=lines[str(key)])
                continue
            lines[str(key)] = key_node.start_mark.line + 1
            if isinstance(value_node, ScalarNode) and value_node.tag == f"{_TAG}null":
                self.report(key_node, N_("“{key}” has no value"), N_("give it a value or remove the key"), key=key)
                continue
            child = self.convert(value_node, self.where(key_node))
            if child is not None:
                result[key] = child
        return result

    def scalar(self, node: ScalarNode) -> Scalar | None:
        text = str(node.value)
        if node.tag in _TEXT_TAGS:
            return self.readable(node, text)
        if node.tag == f"{_TAG}bool":
            return text.lower() == "true"
        if node.tag == f"{_TAG}int" or node.tag == f"{_TAG}float":
            return self.number(node, text.replace("_", ""), whole=node.tag == f"{_TAG}int")
        if node.tag == f"{_TAG}null":
            self.report(node, N_("a value is missing"), N_("write a value or remove this entry"))
            return None
        self.report(node, N_("the tag {tag} is not used in these files"), N_("remove it"), tag=node.tag)
        return None

    def readable(self, node: ScalarNode, text: str) -> str | None:
        bad = next((sign for sign in text if _unprintable(ord(sign))), "")
        if bad:
            self.report(node, N_("a sign that cannot be printed ({sign})"), N_("remove it"), sign=f"U+{ord(bad):04X}")
            return None
        return text

    def number(self, node: ScalarNode, text: str, whole: bool) -> int | float | None:
        bases = {"0x": 16, "0o": 8, "0b": 2}
        digits = text.lstrip("+-")
        try:
            value: int | float = int(text, bases.get(digits[:2].lower(), 10)) if whole else float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) if isinstance(value, float) else abs(value) >= 2**64:
            self.report(node, N_("{text} is not a number that can be used"), N_("write an ordinary number"), text=text[:40])
            return None
        return value


def read_document(path: Path, text: str | None = None) -> Node:
    """The file as a tree, or `text` as if the file held it. OperatorError with every problem of the text itself, each with "file:line"."""
    text = read_text(path) if text is None else text
    return read_quickly(path, text) or read_by_library(path, text)


def read_quickly(path: Path, text: str) -> Node | None:
    """The tree of a sound text; None for one that the library in Python must read, which knows what is wrong."""
    root = compose_quickly(text)
    if root is None:
        return None
    reader = _Reader(path)
    tree = reader.convert(root, f"{path}:{root.start_mark.line + 1}")
    return None if reader.problems else tree


def read_by_library(path: Path, text: str) -> Node:
    """The same for any text: slow, and the one that knows what is wrong."""
    try:
        root = _compose(path, text)
        reader = _Reader(path)
        tree = reader.convert(root, f"{path}:{root.start_mark.line + 1}") if root is not None else None
    except RecursionError:
        raise OperatorError(Problem(N_("the file is nested too deeply"), _WRITE_YAML, str(path))) from None
    if root is None or (tree is None and isinstance(root, ScalarNode) and root.tag == f"{_TAG}null"):
        raise OperatorError(Problem(N_("the file is empty"), N_("write a room file as docs/room-file.md explains"), str(path)))
    if reader.problems or tree is None:
        raise DocumentError(reader.problems, tree)
    return tree


class DocumentError(OperatorError):
    """The text has faults, but a tree could be made: `tree` lets the rest be checked, so that all problems are told at once."""

    def __init__(self, problems: list[Problem], tree: Node | None) -> None:
        super().__init__(problems)
        self.tree = tree


def read_text(path: Path) -> str:
    """What the file holds; OperatorError when it is none, is too large or is not UTF-8."""
    try:
        if path.exists() and not path.is_file():
            raise OperatorError(Problem(N_("this is not a file"), N_("name a room file, such as room.yaml"), str(path)))
        if path.stat().st_size > MAX_BYTES:
            raise OperatorError(
                Problem(N_("the file is larger than {limit} bytes"), N_("name a room file"), str(path), {"limit": MAX_BYTES})
            )
        raw = path.read_bytes()
    except FileNotFoundError:
        raise OperatorError(Problem(N_("there is no such file"), N_("check the path"), str(path))) from None
    except (OSError, ValueError) as error:
        detail = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise OperatorError(
            Problem(N_("the file cannot be read: {detail}"), N_("check its path and its rights"), str(path), {"detail": detail})
        ) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem = Problem(N_("the file is not UTF-8"), N_("save it as UTF-8 in your editor"), f"{path}:{line}")
        raise OperatorError(problem) from None


def _compose(path: Path, text: str) -> YamlNode | None:
    for number, row in enumerate(text.split("\n"), 1):
        if row.startswith("%"):
            what = N_("YAML directives (%) are not used in these files")
            raise OperatorError(Problem(what, N_("remove this line"), f"{path}:{number}"))
    try:
        node: YamlNode | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise OperatorError(_syntax(path, text, error)) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = int(error.character) if isinstance(error.character, int) else ord(error.character)
        what = N_("a sign that cannot be printed ({sign})")
        raise OperatorError(Problem(what, N_("remove it"), f"{path}:{line}", {"sign": f"U+{code:04X}"})) from None
    except (YAMLError, ValueError) as error:
        what = N_("this is not YAML: {detail}")
        raise OperatorError(Problem(what, _WRITE_YAML, str(path), {"detail": str(error).splitlines()[0]})) from None
    return node


def _syntax(path: Path, text: str, error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else 1
    where = f"{path}:{line}"
    lines = text.splitlines()
    row = lines[line - 1] if line <= len(lines) else ""
    if "\t" in row[: len(row) - len(row.lstrip())]:
        return Problem(N_("a tab stands where YAML wants spaces"), N_("replace the tab by spaces"), where)
    detail = (error.problem or error.context or str(error)).splitlines()[0]
    return Problem(N_("this is not YAML: {detail}"), _WRITE_YAML, where, {"detail": detail})
