"""Brings the rows of a table into the racks of a room file's text. Every line that no row speaks of stays as it is, comments too.

Works on the places of the values in the text, not on a parsed copy written out anew: that would move comments and line breaks.
Decides nothing about what is allowed: the merged text is checked as every room file is.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from cityops_desktop.room.findings import Findings
from cityops_desktop.room.rack_sheet import SheetRow, number_text
from cityops_desktop.texts import N_

_PLAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff](?:[\w\u4e00-\u9fff .()（）/+-]*[\w\u4e00-\u9fff.()（）/+])?")
_BREAKS = "\x7f\x85\u2028\u2029"
"""What a reader of YAML takes for the end of a line, or does not take at all."""
_WORDS = {"null", "true", "false", "y", "n", "yes", "no", "on", "off"}


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What becomes of an item: `kind` is added, moved, changed or unchanged; `before` says where it stood."""

    kind: str
    rack: str
    u: float
    name: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """The new text, what has changed, and for each rack the origin ("file:line", None = as before) of each of its items in their order."""

    text: str
    racks: tuple[str, ...]
    items: tuple[ItemChange, ...]
    origins: Mapping[str, list[str | None]]
    made: Mapping[str, str]


@dataclass(slots=True)
class _Item:
    """An item of the file: its node and its plain values."""

    rack: str
    node: MappingNode
    values: dict[str, object]

    @property
    def names(self) -> set[str]:
        name = self.values.get("name")
        return {str(text) for text in name.values()} if isinstance(name, dict) else {str(name)}

    @property
    def face(self) -> str:
        return str(self.values.get("face", "front"))


@dataclass(frozen=True, slots=True)
class _Added:
    """An item as it is to be written, the remark behind it (only where it has a line of its own), and the row that asks for it."""

    words: str
    remark: str
    where: str


@dataclass(slots=True)
class _Rack:
    """A rack of the file, and what is added to it."""

    node: MappingNode
    values: dict[str, object]
    items: list[_Item]
    added: list["_Added"] = field(default_factory=list)
    gone: list[_Item] = field(default_factory=list)


def merge(text: str, rows: Iterable[SheetRow], findings: Findings) -> Merged:
    """The text with these rows in it. Problems of rows that cannot be brought in are among the findings."""
    unix = text.replace("\r\n", "\n")
    merged = _Merge(unix if unix.endswith("\n") else f"{unix}\n", list(rows), findings).run()
    return replace(merged, text=merged.text.replace("\n", "\r\n")) if "\r\n" in text else merged


