"""A file's content as a tree that knows the line of every key. Knows neither YAML nor rooms."""

from dataclasses import dataclass

Scalar = str | int | float | bool


@dataclass(slots=True)
class Node:
    """A value of the file and where it stands ("file:line" of its key, or of the list item). A value is never None."""

    value: "Scalar | list[Node] | dict[Scalar, Node]"
    where: str

    @property
    def mapping(self) -> "dict[Scalar, Node]":
        """The children by key; empty when this is no mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> "list[Node]":
        """The items; empty when this is no list."""
        return self.value if isinstance(self.value, list) else []

    def get(self, key: Scalar) -> "Node | None":
        """The child under this key."""
        return self.mapping.get(key)

    def text(self, key: Scalar) -> str | None:
        """The child under this key when it is a text."""
        child = self.get(key)
        return child.value if child is not None and isinstance(child.value, str) else None

    def at(self, path: tuple[int | str, ...]) -> "Node":
        """The deepest node that exists on this path of keys and indexes."""
        node = self
        for part in path:
            below = _child(node, part)
            if below is None:
                break
            node = below
        return node

    def plain(self) -> object:
        """The value without places, as json takes it."""
        if isinstance(self.value, dict):
            return {str(key): child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value


def _child(node: Node, part: int | str) -> Node | None:
    if isinstance(node.value, list):
        return node.value[part] if isinstance(part, int) and 0 <= part < len(node.value) else None
    for key, child in node.mapping.items():
        if key == part or str(key) == str(part):
            return child
    return None
