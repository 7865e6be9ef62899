"""The console's wire to the simulator of a demo: what can go wrong, what is wrong now, and orders. Never blocks, never waits for an answer.

Found by `sim/control.json` of the data directory; a real room has none. Decides nothing and paints nothing.
"""

import json
import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QHostAddress, QNetworkProxy, QTcpSocket

from cityops_desktop.sim.access import Door, find_door
from ui.pages.faults.faults import Board, FaultKindInfo

log = logging.getLogger(__name__)

ASK_MS = 1000
SILENCE_MS = 4000
"""A simulator that owes an answer for so long is taken for gone."""
LONGEST_ANSWER = 1_000_000
"""Bytes of a line: whoever never ends his is not our simulator, and his silence ends the talk."""

Answer = dict[str, Any]
OnAnswer = Callable[[Answer], None]


class SimLink(QObject):
    """Asks once a second while it is awake."""

    foundChanged = Signal(bool)
    """Is there a simulator?"""
    kindsChanged = Signal()
    boardChanged = Signal()
    refused = Signal(str, str, object)
    """What the simulator would not do: message ids of what is wrong and what to do, and their parameters."""

    def __init__(self, data: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = data / "sim"
        self.found = False
        self.kinds: tuple[FaultKindInfo, ...] = ()
        self.board = Board()
        self._door: Door | None = None
        self._owed: deque[OnAnswer] = deque()
        self._socket = QTcpSocket(self)
        self._socket.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._socket.setReadBufferSize(LONGEST_ANSWER)
        self._socket.connected.connect(self._connected)
        self._socket.readyRead.connect(self._read)
        self._socket.disconnected.connect(self._lost)
        self._socket.errorOccurred.connect(self._lost)
        self._ask = QTimer(self, interval=ASK_MS)
        self._ask.timeout.connect(self._turn)
        self._silence = QTimer(self, singleShot=True, interval=SILENCE_MS)
        self._silence.timeout.connect(self._socket.abort)

    def wake(self) -> None:
        """Ask from now on."""
        if not self._ask.isActive():
            self._ask.start()
            self._turn()

    def sleep(self) -> None:
        """Ask no more, and let the simulator alone."""
        self._ask.stop()
        self._silence.stop()
        self._socket.abort()

    def start(self, kind: str, subject: str, amount: float | None) -> None:
        """Order a fault."""
        order: Answer = {"fault": "start", "kind": kind, "subject": subject}
        self._order(order if amount is None else order | {"amount": amount})

    def stop(self, kind: str = "", subject: str = "") -> None:
        """Order the end of a fault; without a kind of every one."""
        self._order({"fault": "stop", "kind": kind, "subject": subject} if kind else {"fault": "stop"})

    def play_story(self, on: bool) -> None:
        """Order the story on or off."""
        self._order({"story": on})

    def _order(self, order: Answer) -> None:
        if self.found:
            self._send(order, self._ordered)
            self._send({"fault": "list"}, self._listed)

    def _turn(self) -> None:
        state = self._socket.state()
        if state is QTcpSocket.SocketState.UnconnectedState:
            self._door = find_door(self._folder)
            if self._door is None:
                self._lost()
            else:
                self._socket.connectToHost(QHostAddress(QHostAddress.SpecialAddress.LocalHost), self._door.port)
        elif state is QTcpSocket.SocketState.ConnectedState and not self._owed:
            self._send({"fault": "list"}, self._listed)

    def _connected(self) -> None:
        self._owed.clear()
        self._send({"fault": "kinds"}, self._named)
        self._send({"fault": "list"}, self._listed)

    def _send(self, order: Answer, answered: OnAnswer) -> None:
        assert self._door is not None
        self._owed.append(answered)
        self._socket.write(json.dumps({"token": self._door.token, **order}).encode() + b"\n")
        self._silence.start()

    def _read(self) -> None:
        while self._socket.canReadLine():
            line = bytes(self._socket.readLine().data())
            if not self._owed:
                continue
            answered = self._owed.popleft()
            try:
                answer = json.loads(line)
                answered(answer if isinstance(answer, dict) else {})
            except (ValueError, KeyError, TypeError) as error:
                log.info("the simulator said what nobody understands: %r", error)
                self._socket.abort()
                return
        if not self._owed:
            self._silence.stop()

    def _named(self, answer: Answer) -> None:
        if answer["ok"]:
            self.kinds = tuple(FaultKindInfo.told(one) for one in answer["kinds"])
            self.kindsChanged.emit()

    def _listed(self, answer: Answer) -> None:
        if not answer["ok"]:
            return
        board = Board.told(answer)
        if board != self.board:
            self.board = board
            self.boardChanged.emit()
        self._set_found(True)

    def _ordered(self, answer: Answer) -> None:
        if not answer["ok"]:
            problem = answer.get("problem") or {"what": str(answer["error"]), "do": "", "params": {}}
            self.refused.emit(problem["what"], problem["do"], problem["params"])

    def _lost(self) -> None:
        self._owed.clear()
        self._silence.stop()
        self._set_found(False)

    def _set_found(self, found: bool) -> None:
        if found != self.found:
            self.found = found
            if not found:
                self.board = Board()
                self.boardChanged.emit()
            self.foundChanged.emit(found)
