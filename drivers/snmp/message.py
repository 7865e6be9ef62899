"""What stands in an SNMP message, as far as it can be read without keys (BER, RFC 3416). Pure; never raises on any bytes."""

from dataclasses import dataclass

KINDS = {
    0xA0: "GET",
    0xA1: "GETNEXT",
    0xA2: "response",
    0xA3: "SET",
    0xA4: "trap",
    0xA5: "GETBULK",
    0xA6: "inform",
    0xA7: "trap",
    0xA8: "report",
}
_TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"
_SEQUENCE = 0x30
_INTEGER = 0x02
_STRING = 0x04
_OID = 0x06
_ADDRESS = 0x40
_UNSIGNED = (0x41, 0x42, 0x43, 0x46)
"""Counter32, Gauge32, TimeTicks, Counter64: encoded with a sign bit of 0."""
_V1_TRAP = 0xA4
_V3 = 3


@dataclass(frozen=True, slots=True)
class Message:
    """`kind` "" = it is encrypted, or of SNMP 3. `objects` are the names in it; `trap` is what a trap says that it is."""

    version: int
    kind: str = ""
    request: int = 0
    status: int = 0
    objects: tuple[str, ...] = ()
    trap: str = ""


def parse(data: bytes) -> Message | None:
    """The message that these bytes are; None when they are none."""
    try:
        return _message(data)
    except (ValueError, IndexError):
        return None


def told(data: bytes) -> str | None:
    """A trap or inform of version 1 or 2c in one line: what it is, then name=value of each object; None when it is no such."""
    try:
        tag, content, rest = _item(data)
        version, content = _number(content)
        if tag != _SEQUENCE or rest or version not in (0, 1):
            return None
        _, _, content = _item(content)
        kind, pdu, _ = _item(content)
        if kind == _V1_TRAP:
            _, name, pdu = _item(pdu)
            _, _, pdu = _item(pdu)
            generic, pdu = _number(pdu)
            specific, pdu = _number(pdu)
            _, _, pdu = _item(pdu)
            heading = f"trap {oid(name)} generic {generic} specific {specific}"
        elif KINDS.get(kind) in ("trap", "inform"):
            for _ in range(3):
                _, pdu = _number(pdu)
            heading = KINDS[kind]
        else:
            return None
        return " ".join((heading, *_values(_item(pdu)[1])))
    except (ValueError, IndexError):
        return None


def _values(content: bytes) -> list[str]:
    found = []
    while content:
        _, pair, content = _item(content)
        _, name, raw = _item(pair)
        value = figure(raw)
        found.append(f"{oid(name)}={raw.hex() if value is None else value}")
    return found


def figure(raw: bytes) -> int | str | None:
    """The number or text that an encoded value is: Integer, Counter, Gauge, TimeTicks; OctetString (UTF-8, else GB 18030), an address,
    an object identifier. None for anything else."""
    try:
        tag, content, _ = _item(raw)
        if tag in (_INTEGER, *_UNSIGNED):
            return int.from_bytes(content, signed=True)
        if tag == _ADDRESS:
            return ".".join(map(str, content))
        if tag == _OID:
            return oid(content)
        return _text(content) if tag == _STRING else None
    except (ValueError, IndexError):
        return None


def oid(data: bytes) -> str:
    """The object identifier in the content bytes of one. ValueError."""
    arcs: list[int] = []
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
        if value >= 1 << 39:
            raise ValueError("an arc too long")
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    if not arcs or data[-1] & 0x80:
        raise ValueError("no object identifier")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _text(data: bytes) -> str | None:
    data = data.rstrip(b"\0")
    for coding in ("utf-8", "gb18030"):
        try:
            return data.decode(coding).strip()
        except UnicodeDecodeError:
            continue
    return None


def _message(data: bytes) -> Message | None:
    tag, content, rest = _item(data)
    if tag != _SEQUENCE or rest:
        return None
    version, content = _number(content)
    if version == _V3:
        header, _, _ = _item(content)
        return Message(version) if header == _SEQUENCE else None
    if version not in (0, 1):
        return None
    _, _, content = _item(content)
    tag, pdu, _ = _item(content)
    if tag not in KINDS:
        return None
    if tag == _V1_TRAP:
        name = _item(pdu)
        return Message(version, KINDS[tag], trap=oid(name[1]) if name[0] == _OID else "")
    request, pdu = _number(pdu)
    status, pdu = _number(pdu)
    _, pdu = _number(pdu)
    names, trap = _objects(_item(pdu)[1])
    return Message(version, KINDS[tag], request, status, names, trap)


def _objects(content: bytes) -> tuple[tuple[str, ...], str]:
    names: list[str] = []
    trap = ""
    while content:
        _, pair, content = _item(content)
        _, name, pair = _item(pair)
        names.append(oid(name))
        tag, value, _ = _item(pair)
        if names[-1] == _TRAP_OID and tag == _OID:
            trap = oid(value)
    return tuple(names), trap


def _number(data: bytes) -> tuple[int, bytes]:
    _, content, rest = _item(data)
    return int.from_bytes(content, signed=True), rest


def _item(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag, content, and what follows. ValueError when the length is wrong."""
    tag, length, at = data[0], data[1], 2
    if length & 0x80:
        size = length & 0x7F
        length, at = int.from_bytes(data[2 : 2 + size]), 2 + size
        if not 1 <= size <= 4 or len(data) < at:
            raise ValueError("a length too long")
    if at + length > len(data):
        raise ValueError("cut off")
    return tag, data[at : at + length], data[at + length :]
