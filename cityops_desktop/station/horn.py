"""The supervisor's horn: a two-tone sound of its own, played by a program of the system until it is told to be quiet. Standard
library only; decides nothing, and says honestly when it cannot be heard."""

import array
import contextlib
import io
import logging
import math
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

log = logging.getLogger(__name__)

PLAYERS: tuple[tuple[str, ...], ...] = (("pw-play",), ("paplay",), ("aplay", "-q"))
PAUSE_SECONDS = 2.0
RETRY_SECONDS = 30.0
"""After every player has failed they are tried again so much later: a sound server may start after the station."""
STUCK_SECONDS = 15.0
"""A player that takes so long for the two seconds of the sound plays nothing: the sound server hangs. The next one is tried."""
RATE = 22050
TONES = ((523, 0.35), (392, 0.35)) * 2
"""Frequency in Hz and seconds: lower than any tone of a console, so that it is known as the supervisor's."""


def horn_sound() -> bytes:
    """The WAV file (16 bit, mono)."""
    samples = array.array("h")
    for frequency, seconds in TONES:
        count = int(RATE * seconds)
        edge = RATE * 0.01
        for n in range(count):
            loudness = min(1.0, n / edge, (count - n) / edge) * 0.6
            samples.append(int(32767 * loudness * math.sin(2 * math.pi * frequency * n / RATE)))
    if sys.byteorder == "big":
        samples.byteswap()
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return out.getvalue()


class Horn:
    """Ask `tick` ten times a second; it never blocks. `mute` is told once each time that nothing can be played."""

    def __init__(self, mute: Callable[[], None], players: Sequence[Sequence[str]] = PLAYERS) -> None:
        self._mute = mute
        self._all = [[path, *player[1:]] for player in players if (path := shutil.which(player[0]))]
        self._left = list(self._all)
        self._file: Path | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._next = 0.0
        self._begun = 0.0
        self._stuck = False
        self._told_mute = False

    def tick(self, loud: bool, now: float) -> None:
        """Sound, go on sounding, or be quiet. `now` is monotonic."""
        if self._child is not None:
            code = self._child.poll()
            if code is None:
                self._stuck = loud and now - self._begun > STUCK_SECONDS
                if not loud or self._stuck:
                    self._child.kill()
                return
            self._child = None
            self._after(code, now)
        if not loud:
            self._next, self._told_mute = 0.0, False
        elif now >= self._next:
            self._play(now)

    def stop(self) -> None:
        """Quiet, for ever; leaves no file and no process."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.unlink()
            self._file = None

    def _after(self, code: int, now: float) -> None:
        if code == 0:
            self._told_mute = False
            self._next = now + PAUSE_SECONDS
        elif (code > 0 or self._stuck) and self._left:
            log.info("the sound player %s failed with code %d", self._left.pop(0)[0], code)
        self._stuck = False

    def _play(self, now: float) -> None:
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(str(self._sound()), winsound.SND_FILENAME | winsound.SND_ASYNC)
            self._next = now + PAUSE_SECONDS + sum(seconds for _, seconds in TONES)
            return
        while self._left:
            try:
                command = [*self._left[0], str(self._sound())]
                null = subprocess.DEVNULL
                self._child, self._begun = subprocess.Popen(command, stdin=null, stdout=null, stderr=null), now
                return
            except OSError as error:
                log.info("the sound player %s cannot be started: %s", self._left.pop(0)[0], error)
        self._left = list(self._all)
        self._next = now + RETRY_SECONDS
        if not self._told_mute:
            self._told_mute = True
            self._mute()

    def _sound(self) -> Path:
        if self._file is None or not self._file.exists():
            with tempfile.NamedTemporaryFile("wb", prefix="cityops-horn-", suffix=".wav", delete=False) as file:
                file.write(horn_sound())
            self._file = Path(file.name)
        return self._file
