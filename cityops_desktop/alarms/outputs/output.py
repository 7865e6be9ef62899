"""What every way out can do, and the thread of its own in which it does it. Decides nothing about alarms."""

import logging
import queue
import ssl
import threading
from collections.abc import Callable
from typing import Protocol

from cityops_desktop.model.notify import Delivery, Message, failed

log = logging.getLogger(__name__)

MOST_WAITING = 200
"""Messages that may wait for a way; more are refused, and tried again by whoever gave them."""
Secret = Callable[[], str]
"""The way's secret as it is kept now, empty where there is none. OSError, ValueError."""
Done = Callable[[Delivery], None]
"""Told from the way's thread what became of a message."""


class Output(Protocol):
    """One way out. Used by one thread only; every method has a time limit of its own."""

    patience: float
    """Seconds without a message after which `idle` is called."""

    def send(self, message: Message) -> Delivery:
        """Send it once. What goes wrong is in the answer."""
        ...

    def probe(self) -> Delivery:
        """Would it work? Reaches the other end and tells nobody anything."""
        ...

    def idle(self) -> None:
        """There is no message: whatever the way does by itself."""
        ...

    def close(self) -> None:
        """Give back what is open; never raises."""
        ...


class Quiet:
    """What a way does that has nothing to do between messages."""

    patience = 3600.0

    def idle(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing is open."""


class Worker:
    """The thread of one way. It never raises out of a message: what our own code did wrong is a failure of that message."""

    def __init__(self, name: str, output: Output) -> None:
        self._output = output
        self._jobs: queue.Queue[tuple[Callable[[], Delivery], Done] | None] = queue.Queue(MOST_WAITING)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"notify {name}", daemon=True)
        self._thread.start()

    def send(self, message: Message, done: Done) -> bool:
        """Take a message; False when too many wait."""
        return self._take(lambda: self._output.send(message), done)

    def probe(self, done: Done) -> bool:
        """Look whether it would work; False when too many wait."""
        return self._take(self._output.probe, done)

    def stop(self, seconds: float) -> None:
        """No more is sent; wait at most so long for what is being sent."""
        self._stopping.set()
        try:
            self._jobs.put_nowait(None)
        except queue.Full:
            log.debug("%s: messages were given up", self._thread.name)
        self._thread.join(seconds)

    def _take(self, job: Callable[[], Delivery], done: Done) -> bool:
        try:
            self._jobs.put_nowait((job, done))
        except queue.Full:
            return False
        return True

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                taken = self._jobs.get(timeout=self._output.patience)
            except queue.Empty:
                self._safely(self._idle)
                continue
            if taken is None or self._stopping.is_set():
                break
            taken[1](self._safely(taken[0]))
            self._jobs.task_done()
        self._output.close()

    def _idle(self) -> Delivery:
        self._output.idle()
        return failed("")

    def _safely(self, job: Callable[[], Delivery]) -> Delivery:
        try:
            return job()
        except Exception as error:
            log.error("%s: %s", self._thread.name, type(error).__name__, exc_info=error)
            return failed(f"own_fault {type(error).__name__}")


def trusted(ca: str) -> ssl.SSLContext:
    """What certificates are trusted: those of the machine, or those in this file. OSError, ssl.SSLError."""
    return ssl.create_default_context(cafile=ca or None)


def why_not(error: OSError) -> str:
    """A failure of the network in a code and what the system said; never an address that holds a key."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"tls {error.reason or ''}".strip()
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    return f"network {error.strerror or type(error).__name__}"
