"""The tones of the four alarm levels, and WAV files of samples. Plays nothing."""

import array
import io
import math
import sys
import wave

RATE = 12000
"""That of the spoken words, which follow a tone in one file (ui/clips.py)."""
PATTERNS: dict[int, tuple[tuple[float, float], ...]] = {
    1: ((988, 0.12), (0, 0.05), (1319, 0.12), (0, 0.05), (988, 0.12), (0, 0.05), (1319, 0.12)),
    2: ((988, 0.15), (0, 0.08), (988, 0.15)),
    3: ((784, 0.25),),
    4: ((587, 0.15),),
}
"""Frequency in Hz (0 = pause) and seconds, most urgent the busiest: told apart without looking (IEC 60601-1-8's idea of pulses)."""
FADE = 0.01
LOUDNESS = 0.8
"""At full volume, of 1."""


def tone_samples(level: int, volume: float) -> "array.array[int]":
    """The tone of a level, 1 to 4, as 16 bit samples."""
    samples = array.array("h")
    for frequency, seconds in PATTERNS[level]:
        count = int(RATE * seconds)
        edge = RATE * FADE
        for n in range(count):
            loudness = min(1.0, n / edge, (count - n) / edge) * LOUDNESS * volume
            samples.append(int(32767 * loudness * math.sin(2 * math.pi * frequency * n / RATE)))
    return samples


def wav(samples: "array.array[int]") -> bytes:
    """The WAV file (16 bit, mono) of these samples."""
    samples = array.array("h", samples)
    if sys.byteorder == "big":
        samples.byteswap()
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def tone(level: int, volume: float = 0.6) -> bytes:
    """The WAV file of a level's tone."""
    return wav(tone_samples(level, volume))
