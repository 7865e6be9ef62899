"""Sound YAML read by libyaml, about six times as fast as by the library in Python; what it would read otherwise is left to that one."""

import re
from functools import lru_cache

from _ruamel_yaml import CParser
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import Node, ScalarNode

_FOREIGN = re.compile(
    r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|^(?:---|[.]{3}|%)|\?(?![A-Za-z])|(?<![A-Za-z])\?|\\|"
    r"(?:^|[\s\[{,:-])[&*!]\S|[|>](?:[-+]?[0-9]|[-+ ]*#|[-+ ]*\n *(?:\n|#))",
    re.MULTILINE,
)
"""Where libyaml (YAML 1.1) and YAML 1.2 part: tabs and rare line ends, marks between documents, directives, complex keys (a question
mark between two letters begins none), escapes, unusual heads of texts; and anchors, of which libyaml's nodes tell nothing."""
_DEEPEST = 60
_RESOLVER = YAML(typ="safe", pure=True).resolver


@lru_cache(4096)
def _tag(text: str, implicit: tuple[bool, bool]) -> str:
    return str(_RESOLVER.resolve(ScalarNode, text, implicit))


class _Parser(CParser):  # type: ignore[misc]
    """libyaml's events as nodes, each word tagged as YAML 1.2 says (12:30 and on are text, 010 is ten)."""

    def resolve(self, kind: type[Node], value: str, implicit: tuple[bool, bool]) -> str:
        return _tag(value, tuple(implicit)) if kind is ScalarNode else str(_RESOLVER.resolve(kind, value, implicit))

    def descend_resolver(self, _parent: Node | None, _index: object) -> None:
        """Tags do not hang on the place."""

    def ascend_resolver(self) -> None:
        """Tags do not hang on the place."""


def compose_quickly(text: str) -> Node | None:
    """The root of a text that is sound and plain enough; None for every other."""
    if _FOREIGN.search(text) or _depth(text) > _DEEPEST:
        return None
    try:
        root: Node | None = _Parser(text).get_single_node()
    except (YAMLError, ValueError):
        return None
    return root


def _depth(text: str) -> int:
    """At most so deep: libyaml's parser recurses in C. Counts every sign that could open something, row by row."""
    brackets = text.count("[") + text.count("{")
    deepest = max(((len(row) - len(row.lstrip(" -"))) for row in text.split("\n")), default=0)
    return deepest if brackets < _DEEPEST else max(deepest, _nesting(text))


def _nesting(text: str) -> int:
    depth = most = 0
    for sign in re.findall(r"[\[\]{}]", text):
        depth += 1 if sign in "[{" else -1
        most = max(most, depth)
    return most
