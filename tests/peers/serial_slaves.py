"""Slaves of the text and meter protocols, written apart from the drivers: own framing, own sums. Nothing that they hold is held twice.

Run as a program they answer on a serial port: `serial_slaves.py ydn23|dlt645|megatec PORT`; prints "ready", ends with its input.
"""

import os
import select
import sys
from collections.abc import Callable

Answer = Callable[[bytes], bytes | None]


def dz(body: str) -> bytes:
    """A YD/T 1363 frame around VER ADR CID1 CID2/RTN and INFO (given without its LENGTH)."""
    head, info = body[:8], body[8:]
    size = len(info)
    check = (16 - ((size >> 8) + (size >> 4 & 15) + (size & 15)) % 16) % 16
    text = f"{head}{check:X}{size:03X}{info}"
    return f"~{text}{(65536 - sum(map(ord, text))) % 65536:04X}\r".encode()


def dz_word(address: int, cid2: int, position: int) -> int:
    """What a unit holds in two bytes at a position of the answer to a command."""
    return (address * 7919 + cid2 * 977 + position * 31 + 5) % 20000


def dz_answer(frame: bytes) -> bytes | None:
    """Every unit answers 42, 43 and 44 with a DATAFLAG and twenty words, 51 with its maker, and refuses the rest."""
    text = frame.decode().strip("~\r")
    assert dz(text[:8] + text[12:-4]) == frame, "the driver sent a frame with a wrong sum"
    address, cid2 = int(text[2:4], 16), int(text[6:8], 16)
    if cid2 in (0x42, 0x43, 0x44):
        return dz(text[:6] + "00" + "00" + "".join(f"{dz_word(address, cid2, 2 * n):04X}" for n in range(20)))
    if cid2 == 0x51:
        return dz(text[:6] + "00" + b"GXE-10K   ".hex() + "0203" + b"Example Power       ".hex())
    return dz(text[:6] + "00") if cid2 in (0x4F, 0x50) else dz(text[:6] + "04")


def dlt(address: str, control: int, data: bytes) -> bytes:
    """A DL/T 645 frame."""
    pairs = [int(address[i : i + 2], 16) for i in range(10, -2, -2)]
    body = [0x68, *pairs, 0x68, control, len(data), *((byte + 51) % 256 for byte in data)]
    return bytes([*body, sum(body) % 256, 0x16])


def dlt_number(address: str, item: int) -> int:
    """What a meter holds under an identifier: four digits."""
    return (int(address) * 7919 + item * 31 + item // 65536 * 7) % 10000


def dlt_answer(frame: bytes) -> bytes | None:
    """Meters answer two bytes to any identifier of 02..., refuse those of 05..., send 06... in three frames, and tell their number."""
    frame = frame.lstrip(b"\xfe")
    body, control = frame[:-2], frame[8]
    assert sum(body) % 256 == frame[-2] and frame[-1] == 0x16 and len(body) == 10 + frame[9], "the driver sent a wrong frame"
    assert control in (0x11, 0x12, 0x13), "the driver sent an order"
    address = "".join(f"{byte:02X}" for byte in reversed(frame[1:7]))
    data = bytes((byte - 51) % 256 for byte in body[10:])
    if control == 0x13:
        return dlt("000000000007", 0x93, bytes.fromhex("070000000000"))
    address = "000000000007" if address == "A" * 12 else address
    item = int.from_bytes(data[:4], "little")
    if item >> 24 == 5:
        return dlt(address, 0xD1, b"\x02")
    if item >> 24 == 6:
        number = data[4] if control == 0x12 else 0
        more = 0x20 if number < 2 else 0
        part = bytes((number * 0x11, 0x20 + number))
        return dlt(address, (0x92 if number else 0x91) | more, data[:4] + part + (bytes((number,)) if number else b""))
    if item == 0x04000402:
        return dlt(address, 0x91, data[:4] + bytes.fromhex(address)[::-1])
    number = dlt_number(address, item)
    return dlt(address, 0x91, data[:4] + bytes((int(f"{number % 100:02d}", 16), int(f"{number // 100:02d}", 16))))


MEGATEC = {
    b"Q1\r": b"(229.8 195.0 226.0 037 49.9 27.5 28.5 10000001\r",
    b"QGS\r": b"(234.9 50.0 229.7 50.1 000.0 012 369.1 ---.- 026.5 ---.- 018.8 100000000001\r",
    b"Q6\r": b"(227.0 225.6 230.0 49.8 229.9 228.1 231.4 49.7 007 008 009 327.8 000.0 23.0 06932 100 32 00000000 00000000 11\r",
    b"F\r": b"#220.0 013 024.0 50.0\r",
    b"I\r": b"#EXAMPLE         EX-3000    V1.07     \r",
}


def megatec_answer(line: bytes) -> bytes | None:
    """The UPS answers what it knows and refuses the rest."""
    return MEGATEC.get(line, b"(NAK\r")


ANSWERS: dict[str, tuple[Answer, bytes]] = {
    "ydn23": (dz_answer, b"\r"),
    "dlt645": (dlt_answer, b"\x16"),
    "megatec": (megatec_answer, b"\r"),
}


def main() -> None:
    """Answer until standard input ends."""
    answer, end = ANSWERS[sys.argv[1]]
    port = os.open(sys.argv[2], os.O_RDWR | os.O_NOCTTY)
    print("ready", flush=True)  # noqa: T201
    buffer = b""
    while True:
        ready, _, _ = select.select([port, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        buffer += os.read(port, 4096)
        while _whole(buffer, end):
            frame, buffer = _first(buffer, end)
            if (reply := answer(frame)) is not None:
                os.write(port, reply)


def _whole(buffer: bytes, end: bytes) -> bool:
    if end != b"\x16":
        return end in buffer
    body = buffer.lstrip(b"\xfe")
    return len(body) >= 12 and len(body) >= 12 + body[9]


def _first(buffer: bytes, end: bytes) -> tuple[bytes, bytes]:
    if end != b"\x16":
        head, _, rest = buffer.partition(end)
        return head + end, rest
    body = buffer.lstrip(b"\xfe")
    return body[: 12 + body[9]], body[12 + body[9] :]


if __name__ == "__main__":
    main()
