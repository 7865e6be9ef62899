"""Makes resources/speech: our words, said by espeak-ng and cut into clips, one bank a language. Run by `dev.py speech`.

A bank is one WAV file (mono, 8 bit mu-law: any player plays it) and an index: word, first byte, bytes. The synthesiser is a tool of this
script alone; the program plays the clips and knows nothing of it. Two runs with the same version give the same bytes.
"""

import argparse
import io
import json
import shutil
import string
import struct
import subprocess
import sys
import wave
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly  # type: ignore[import-untyped]

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "resources" / "speech"
PROGRAM = "espeak-ng"
RATE = 12000
VOICES = {"zh_CN": "cmn-latn-pinyin", "en": "en-us"}
LISTS = {"zh_CN": HERE / "speech_zh.txt", "en": HERE / "speech_en.txt"}
SPEEDS = {"zh_CN": 182, "en": 172}
PITCH = 42
LETTERS = "en-us"
"""Letters are said by this voice in both languages."""
ABBREVIATIONS = ("UPS", "PDU", "ATS", "STS", "PUE", "EPS")
LOUDNESS = 0.16
"""Root mean square of each clip, of 1."""
QUIET = 0.012
"""What is below this share of the clip's peak at its ends is cut off."""
EDGE = RATE // 100
MU = 255


def words(path: Path) -> Mapping[str, str]:
    """Each word of a list with what is said for it."""
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines() if line.strip() and not line.startswith("# "))
    return {row[0]: row[-1] for row in rows}


def spoken(voice: str, text: str, speed: int) -> "np.ndarray":
    """What the synthesiser makes of it, -1 to 1 at `RATE`."""
    command = [PROGRAM, "-v", voice, "-s", str(speed), "-p", str(PITCH), "--stdout", text]
    done = subprocess.run(command, capture_output=True, check=True)
    with wave.open(io.BytesIO(done.stdout)) as file:
        rate = file.getframerate()
    raw = done.stdout[done.stdout.index(b"data") + 8 :]  # a stream's header does not know its length
    samples = np.frombuffer(raw[: len(raw) // 2 * 2], "<i2").astype(float) / 32768
    return np.asarray(resample_poly(samples, RATE, rate))


def clip(samples: "np.ndarray") -> "np.ndarray":
    """Cut at its ends, as loud as the others, without a click."""
    loud = np.flatnonzero(np.abs(samples) > QUIET * np.abs(samples).max())
    cut = samples[max(0, loud[0] - EDGE) : loud[-1] + EDGE].copy()
    cut *= min(LOUDNESS / np.sqrt(np.mean(cut**2)), 0.95 / np.abs(cut).max())
    ramp = np.linspace(0, 1, EDGE)
    cut[:EDGE] *= ramp
    cut[-EDGE:] *= ramp[::-1]
    return cut


def mu_law(samples: "np.ndarray") -> bytes:
    """G.711's 8 bits, as a WAV file of format 7 holds them."""
    codes = np.arange(256)
    table = decoded(codes)
    order = np.argsort(table, kind="stable")
    ordered = table[order]
    wanted = np.round(samples * 32767)
    place = np.clip(np.searchsorted(ordered, wanted), 1, 255)
    lower = wanted - ordered[place - 1] < ordered[place] - wanted
    return codes[order][np.where(lower, place - 1, place)].astype(np.uint8).tobytes()


def decoded(codes: "np.ndarray") -> "np.ndarray":
    """The 16 bit value of each code (ITU-T G.711)."""
    turned = ~codes & 0xFF
    size = (((turned & 0x0F) << 3) + 0x84 << ((turned & 0x70) >> 4)) - 0x84
    return np.where(turned & 0x80, -size, size)


def said(language: str) -> Iterator[tuple[str, str, str]]:
    """Key, voice and text of each clip of a bank."""
    yield from ((key, VOICES[language], text) for key, text in words(LISTS[language]).items())
    yield from ((letter, LETTERS, f"{letter}.") for letter in string.ascii_uppercase)
    yield from ((word, LETTERS, " ".join(word)) for word in ABBREVIATIONS)


def header(size: int) -> bytes:
    """That of a WAV file with so many bytes of mu-law."""
    parts = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 7, 1, RATE, RATE, 1, 8, 0) + struct.pack("<4sII", b"fact", 4, size)
    return b"RIFF" + struct.pack("<I", 4 + len(parts) + 8 + size + size % 2) + b"WAVE" + parts + struct.pack("<4sI", b"data", size)


def make(language: str, target: Path) -> int:
    """Write the bank of a language into the folder `target`: its bytes."""
    clips = {key: mu_law(clip(spoken(voice, text, SPEEDS[language]))) for key, voice, text in said(language)}
    sound = b"".join(clips.values())
    start, index = len(header(0)), {}
    for key, data in clips.items():
        index[key] = [start, len(data)]
        start += len(data)
    (target / f"{language}.wav").write_bytes(header(len(sound)) + sound + b"\0" * (len(sound) % 2))
    text = ",\n".join(f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(place)}" for key, place in index.items())
    (target / f"{language}.json").write_text(f"{{\n{text}\n}}\n", "utf-8")
    return len(sound)


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py speech", description=__doc__)
    parser.add_argument("--target", type=Path, default=TARGET, help="folder to write to")
    arguments = parser.parse_args()
    if shutil.which(PROGRAM) is None:
        sys.stderr.write(f"{PROGRAM} is not there: sudo apt-get install espeak-ng\n")
        return 1
    for language in VOICES:
        size = make(language, arguments.target)
        sys.stdout.write(f"{language}.wav: {size / 1e6:.2f} MB, {size / RATE:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