def scalar(value: object) -> str:
    """A value as it is written inside a flow mapping."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {scalar(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(scalar(child) for child in value) + "]"
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return "".join(f"\\u{ord(sign):04x}" if sign in _BREAKS else sign for sign in json.dumps(text, ensure_ascii=False))


class _Merge:
    def __init__(self, text: str, rows: list[SheetRow], findings: Findings) -> None:
        self.text, self.rows, self.findings = text, rows, findings
        self.edits: list[tuple[int, int, str]] = []
        self.changes: list[ItemChange] = []
        self.touched: dict[int, str] = {}
        self.new: dict[str, list[_Added]] = {}
        self.made: dict[str, SheetRow] = {}
        root = YAML(typ="safe", pure=True).compose(text)
        assert isinstance(root, MappingNode)
        self.root = root
        self.section = _value(root, "racks")
        nodes = self.section.value if isinstance(self.section, SequenceNode) else []
        self.racks = {str(rack.values["id"]): rack for rack in (_rack(node) for node in nodes if isinstance(node, MappingNode))}

    def run(self) -> Merged:
        for row in self.rows:
            self._rack_of(row)
        for row, item in self._pairs():
            self._bring(row, item)
        for rack in self.racks.values():
            self._edit_rack(rack)
        self._add_racks()
        text = self.text
        for start, end, words in sorted(self.edits, key=lambda edit: (edit[0], edit[1]), reverse=True):
            text = text[:start] + words + text[end:]
        made = {rack: row.where for rack, row in self.made.items()}
        return Merged(text, tuple(self.made), tuple(self.changes), self._origins(), made)

    # racks

    def _rack_of(self, row: SheetRow) -> None:
        """Is there this rack, and where the table says? Otherwise it is made, if the table says where it stands."""
        rack = self.racks.get(row.rack)
        if rack is not None:
            self._compare(row, rack)
        elif row.rack in self.made:
            self._same_place(row, self.made[row.rack])
        elif row.x is None or row.y is None:
            what = N_("there is no rack “{word}”, and the table does not say where it stands")
            do = N_("add columns row, x and y (metres) for a new rack, or correct its name. Racks of the room: {racks}")
            self.findings.add(row.where, what, do, word=row.rack, racks=", ".join(self.racks) or "-")
        else:
            self.made[row.rack] = row
            self.new[row.rack] = []

    def _compare(self, row: SheetRow, rack: _Rack) -> None:
        place = rack.values.get("place")
        said: dict[str, object] = place if isinstance(place, dict) else {}
        own = {**{key: rack.values.get(key) for key in ("row", "facing")}, **{key: said.get(key) for key in ("x", "y")}}
        own["rack_height"] = rack.values.get("u_height")
        self._disagree(row, own)

    def _same_place(self, row: SheetRow, first: SheetRow) -> None:
        self._disagree(row, {key: getattr(first, key) or None for key in ("row", "x", "y", "facing", "rack_height")})

    def _disagree(self, row: SheetRow, own: Mapping[str, object]) -> None:
        for key, value in own.items():
            here = getattr(row, key)
            if here not in (None, "") and value is not None and here != value:
                what = N_("the rack “{rack}” has {key} {value}, the table says {here}")
                do = N_("correct the table, or the rack in the room file: an import moves no rack")
                was, says = (number_text(one) if isinstance(one, float) else one for one in (value, here))
                self.findings.add(row.where, what, do, rack=row.rack, key=key, value=was, here=says)

    # which row speaks of which item

    def _pairs(self) -> list[tuple[SheetRow, _Item | None]]:
        """By the device, then by name and place, then by a name that occurs once only."""
        rows = [row for row in self.rows if row.name and row.u is not None]
        free = [item for rack in self.racks.values() for item in rack.items]
        found: dict[int, _Item] = {}

        def take(number: int, candidates: list[_Item]) -> None:
            if candidates:
                found[number] = candidates[0]
                free.remove(candidates[0])

        for number, row in enumerate(rows):
            if row.device:
                take(number, [item for item in free if item.values.get("device") == row.device])
        for number, row in enumerate(rows):
            if number not in found:
                take(number, [item for item in free if self._stands_so(row, item)])
        left = Counter(row.name for number, row in enumerate(rows) if number not in found)
        for number, row in enumerate(rows):
            if number not in found and left[row.name] == 1:
                same = [item for item in free if row.name in item.names and not self._other_device(row, item)]
                take(number, same if len(same) == 1 else [])
        return [(row, found.get(number)) for number, row in enumerate(rows)]

    def _stands_so(self, row: SheetRow, item: _Item) -> bool:
        face = not row.face or item.face == row.face
        return (
            item.rack == row.rack
            and face
            and item.values.get("u") == row.u
            and row.name in item.names
            and not self._other_device(row, item)
        )

    def _other_device(self, row: SheetRow, item: _Item) -> bool:
        return bool(row.device) and item.values.get("device") not in (None, row.device)

    # items

    def _bring(self, row: SheetRow, item: _Item | None) -> None:
        assert row.u is not None
        wanted = _wanted(row, item)
        if item is None:
            self._append(row, wanted, "")
            self.changes.append(ItemChange("added", row.rack, row.u, row.name))
            return
        changed = {key: value for key, value in wanted.items() if item.values.get(key, "front" if key == "face" else None) != value}
        moved = item.rack != row.rack or bool({"u", "face"} & changed.keys())
        before = f"{item.rack} U{number_text(_number(item.values['u']))}" if moved else ""
        kind = "moved" if moved else "changed" if changed else "unchanged"
        self.changes.append(ItemChange(kind, row.rack, row.u, row.name, before))
        if item.rack != row.rack:
            self.racks[item.rack].gone.append(item)
            self._append(row, {**item.values, **wanted}, self._remark(item.node))
        else:
            self.touched[id(item.node)] = row.where
            self._set(item.node, changed)

    def _append(self, row: SheetRow, values: Mapping[str, object], remark: str) -> None:
        words = "{" + ", ".join(f"{key}: {scalar(value)}" for key, value in values.items()) + "}"
        added = self.racks[row.rack].added if row.rack in self.racks else self.new.get(row.rack)
        if added is not None:
            added.append(_Added(words, remark, row.where))

    def _set(self, node: MappingNode, changed: Mapping[str, object]) -> None:
        more = []
        for key, value in changed.items():
            old = _value(node, key)
            if old is None:
                more.append(f"{key}: {scalar(value)}")
            else:
                self.edits.append((old.start_mark.index, _end(old), scalar(value)))
        if more and node.flow_style:
            end = _end(node) - 1
            self.edits.append((end, end, ", " + ", ".join(more)))
        elif more:
            indent = " " * node.start_mark.column
            self._insert_below(node, "".join(f"{indent}{words}\n" for words in more))

    def _edit_rack(self, rack: _Rack) -> None:
        key, items = _entry(rack.node, "items")
        words = [one.words for one in rack.added]
        lines = [one.words + one.remark for one in rack.added]
        if isinstance(items, SequenceNode) and items.flow_style:
            if rack.gone or words:
                self._rewrite_flow(items, rack, words)
            return
        for item in rack.gone:
            self._remove_lines(item.node)
        if items is None and rack.node.flow_style and words:
            end = _end(rack.node) - 1
            self.edits.append((end, end, ", items: [" + ", ".join(words) + "]"))
        elif items is None and words:
            indent = " " * rack.node.start_mark.column
            self._insert_below(rack.node, f"{indent}items:\n" + "".join(f"{indent}  - {line}\n" for line in lines))
        elif isinstance(items, SequenceNode) and words:
            indent = " " * items.start_mark.column
            self._insert_below(rack.items[-1].node, "".join(f"{indent}- {line}\n" for line in lines))
        elif key is not None and rack.gone and len(rack.gone) == len(rack.items):
            start = self._line_start(key.start_mark.index)
            self.edits.append((start, self._line_end(key.start_mark.index), ""))

    def _rewrite_flow(self, items: SequenceNode, rack: _Rack, words: list[str]) -> None:
        """A list in brackets is written anew; what was to be changed inside its items is done on the way."""
        start, end = items.start_mark.index, _end(items)
        inside = [edit for edit in self.edits if start <= edit[0] and edit[1] <= end]
        self.edits = [edit for edit in self.edits if edit not in inside]
        pieces = []
        for item in rack.items:
            if item in rack.gone:
                continue
            low, piece = item.node.start_mark.index, self.text[item.node.start_mark.index : _end(item.node)]
            for at, to, new in sorted(inside, key=lambda edit: edit[0], reverse=True):
                if low <= at and to <= _end(item.node):
                    piece = piece[: at - low] + new + piece[to - low :]
            pieces.append(piece)
        self.edits.append((start, end, "[" + ", ".join([*pieces, *words]) + "]"))

    def _add_racks(self) -> None:
        made = []
        for rack_id, items in self.new.items():
            row = self.made[rack_id]
            assert row.x is not None and row.y is not None
            values: dict[str, object] = {"id": rack_id, "row": row.row, "place": {"x": row.x, "y": row.y}}
            values |= {"facing": row.facing, "u_height": row.rack_height}
            made.append(({key: value for key, value in values.items() if value not in (None, "")}, [one.words for one in items]))
        if not made:
            return
        section, indent = self.section, "  "
        if isinstance(section, SequenceNode) and not section.flow_style:
            indent = " " * section.start_mark.column
        if self.root.flow_style or (isinstance(section, SequenceNode) and section.flow_style):
            self._add_flow_racks(made)
            return
        lines = "".join(self._block_rack(values, items, indent) for values, items in made)
        if isinstance(section, SequenceNode):
            self._insert_below(section, lines)
        else:
            self.edits.append((len(self.text), len(self.text), "racks:\n" + lines))

    def _add_flow_racks(self, made: list[tuple[dict[str, object], list[str]]]) -> None:
        pieces = []
        for values, items in made:
            inner = ", ".join(f"{key}: {scalar(value)}" for key, value in values.items())
            pieces.append("{" + inner + (", items: [" + ", ".join(items) + "]" if items else "") + "}")
        words, section = ", ".join(pieces), self.section
        if isinstance(section, SequenceNode):
            end = _end(section) - 1
            self.edits.append((end, end, (", " if section.value else "") + words))
        else:
            end = _end(self.root) - 1
            self.edits.append((end, end, f", racks: [{words}]"))

    @staticmethod
    def _block_rack(values: Mapping[str, object], items: list[str], indent: str) -> str:
        lines = [f"{key}: {scalar(value)}" for key, value in values.items()]
        lines += ["items:", *(f"  - {words}" for words in items)] if items else []
        return f"{indent}- {lines[0]}\n" + "".join(f"{indent}  {line}\n" for line in lines[1:])

    # places in the text

    def _insert_below(self, node: Node, words: str) -> None:
        at = self._line_end(_end(node) - 1)
        self.edits.append((at, at, words))

    def _remove_lines(self, node: Node) -> None:
        self.edits.append((self._line_start(node.start_mark.index), self._line_end(_end(node) - 1), ""))

    def _line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def _line_end(self, index: int) -> int:
        """The begin of the next line."""
        return self.text.index("\n", index) + 1

    def _remark(self, node: MappingNode) -> str:
        rest = self.text[_end(node) : self._line_end(_end(node) - 1)].strip()
        return f"  {rest}" if rest.startswith("#") else ""

    def _origins(self) -> dict[str, list[str | None]]:
        found: dict[str, list[str | None]] = {}
        for rack_id, rack in self.racks.items():
            kept = [self.touched.get(id(item.node)) for item in rack.items if item not in rack.gone]
            found[rack_id] = [*kept, *(one.where for one in rack.added)]
        return {**found, **{rack_id: [one.where for one in items] for rack_id, items in self.new.items()}}


def _wanted(row: SheetRow, item: _Item | None) -> dict[str, object]:
    """What the row says of its item; the name stays when it is one of the item's two."""
    said: dict[str, object] = {"name": row.name, "u": row.u, "height": row.height, "face": row.face, "type": row.type, "device": row.device}
    if item is not None and row.name in item.names:
        del said["name"]
    if item is None and row.face == "front":
        del said["face"]
    return {key: value for key, value in said.items() if value not in (None, "")}


