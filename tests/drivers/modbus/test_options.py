"""What a room file may and may not say about Modbus."""

from typing import Any

import pytest
from pydantic import ValidationError

from cityops_desktop.model.points import Kind
from drivers.line.options import SerialBus, TcpBus
from drivers.modbus.options import RtuDevice, Source, TcpDevice, complaints, misfit
from drivers.registry import DRIVERS


def test_the_drivers_of_modbus() -> None:
    assert {"modbus-rtu", "modbus-rtu-tcp", "modbus-tcp"} <= DRIVERS.keys()
    assert {name: driver.name for name, driver in DRIVERS.items()} == {name: name for name in DRIVERS}
    assert {driver.protocol for name, driver in DRIVERS.items() if name.startswith("modbus")} == {"modbus"}


@pytest.mark.parametrize(
    ("model", "options", "key"),
    [
        (SerialBus, {}, "port"),
        (SerialBus, {"port": ""}, "port"),
        (SerialBus, {"port": "COM3", "baudrate": 0}, "baudrate"),
        (SerialBus, {"port": "COM3", "parity": "X"}, "parity"),
        (SerialBus, {"port": "COM3", "stopbits": 3}, "stopbits"),
        (SerialBus, {"port": "COM3", "timeout": 0}, "timeout"),
        (SerialBus, {"port": "COM3", "speed": 9600}, "speed"),
        (TcpBus, {"host": "h", "port": 70000}, "port"),
        (TcpBus, {"host": "h", "timeout": float("nan")}, "timeout"),
        (RtuDevice, {"address": 0}, "address"),
        (RtuDevice, {"address": 256}, "address"),
        (TcpDevice, {"address": -1}, "address"),
        (TcpDevice, {"address": 1, "max_registers": 126}, "max_registers"),
        (TcpDevice, {"address": 1, "readable": [["relay", 0, 1]]}, "readable"),
        (TcpDevice, {"address": 1, "readable": [["coil", 0]]}, "readable"),
        (Source, {"table": "holding"}, "address"),
        (Source, {"table": "relay", "address": 1}, "table"),
        (Source, {"table": "coil", "address": 65536}, "address"),
        (Source, {"table": "holding", "address": 1, "type": "real"}, "type"),
        (Source, {"table": "holding", "address": 1, "bit": 16}, "bit"),
        (Source, {"table": "holding", "address": 1, "scale": float("inf")}, "scale"),
        (Source, {"table": "holding", "address": 1, "invalid": [-1]}, "invalid"),
    ],
)
def test_wrong_options_name_their_key(model: Any, options: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError) as refused:
        model(**options)
    assert {error["loc"][0] for error in refused.value.errors()} == {key}


def test_right_options() -> None:
    assert SerialBus(port="/dev/ttyUSB0").model_dump() == {
        "port": "/dev/ttyUSB0", "baudrate": 9600, "parity": "N", "stopbits": 1, "timeout": 0.5,
        "listen": 10.0, "listen_only": False, "rs485": None}  # fmt: skip
    assert RtuDevice(address=253).address == 253
    assert TcpDevice(address=0, readable=[["holding", 0, 9]]).readable == (("holding", 0, 9),)


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ({"address": 65535, "type": "uint32"}, "address"),
        ({"address": 65530, "type": "string", "length": 7}, "address"),
        ({"table": "coil", "type": "uint16"}, "type"),
        ({"table": "coil", "bit": 1}, "bit"),
        ({"table": "discrete", "word_order": "CDAB"}, "word_order"),
        ({"table": "coil", "length": 2}, "length"),
        ({"table": "coil", "scale": 2}, "scale"),
        ({"table": "coil", "invalid": [2]}, "invalid"),
        ({"type": "float32", "bit": 1}, "bit"),
        ({"type": "uint32", "bit": 1}, "bit"),
        ({"bit": 1, "scale": 0.1}, "scale"),
        ({"word_order": "CDAB"}, "word_order"),
        ({"type": "int16", "word_order": "ABCD"}, "word_order"),
        ({"type": "string"}, "length"),
        ({"type": "uint32", "length": 2}, "length"),
        ({"type": "string", "length": 4, "word_order": "CDAB"}, "word_order"),
        ({"type": "string", "length": 4, "scale": 2}, "type"),
        ({"type": "string", "length": 21}, "type"),
        ({"invalid": [0x10000]}, "invalid"),
        ({"scale": 0}, "scale"),
    ],
)
def test_what_cannot_be_is_complained_about(source: dict[str, Any], key: str) -> None:
    device = RtuDevice(address=1, max_registers=20)
    (found,) = complaints(
        device, [("good", Source(table="holding", address=1)), ("x", Source(**{"table": "holding", "address": 0} | source))]
    )
    assert (found.point, found.key) == ("x", key) and found.what and found.do


@pytest.mark.parametrize(
    "source",
    [
        {"address": 65534, "type": "uint32", "word_order": "CDAB", "invalid": [0xFFFFFFFF]},
        {"table": "coil", "address": 65535, "invalid": [1]},
        {"type": "string", "length": 10, "word_order": "BADC"},
        {"type": "int16", "bit": 15, "invalid": [0x8000]},
    ],
)
def test_what_can_be_is_not(source: dict[str, Any]) -> None:
    assert complaints(TcpDevice(address=255), [("x", Source(**{"table": "holding", "address": 0} | source))]) == []


def test_a_range_the_wrong_way_round_is_the_device_s_fault() -> None:
    (found,) = complaints(RtuDevice(address=1, readable=[["holding", 9, 3]]), [])
    assert (found.point, found.key) == (None, "readable")


@pytest.mark.parametrize(
    ("kind", "writable", "source", "key"),
    [
        (Kind.DIGITAL, False, {"type": "float32"}, "type"),
        (Kind.DIGITAL, False, {"scale": 0.1}, "scale"),
        (Kind.TEXT, False, {}, "type"),
        (Kind.ANALOG, False, {"type": "string", "length": 2}, "kind"),
        (Kind.ANALOG, True, {"table": "input"}, "write"),
        (Kind.DIGITAL, True, {"table": "discrete"}, "write"),
        (Kind.DIGITAL, True, {"table": "coil"}, None),
        (Kind.TEXT, False, {"type": "string", "length": 2}, None),
        (Kind.COUNTER, False, {"type": "uint64"}, None),
    ],
)
def test_kinds_that_do_not_fit(kind: Kind, writable: bool, source: dict[str, Any], key: str | None) -> None:
    found = misfit(kind, writable, Source(**{"table": "holding", "address": 0} | source))
    assert (found.key if found else None) == key


def test_resolution_resource_and_identity() -> None:
    driver = DRIVERS["modbus-rtu"]
    assert driver.resolution(Source(table="holding", address=0, type="int16", scale=-0.1)) == 0.1
    assert driver.resolution(Source(table="holding", address=0, type="float32", scale=0.1)) is None
    assert driver.resolution(Source(table="coil", address=0)) == 1
    assert driver.identity(RtuDevice(address=7)) == "7"
    assert driver.resource(SerialBus(port="socket://Gate:4001")) == "gate:4001"
    assert DRIVERS["modbus-tcp"].resource(TcpBus(host="Gate", port=4001)) == "gate:4001"
