"""What stands in an SNMP message: the same as pysnmp says, and nothing of what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import encoder
from pysnmp.proto import rfc1902
from pysnmp.proto.api import v2c

from cityops_desktop.model.points import Names
from cityops_desktop.model.rooms import Bus
from cityops_desktop.model.traffic import FrameRole, Piece
from drivers.registry import DRIVERS
from drivers.snmp.message import figure, oid, parse, told
from drivers.snmp.options import SnmpBus

ARCS = st.lists(st.integers(0, 2**32 - 1), max_size=12)
OIDS = st.builds(lambda first, second, rest: (first, second, *rest), st.integers(0, 2), st.integers(0, 39), ARCS)


@given(OIDS)
def test_object_identifiers_are_read_as_they_are_coded(name: tuple[int, ...]) -> None:
    coded = bytes(encoder.encode(rfc1902.ObjectIdentifier(name)))
    assert figure(coded) == ".".join(map(str, name)) == oid(coded[2:])


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        (rfc1902.Integer32, -(2**31), 2**31 - 1),
        (rfc1902.Counter32, 0, 2**32 - 1),
        (rfc1902.Gauge32, 0, 2**32 - 1),
        (rfc1902.TimeTicks, 0, 2**32 - 1),
        (rfc1902.Counter64, 0, 2**64 - 1),
    ],
)
def test_numbers_are_read_as_they_are_coded(kind: type, low: int, high: int) -> None:
    @given(st.integers(low, high))
    def check(number: int) -> None:
        assert figure(bytes(encoder.encode(kind(number)))) == number

    check()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (rfc1902.IpAddress("10.0.0.7"), "10.0.0.7"),
        (rfc1902.OctetString(b"UPS 3\0"), "UPS 3"),
        (rfc1902.OctetString("机房".encode()), "机房"),
        (rfc1902.OctetString("机房".encode("gb18030")), "机房"),
        (rfc1902.OctetString(b"\xff\xff\xff"), None),
        (rfc1902.Opaque(b"\x9f\x78\x04\x00\x00\x00\x00"), None),
        (rfc1902.Null(""), None),
    ],
)
def test_texts_are_read_as_they_are_meant(value: object, text: str | None) -> None:
    assert figure(bytes(encoder.encode(value))) == text


@given(st.lists(OIDS, min_size=1, max_size=30), st.integers(1, 2**31 - 1), st.integers(0, 18))
def test_messages_are_read_as_they_are_coded(names: list[tuple[int, ...]], number: int, status: int) -> None:
    pdu = v2c.GetResponsePDU()
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_request_id(pdu, number)
    v2c.apiPDU.set_error_status(pdu, status)
    v2c.apiPDU.set_varbinds(pdu, [(name, v2c.Integer32(1)) for name in names])
    whole = v2c.Message()
    v2c.apiMessage.set_defaults(whole)
    v2c.apiMessage.set_community(whole, "c")
    v2c.apiMessage.set_pdu(whole, pdu)
    data = bytes(encoder.encode(whole))
    told = parse(data)
    assert told is not None
    assert (told.version, told.kind, told.request, told.status) == (1, "response", number, status)
    assert told.objects == tuple(".".join(map(str, name)) for name in names)
    for cut in (1, len(data) // 2, len(data) - 1):
        assert parse(data[:cut]) is None


@given(st.binary(max_size=300))
def test_no_bytes_crash_it(data: bytes) -> None:
    driver = DRIVERS["snmp"]
    bus = Bus("b", "snmp", Names("名", "name"), SnmpBus(host="h", community="c"))  # type: ignore[arg-type]
    (frame,) = driver.frames(bus, [], [Piece(1, 0, 0.0, False, data)])
    assert frame.data == data and (frame.role is FrameRole.NOISE) == (parse(data) is None)
    assert figure(data) is None or data


@given(st.lists(st.tuples(OIDS, st.integers(0, 2**31 - 1)), min_size=1, max_size=8))
def test_a_trap_is_told_in_one_line(objects: list[tuple[tuple[int, ...], int]]) -> None:
    pdu = v2c.TrapPDU()
    v2c.apiTrapPDU.set_defaults(pdu)
    v2c.apiPDU.set_varbinds(pdu, [(name, v2c.Integer32(number)) for name, number in objects])
    whole = v2c.Message()
    v2c.apiMessage.set_defaults(whole)
    v2c.apiMessage.set_community(whole, "c")
    v2c.apiMessage.set_pdu(whole, pdu)
    words = [f"{'.'.join(map(str, name))}={number}" for name, number in objects]
    assert told(bytes(encoder.encode(whole))) == " ".join(["trap", *words])


@given(st.binary(max_size=120))
def test_what_is_no_trap_is_not_told(data: bytes) -> None:
    words = told(data)
    assert words is None or words.startswith(("trap", "inform"))