def _rack(node: MappingNode) -> _Rack:
    values = _plain(node)
    assert isinstance(values, dict)
    rack_id, items = str(values.get("id")), _value(node, "items")
    nodes = items.value if isinstance(items, SequenceNode) else []
    return _Rack(node, values, [_Item(rack_id, one, _plain(one)) for one in nodes if isinstance(one, MappingNode)])  # type: ignore[arg-type]


def _entry(node: MappingNode, key: str) -> tuple[Node | None, Node | None]:
    return next(((name, child) for name, child in node.value if name.value == key), (None, None))


def _value(node: MappingNode, key: str) -> Node | None:
    return _entry(node, key)[1]


def _plain(node: Node) -> object:
    if isinstance(node, MappingNode):
        return {str(key.value): _plain(child) for key, child in node.value}
    if isinstance(node, SequenceNode):
        return [_plain(child) for child in node.value]
    assert isinstance(node, ScalarNode)
    kind = str(node.tag).rpartition(":")[2]
    if kind == "bool":
        return str(node.value).lower() == "true"
    return _number(node.value) if kind in ("int", "float") else str(node.value)


def _number(value: object) -> float:
    text = str(value).replace("_", "")
    return float(int(text, 0)) if text[:2].lower() in ("0x", "0o", "0b") else float(text)


def _end(node: Node) -> int:
    """Where the value itself ends: a block collection's own mark lies behind the comments that follow."""
    if not isinstance(node, MappingNode | SequenceNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)
