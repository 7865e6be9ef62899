"""The tones of the four alarm levels as WAV bytes, made from numbers. Plays nothing."""

import array
import io
import math
import sys
import wave

RATE = 22050
PATTERNS: dict[int, tuple[tuple[float, float], ...]] = {
    1: ((988, 0.12), (0, 0.05), (1319, 0.12), (0, 0.05), (988, 0.12), (0, 0.05), (1319, 0.12)),
    2: ((988, 0.15), (0, 0.08), (988, 0.15)),
    3: ((784, 0.25),),
    4: ((587, 0.15),),
}
"""Frequency in Hz (0 = pause) and seconds, most urgent the busiest: told apart without looking (IEC 60601-1-8's idea of pulses)."""
FADE = 0.01


def tone(level: int) -> bytes:
    """The WAV file (16 bit, mono) of a level, 1 to 4."""
    samples = array.array("h")
    for frequency, seconds in PATTERNS[level]:
        count = int(RATE * seconds)
        edge = RATE * FADE
        for n in range(count):
            loudness = min(1.0, n / edge, (count - n) / edge) * 0.5
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
