"""Asks a USB key (FIDO2) through a child process, so that the window never waits for it. Knows no dialog; keeps no secret."""

import json
import sys
from typing import Any, Literal

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from cityops_desktop.texts import N_, tr

COMMAND = (sys.executable, "-m", "cityops_desktop", "usb-key")
SECONDS = 100
"""A key waits a minute for the touch; a child that says nothing for so long never will."""
MOST_TOLD = 100_000

WORDS = {
    "no_key": N_("No USB key found: plug it in, then ask it again. If it is plugged in, this user lacks the right to it."),
    "several_keys": N_("Several USB keys are plugged in: leave only yours, then ask it again."),
    "not_this_key": N_("This USB key is not the one that was registered: plug in the right one, then ask it again."),
    "not_touched": N_("The USB key was not touched in time: ask it again, then touch it while it blinks."),
    "pin_required": N_("This USB key wants its PIN: type it, then ask the key again."),
    "wrong_pin": N_("Wrong PIN of the USB key. After several wrong ones the key locks itself."),
    "bad_options": N_("The USB key cannot do what the station asks: use another second factor and tell the administrator."),
    "key_error": N_("The USB key does not answer: unplug it, plug it in, then ask it again."),
    "no_program": N_("The program that talks to USB keys does not start: use another second factor and tell the administrator."),
}
_ENDING: set[QProcess] = set()
"""Killed, and not yet gone: the window does not wait for them."""
PIN_CODES = ("pin_required", "wrong_pin")


def words_of(code: str) -> str:
    """What went wrong with the key, in words."""
    return tr(WORDS.get(code, WORDS["key_error"]))


class UsbKey(QObject):
    """One question at a time: `ask`, then `touch` when it waits for a finger, then `answered` or `failed`, once."""

    touch = Signal()
    answered = Signal(str)
    """The answer, JSON of WebAuthn."""
    failed = Signal(str)
    """A code of WORDS."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._rest = b""
        self._late = QTimer(self, singleShot=True, interval=SECONDS * 1000)
        self._late.timeout.connect(lambda: self._end(error="not_touched"))

    @property
    def asking(self) -> bool:
        """Is a question under way?"""
        return self._process is not None

    def ask(self, order: Literal["register", "sign"], options: str, pin: str = "") -> None:
        """Put this question to the key that is plugged in; the PIN goes to the child's standard input, never into its arguments."""
        self.stop()
        self._rest = b""
        process = self._process = QProcess(self)
        process.readyReadStandardOutput.connect(lambda: self._read(process))
        process.finished.connect(lambda _code, _status: self._finished(process))
        process.errorOccurred.connect(lambda error: self._broken(process, error))
        process.setStandardErrorFile(QProcess.nullDevice())
        self._late.start()
        process.start(COMMAND[0], [*COMMAND[1:], order])
        process.write(f"{' '.join(options.splitlines())}\n{pin}\n".encode())
        process.closeWriteChannel()

    def stop(self) -> None:
        """Ask no more; tells nobody."""
        self._late.stop()
        process, self._process = self._process, None
        if process is not None and process.state() is not QProcess.ProcessState.NotRunning:
            process.setParent(None)  # who asked may be gone before it has ended
            _ENDING.add(process)
            process.finished.connect(lambda _code, _status: _ended(process))
            process.kill()
        elif process is not None:
            process.deleteLater()

    def _read(self, process: QProcess) -> None:
        if process is not self._process:
            return
        *lines, self._rest = (self._rest + process.readAllStandardOutput().data())[:MOST_TOLD].split(b"\n")
        for line in lines:
            self._told(line)

    def _told(self, line: bytes) -> None:
        if self._process is None:
            return
        told = _object(line)
        if "touch" in told:
            self.touch.emit()
        elif "answer" in told:
            self._end(answer=json.dumps(told["answer"]))
        elif "error" in told:
            self._end(error=str(told["error"]))

    def _finished(self, process: QProcess) -> None:
        self._read(process)
        if process is self._process:
            self._end(error="key_error")

    def _broken(self, process: QProcess, error: QProcess.ProcessError) -> None:
        if process is self._process and error is QProcess.ProcessError.FailedToStart:
            self._end(error="no_program")

    def _end(self, *, answer: str = "", error: str = "") -> None:
        self.stop()
        if error:
            self.failed.emit(error)
        else:
            self.answered.emit(answer)


def _ended(process: QProcess) -> None:
    _ENDING.discard(process)
    process.deleteLater()


def _object(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
