"""Reads patrol templates and routes from YAML, in room-file quality: all problems at once, each with its line and what to do.

The templates that come with the program lie in resources/patrol; a site has its own files and publishes them by an act. Publishes nothing.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

from cityops_desktop import paths
from cityops_desktop.duty.patrolcontent import RouteContent, TemplateContent, complaints
from cityops_desktop.errors import OperatorError
from cityops_desktop.room.document import DocumentError, read_document
from cityops_desktop.room.findings import Findings, keys_of
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

FOLDER = paths.RESOURCES / "patrol"
_SECTIONS = ("templates", "routes")
_NAMES = ("name", "hint")
C = TypeVar("C", TemplateContent, RouteContent)


class PatrolFile(NamedTuple):
    """What a file holds."""

    templates: tuple[TemplateContent, ...]
    routes: tuple[RouteContent, ...]


def read_patrol(path: Path, text: str | None = None) -> PatrolFile:
    """The templates and routes of a file, or of `text` as if the file held it. OperatorError with all problems."""
    findings = Findings()
    root = _root(path, text, findings)
    if root is None:
        raise OperatorError(findings.problems())
    findings.known_keys(root, _SECTIONS)
    templates = _read(root, "templates", TemplateContent, findings)
    routes = _read(root, "routes", RouteContent, findings)
    if not findings and not templates and not routes:
        what, do = N_("this file holds neither templates nor routes"), N_("begin with “templates:” or “routes:”, see docs/patrol.md")
        findings.add(root, what, do)
    if findings:
        raise OperatorError(findings.problems())
    return PatrolFile(tuple(templates), tuple(routes))


@cache
def shipped() -> tuple[TemplateContent, ...]:
    """Those that come with the program, file by file."""
    return tuple(template for path in sorted(FOLDER.glob("*.yaml")) for template in read_patrol(path).templates)


def _root(path: Path, text: str | None, findings: Findings) -> Node | None:
    root: Node | None
    try:
        root = read_document(path, text)
    except DocumentError as error:
        for problem in error.problems:
            findings.take(problem)
        root = error.tree
    if root is not None and not isinstance(root.value, dict):
        findings.add(root, N_("this is no file of patrols"), N_("begin with “templates:” or “routes:”, see docs/patrol.md"))
        return None
    return root


def _read(root: Node, section: str, model: type[C], findings: Findings) -> list[C]:
    found: list[C] = []
    seen: dict[str, Node] = {}
    for node in findings.section(root, section):
        findings.known_keys(node, keys_of(model))
        both = _with_names(node)
        content = findings.check(both, model)
        if content is None:
            continue
        for one in complaints(content):
            findings.add(both.at(one.at), one.what, one.do, **one.params)
        if content.code in seen:
            what, do = N_("“{code}” stands here twice (the other: {other})"), N_("give one of them another code")
            findings.add(node, what, do, code=content.code, other=seen[content.code].where)
        seen.setdefault(content.code, node)
        found.append(content)
    return found


def _with_names(node: Node) -> Node:
    """A text may stand for both languages, wherever a name or a hint is."""
    if isinstance(node.value, list):
        return Node([_with_names(item) for item in node.value], node.where)
    if not isinstance(node.value, dict):
        return node
    children = {}
    for key, child in node.value.items():
        both = key in _NAMES and isinstance(child.value, str)
        children[key] = Node({"zh": child, "en": child}, child.where) if both else _with_names(child)
    return Node(children, node.where)
