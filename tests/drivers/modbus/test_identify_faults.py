"""Asking for the identity on a faulty RTU line: nobody is ever taken for another, and no value is lost or wrong for it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.model.drivers import Counters, Identity
from drivers.modbus.acquaintance import Acquaintance
from drivers.modbus.options import RtuDevice, Table
from drivers.modbus.pdu import Data, Question
from drivers.modbus.rtu_master import RtuMaster
from drivers.modbus.session import ModbusSession
from tests.conftest import FakeClock
from tests.drivers.modbus.pipe import Events, Pipe
from tests.drivers.modbus.slave import register, rtu_answer, sealed

TIMEOUT = 0.3
UNITS = (1, 2)


def facts_of(unit: int) -> dict[str, str]:
    return {"maker": f"Maker {unit}", "product": "P", "version": "1", "model": f"M{unit}"}


def id_answer(request: bytes) -> bytes:
    """Basic objects in two pages, the model with the regular ones."""
    unit, code, first = request[0], request[3], request[4]
    told = facts_of(unit)
    objects = {0: told["maker"], 1: told["product"], 2: told["version"]} | ({5: told["model"]} if code > 1 else {})
    page = [id for id in objects if id >= first][:2]
    rest = [id for id in objects if id > page[-1]]
    head = bytes((unit, 0x2B, 0x0E, code, 0x82, 0xFF if rest else 0, rest[0] if rest else 0, len(page)))
    return sealed(head + b"".join(bytes((id, len(objects[id]))) + objects[id].encode() for id in page))


class Line:
    def __init__(self, faults: list[str]) -> None:
        self.clock, self.counters = FakeClock(), Counters()
        self.faults = faults
        self.pipe = Pipe(self.clock, self._answer)
        self.master = RtuMaster(lambda: self.pipe, self.clock, self.counters, Acquaintance(), 9600)
        devices = {f"d{unit}": RtuDevice(address=unit, identify="device_id") for unit in UNITS}
        self.session = ModbusSession(self.master, self.counters, self.clock, TIMEOUT, devices)

    def _answer(self, request: bytes) -> Events:
        right = id_answer(request) if request[1] == 0x2B else rtu_answer(request)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "late":
            return [(TIMEOUT * 1.7, right)]
        if fault == "crc":
            return [(0.02, right[:-1] + bytes((right[-1] ^ 1,)))]
        if fault == "cut":
            return [(0.02, right[: len(right) // 2])]
        if fault == "silent":
            return []
        if fault == "twice":
            return [(0.02, right), (0.05, right)]
        if fault == "noise":
            return [(0.01, b"\x2b\x0e\x01"), (0.02, right)]
        if fault == "foreign":
            return [(0.02, sealed(bytes((9,)) + right[1:-2])), (0.04, right)]
        if fault == "exception":
            return [(0.02, sealed(bytes((request[0], request[1] | 0x80, 1))))]
        return [(0.02, right)]

    def read(self, unit: int) -> None:
        question = Question(unit, Table.HOLDING, 10, 2)
        if self.master.mistakable(question):
            return
        answer = self.master.ask(question, TIMEOUT, 0.0)
        if isinstance(answer, Data):
            assert answer.data == b"".join(register(unit, address).to_bytes(2) for address in (10, 11))

    def identify(self, unit: int) -> Identity | None:
        self.clock.advance(0.02)
        found = self.session.identify(f"d{unit}")
        if found is not None:
            told = facts_of(unit)
            assert found.facts in (told, {name: told[name] for name in ("maker", "product", "version")}), "another device's words"
        return found


def test_all_pages_of_all_categories() -> None:
    assert Line([]).identify(2) == Identity(facts_of(2))


@given(st.lists(st.sampled_from(["", "", "late", "crc", "cut", "silent", "twice", "noise", "foreign", "exception"]), max_size=24))
@settings(max_examples=150, deadline=None)
def test_no_fault_makes_one_device_another_and_none_outlasts_its_time(faults: list[str]) -> None:
    line = Line(list(faults))
    for step in range(8):
        line.identify(UNITS[step % 2])
        line.read(UNITS[step % 2])
    line.faults.clear()
    line.clock.advance(20.0)
    for unit in UNITS:
        line.read(unit)
        assert line.identify(unit) == Identity(facts_of(unit))
