"""Plays one sound file after the other through a program of the system, and may let the system's own voice speak after it. Decides not
what is heard, nor when; says honestly when nothing can be."""

import logging
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

log = logging.getLogger(__name__)

PLAYERS = (("pw-play",), ("paplay",), ("aplay", "-q"), ("afplay",))
SAPI = (
    "Add-Type -AssemblyName System.Speech;"
    "[Console]::InputEncoding=[Text.Encoding]::UTF8;"
    "(New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak([Console]::In.ReadToEnd())"
)
LONGEST_TEXT = 400
PATIENCE_MS = 10_000
"""So much longer than its sound a player may take: a sound server that is stuck never lets it end, and nobody hears anything."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence for the voice of the system, in a language of the program."""

    text: str
    language: str


def voice_command(remark: Remark) -> tuple[list[str], bytes] | None:
    """The program that says it, and what is written into it; None where this system has none. The text is
    never part of a program's text or options."""
    text = " ".join(remark.text.split())[:LONGEST_TEXT]
    if sys.platform == "win32":
        program = shutil.which("powershell")
        return ([program, "-NoProfile", "-NonInteractive", "-Command", SAPI], text.encode()) if program else None
    if program := shutil.which("spd-say"):
        return [program, "--wait", "--language", remark.language[:2], "--", text], b""
    if program := shutil.which("say"):
        return [program, "-f", "-"], text.encode()
    return None


def has_voice() -> bool:
    """Does this system bring a voice of its own?"""
    return voice_command(Remark("", "en")) is not None


class Player(QObject):
    """`ended` tells whether it was played well; it comes once for each `play`, but not after `stop`."""

    ended = Signal(bool)

    def __init__(self, players: Sequence[Sequence[str]] = PLAYERS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all = [(path, *player[1:]) for player in players if (path := shutil.which(player[0]))]
        self._players = list(self._all)
        self._process: QProcess | None = None
        self._file = Path()
        self._remark: Remark | None = None
        self._windows = QTimer(self, singleShot=True)
        self._windows.timeout.connect(self._over)
        self._longest = QTimer(self, singleShot=True)
        self._longest.timeout.connect(self._give_up)
        self._seconds = 0.0

    @property
    def available(self) -> bool:
        """Is there a program that has not failed?"""
        return sys.platform == "win32" or bool(self._players)

    @property
    def playing(self) -> bool:
        """Is something heard now?"""
        return self._process is not None or self._windows.isActive()

    def play(self, file: Path, seconds: float, remark: Remark | None = None) -> None:
        """This file, so long, and then the system's voice with this sentence. Players that had all failed are tried again."""
        self.stop()
        self._file, self._remark, self._seconds = file, remark, seconds
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(str(file), winsound.SND_FILENAME | winsound.SND_ASYNC)
            self._windows.start(round(seconds * 1000))
            return
        if not self._players:
            self._players = list(self._all)
        self._try()

    def stop(self) -> None:
        """Quiet, at once."""
        self._remark = None
        self._windows.stop()
        self._longest.stop()
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(None, winsound.SND_PURGE)
        if self._process is not None:
            process, self._process = self._process, None
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(1000)
            process.deleteLater()

    def _try(self) -> None:
        if not self._players:
            self.ended.emit(False)
            return
        program, *arguments = self._players[0]
        self._start(program, [*arguments, str(self._file)], self._played)
        self._longest.start(round(self._seconds * 1000) + PATIENCE_MS)

    def _over(self) -> None:
        """The time of what Windows plays by itself has passed."""
        self._after(True)

    def _give_up(self) -> None:
        """It hangs: it has failed, and the next one is tried."""
        if self._process is not None:
            log.warning("the sound player %s does not end and is given up", self._process.program())
            self._process.kill()

    def _start(self, program: str, arguments: list[str], then: object) -> QProcess:
        process = self._process = QProcess(self)

        def over(well: bool) -> None:
            if self._process is process:
                self._process = None
                process.deleteLater()
                then(well)  # type: ignore[operator]

        process.finished.connect(lambda code, status: over(code == 0 and status is QProcess.ExitStatus.NormalExit))
        process.errorOccurred.connect(lambda error: over(False) if error is QProcess.ProcessError.FailedToStart else None)
        process.start(program, arguments)
        return process

    def _played(self, well: bool) -> None:
        self._longest.stop()
        if well:
            self._after(True)
            return
        failed = self._players.pop(0)
        log.info("the sound player %s failed", failed[0])
        self._try()

    def _after(self, well: bool) -> None:
        """The file was heard: the voice, if one is wanted. That it fails makes no sound unheard."""
        remark, self._remark = self._remark, None
        command = voice_command(remark) if remark else None
        if command is None:
            self.ended.emit(well)
            return
        (program, *arguments), text = command
        process = self._start(program, arguments, lambda _well: self.ended.emit(True))
        process.write(text)
        process.closeWriteChannel()
