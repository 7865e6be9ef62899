"""A Modbus unit in a few lines for the fault matrix, written apart from the driver: own CRC, own parsing."""

import struct


def crc16(data: bytes) -> bytes:
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return struct.pack("<H", crc)


def sealed(body: bytes) -> bytes:
    return body + crc16(body)


def register(unit: int, address: int) -> int:
    """What the unit holds there: no two addresses hold the same."""
    return (unit * 7919 + address * 31 + 5) & 0xFFFF


def bit(unit: int, address: int) -> int:
    return (unit + address * address // 3) & 1


def answer_pdu(unit: int, pdu: bytes) -> bytes:
    function, address, count = struct.unpack(">BHH", pdu)
    if function in (1, 2):
        data = bytearray((count + 7) // 8)
        for i in range(count):
            data[i // 8] |= bit(unit, address + i) << i % 8
        return bytes((function, len(data))) + bytes(data)
    return bytes((function, 2 * count)) + b"".join(struct.pack(">H", register(unit, address + i)) for i in range(count))


def rtu_answer(request: bytes) -> bytes:
    assert crc16(request[:-2]) == request[-2:]
    return sealed(request[:1] + answer_pdu(request[0], request[1:-2]))


def tcp_answer(request: bytes) -> bytes:
    pdu = answer_pdu(request[6], request[7:])
    return request[:4] + struct.pack(">H", len(pdu) + 1) + request[6:7] + pdu
