"""All buses of a room: starts them, stops them, and replaces one whose driver is stuck. Never touches a wire itself."""

import logging
from collections.abc import Mapping

from cityops_desktop.acquire.bus import BusThread
from cityops_desktop.acquire.orders import Order
from cityops_desktop.acquire.report import BusReport, Publish, WireState, longest_timeout
from cityops_desktop.acquire.trace import Trace
from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Driver, Learned, Written
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.rooms import Bus, Device, Room

log = logging.getLogger(__name__)

STUCK_AFTER = 10.0
"""Seconds inside the driver after which a thread is given up, or three of its longest time-outs if that is more."""
MOST_ABANDONED = 3
"""Stuck threads that a bus may leave behind; with so many still there, no further one is started until one of them ends."""


class Acquisition:
    """`publish` gets every BusReport, on the thread of its bus or, from `check`, on the caller's; it must not block.

    `drivers` maps the names that a room file uses to drivers. KeyError for a bus whose driver is missing.
    """

    def __init__(
        self,
        room: Room,
        drivers: Mapping[str, Driver],
        clock: Clock,
        publish: Publish,
        learned: Mapping[str, Learned] | None = None,
    ) -> None:
        """`learned`: by device, what earlier runs were taught of it."""
        self._learned = learned or {}
        self._drivers = drivers
        self._clock = clock
        self._publish = publish
        self._devices: dict[str, tuple[Device, ...]] = {
            bus.id: tuple(device for device in room.devices if device.bus == bus.id) for bus in room.buses
        }
        self._bus_of = {point.key: device.bus for device in room.devices for point in device.points}
        self._patience = {bus.id: max(STUCK_AFTER, 3 * longest_timeout(bus, self._devices[bus.id])) for bus in room.buses}
        # a bus without devices is not even opened: nothing would be read, and a missing port would be nobody's trouble
        self._threads = {bus.id: self._make(bus) for bus in room.buses if self._devices[bus.id]}
        self._abandoned: list[BusThread] = []
        self._left_stuck: set[str] = set()
        self._running = False

    def start(self) -> None:
        """Start a thread for each bus."""
        self._running = True
        for thread in self._threads.values():
            thread.start()

    def stop(self, timeout: float = 5.0) -> list[str]:
        """Stop all; waits at most `timeout` seconds for all together. The buses that did not end: their daemon threads die with us."""
        self._running = False
        for thread in self._threads.values():
            thread.stop()
        end = self._clock.monotonic() + timeout
        return [bus for bus, thread in self._threads.items() if not thread.join(max(0.0, end - self._clock.monotonic()))]

    def order(self, order: Order) -> None:
        """Give an order to the bus of its point; what became of it is told to the order's `done`. Any thread. KeyError: no such point."""
        thread = self._threads[self._bus_of[order.point]]
        if self._running:
            thread.order(order)
        else:
            order.done(Written(Outcome.FAILED, "stopped"))

    def hasten(self, device: str) -> None:
        """Have this device asked next, whatever its turn. Any thread; no such device = nothing."""
        for bus, devices in self._devices.items():
            if any(one.id == device for one in devices) and bus in self._threads:
                self._threads[bus].hasten(device)

    def trace(self, bus: str) -> Trace:
        """What went over the wire of this bus. KeyError: no such bus, or one without devices."""
        return self._threads[bus].trace

    def learned(self, bus: str) -> Mapping[str, Learned]:
        """By device, what the wire has taught so far. KeyError: no such bus, or one without devices."""
        return self._threads[bus].learned

    def check(self, now: float) -> list[str]:
        """The watchdog, to be called each second with the monotonic time: replaces what is stuck; the ids of those buses."""
        if not self._running:
            return []
        self._abandoned = [thread for thread in self._abandoned if thread.alive]
        replaced = []
        for bus, thread in self._threads.items():
            since = thread.busy_since
            busy = 0.0 if since is None else now - since
            if busy <= self._patience[bus] and thread.alive:
                self._left_stuck.discard(bus)
            elif sum(other.bus.id == bus for other in self._abandoned) < MOST_ABANDONED:
                self._left_stuck.discard(bus)
                self._replace(thread, busy)
                replaced.append(bus)
            elif bus not in self._left_stuck:
                self._left_stuck.add(bus)
                log.error(
                    "bus %s: driver %s is stuck again; %d threads hang in it, no more are started", bus, thread.bus.driver, MOST_ABANDONED
                )
                self._tell_down(thread, Reason.DRIVER_STUCK, f"{busy:.0f} s")
        return replaced

    def _replace(self, thread: BusThread, busy: float) -> None:
        bus = thread.bus
        thread.abandon()
        if thread.alive:
            self._abandoned.append(thread)
            log.error("bus %s: driver %s has been stuck for %.0f s, thread replaced", bus.id, bus.driver, busy)
            self._tell_down(thread, Reason.DRIVER_STUCK, f"{busy:.0f} s")
        else:
            log.error("bus %s: its thread ended by itself, replaced", bus.id)
            self._tell_down(thread, Reason.DRIVER_CRASHED, "")
        self._threads[bus.id] = successor = self._make(bus, thread)
        successor.start()

    def _tell_down(self, thread: BusThread, reason: Reason, detail: str) -> None:
        readings = thread.bad_readings(reason, detail)
        self._publish(BusReport(thread.bus.id, WireState.DOWN, readings, reason, detail, thread.counters, thread.silent))

    def _make(self, bus: Bus, predecessor: BusThread | None = None) -> BusThread:
        devices = self._devices[bus.id]
        return BusThread(bus, devices, self._drivers[bus.driver], self._clock, self._publish, self._learned, predecessor)
