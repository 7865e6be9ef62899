"""The one thread that writes every file: group commit, and the way through a full or sick disk. Knows no table."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Connection

from cityops_desktop.store.lane import Job, Lane, Trouble
from cityops_desktop.store.trouble import StoreBusy, StoreCode, StoreError

logger = logging.getLogger(__name__)

QUEUE_LIMIT = 10_000
BATCH_LIMIT = 1_000
PROBE_SECONDS = 1.0
OnTrouble = Callable[[bool, str], None]


class Writer:
    """Takes jobs from any thread, on open lanes. `detail` says what is wrong ("" = nothing).

    While a lane is in trouble its ordinary jobs fail at once, its kept jobs wait in their order.
    """

    def __init__(self, lanes: tuple[Lane, ...], on_trouble: OnTrouble) -> None:
        self._lanes = lanes
        self._on_trouble = on_trouble
        self._condition = threading.Condition()
        self._closing = False
        self._dropped: dict[Lane, Future[None]] = {}
        self.detail = ""
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, lane: Lane, run: Callable[[Connection], Any], *, urgent: bool = False, kept: bool = False) -> "Future[Any]":
        """Put a job in a lane's queue; its future resolves after the commit."""
        job = Job(run, kept)
        if kept:
            job.start()
        with self._condition:
            refusal = self._refusal(lane, kept)
            if refusal is None:
                (lane.urgent if urgent or kept else lane.jobs).append(job)
                self._condition.notify()
        if refusal is not None and job.start():
            job.future.set_exception(refusal)
        return job.future

    def add(self, lane: Lane) -> None:
        """Take on one more file, opened here. StoreError when that cannot be."""
        lane.open()
        with self._condition:
            if self._closing:
                lane.shut()
                raise StoreError(StoreCode.CLOSED)
            self._lanes = (*self._lanes, lane)

    def drop(self, lane: Lane) -> None:
        """Let go of a file; what still waits for it is done before, or fails. Returns when it is closed."""
        done: Future[None] = Future()
        with self._condition:
            if lane not in self._lanes:
                return
            self._dropped[lane] = done
            self._condition.notify()
        done.result()

    def close(self) -> None:
        """Do what waits, one last time, and end the thread. What cannot be written fails with StoreError(closed)."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        self._thread.join()

    def _refusal(self, lane: Lane, kept: bool) -> StoreError | None:
        if self._closing:
            return StoreError(StoreCode.CLOSED)
        if lane.waiting >= QUEUE_LIMIT:
            return StoreBusy(f"{lane.waiting} jobs wait for {lane.path.name}")
        if lane.trouble is not None and not kept:
            return StoreError(lane.trouble.code, lane.trouble.detail)
        return None

    def _run(self) -> None:
        try:
            while self._serve():
                pass
        finally:
            self._end()

    def _serve(self) -> bool:
        with self._condition:
            while not (self._closing or self._due()):
                self._condition.wait(self._pause())
            closing = self._closing
        for lane in self._lanes:
            if lane.trouble is not None and (closing or time.monotonic() >= lane.next_probe):
                self._try_again(lane)
            if lane.trouble is None:
                self._commit(lane)
        self._let_go()
        return not closing or any(lane.waiting and lane.trouble is None for lane in self._lanes)

    def _due(self) -> bool:
        now = time.monotonic()
        return bool(self._dropped) or any(lane.waiting if lane.trouble is None else now >= lane.next_probe for lane in self._lanes)

    def _pause(self) -> float | None:
        probes = [lane.next_probe for lane in self._lanes if lane.trouble is not None]
        return max(0.0, min(probes) - time.monotonic()) if probes else None

    def _try_again(self, lane: Lane) -> None:
        lane.next_probe = time.monotonic() + PROBE_SECONDS
        if lane.probe():
            self._commit(lane)

    def _commit(self, lane: Lane) -> None:
        with self._condition:
            batch = lane.take(BATCH_LIMIT)
        try:
            outcomes = lane.commit(batch) if batch else []
        except Trouble as trouble:
            with self._condition:
                lane.trouble = trouble
                lane.next_probe = time.monotonic() + PROBE_SECONDS
                lost = lane.take_kept(batch)
            self._tell()
            for job in lost:
                job.future.set_exception(StoreError(trouble.code, trouble.detail))
            return
        with self._condition:
            lane.trouble = None
        self._tell()
        for job, result, error in outcomes:
            if error is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(error)

    def _let_go(self) -> None:
        with self._condition:
            leaving = [lane for lane in self._dropped if lane.trouble is not None or not lane.waiting]
            self._lanes = tuple(lane for lane in self._lanes if lane not in leaving)
            left = [job for lane in leaving for job in (*lane.urgent, *lane.jobs) if job.start()]
        for job in left:
            job.future.set_exception(StoreError(StoreCode.CLOSED))
        for lane in leaving:
            lane.shut()
            self._dropped.pop(lane).set_result(None)
        if leaving:
            self._tell()

    def _tell(self) -> None:
        sick = [(lane.path.name, lane.trouble) for lane in self._lanes if lane.trouble is not None]
        detail = "; ".join(f"{trouble.code} {name}" for name, trouble in sick)
        if detail == self.detail:
            return
        self.detail = detail
        if detail:
            logger.warning("recording paused: %s", "; ".join(f"{name}: {trouble}" for name, trouble in sick))
        else:
            logger.info("recording resumed")
        try:
            self._on_trouble(not detail, detail)
        except Exception:
            logger.exception("whoever was told of the store's trouble failed")

    def _end(self) -> None:
        with self._condition:
            died, self._closing = not self._closing, True
            left = [job for lane in self._lanes for job in (*lane.urgent, *lane.jobs) if job.start()]
            for lane in self._lanes:
                lane.urgent.clear()
                lane.jobs.clear()
            dropped, self._dropped = list(self._dropped.values()), {}
        for job in left:
            job.future.set_exception(StoreError(StoreCode.CLOSED))
        for lane in self._lanes:
            lane.shut()
        for gone in dropped:
            gone.set_result(None)
        if died:
            self.detail = str(StoreCode.CLOSED)
            self._on_trouble(False, self.detail)
