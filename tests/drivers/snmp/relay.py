"""A relay of datagrams between our agent and a real one that spoils what goes through it, and the question and answers that it needs."""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto.api import v2c

Spoil = Callable[[bytes, bytes], list[bytes]]
"""From a question and its true answer to the datagrams that are sent back."""


class Relay(threading.Thread):
    """Passes questions on; `spoil` makes of each answer what comes back. `asked` counts the questions."""

    def __init__(self, agent: int) -> None:
        super().__init__(name="relay")
        self.spoil: Spoil = lambda question, answer: [answer]
        self.asked: list[bytes] = []
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", 0))
        self._back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._back.connect(("127.0.0.1", agent))
        self._end = threading.Event()
        self.port = int(self._front.getsockname()[1])

    def run(self) -> None:
        while not self._end.is_set():
            if not select.select((self._front,), (), (), 0.05)[0]:
                continue
            question, whom = self._front.recvfrom(65535)
            self.asked.append(question)
            self._back.send(question)
            if select.select((self._back,), (), (), 5)[0]:
                for data in self.spoil(question, self._back.recv(65535)):
                    self._front.sendto(data, whom)

    def stop(self) -> None:
        self._end.set()
        self.join()
        self._front.close()
        self._back.close()


@contextmanager
def relay(agent: int) -> Iterator[Relay]:
    """Run a relay before this port until the end of the block."""
    between = Relay(agent)
    between.start()
    try:
        yield between
    finally:
        between.stop()


def changed(data: bytes, change: Callable[[Any], None]) -> bytes:
    """An SNMP 2c message with its PDU changed."""
    message, _ = decoder.decode(data, asn1Spec=v2c.Message())
    change(v2c.apiMessage.get_pdu(message))
    return bytes(encoder.encode(message))


def request_of(data: bytes) -> int:
    """The number of a message's question."""
    message, _ = decoder.decode(data, asn1Spec=v2c.Message())
    return int(v2c.apiPDU.get_request_id(v2c.apiMessage.get_pdu(message)))


def objects_of(data: bytes) -> list[str]:
    """The names in a message."""
    message, _ = decoder.decode(data, asn1Spec=v2c.Message())
    return [str(name) for name, _ in v2c.apiPDU.get_varbinds(v2c.apiMessage.get_pdu(message))]
