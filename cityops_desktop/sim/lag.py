"""How values move in the simulated room: they stray and come back, or follow something with a delay. Knows no equipment."""

import math
from dataclasses import dataclass
from random import Random


@dataclass(slots=True)
class Wander:
    """A value that strays slowly and comes back (Ornstein-Uhlenbeck): standard deviation `size`, memory `memory` seconds."""

    size: float
    memory: float
    value: float = 0.0

    def step(self, dt: float, random: Random) -> float:
        """Go on by dt seconds, never further than three deviations."""
        keep = math.exp(-dt / self.memory)
        self.value = keep * self.value + self.size * math.sqrt(1 - keep * keep) * random.gauss(0, 1)
        self.value = max(-3 * self.size, min(3 * self.size, self.value))
        return self.value


def towards(value: float, target: float, dt: float, lag: float) -> float:
    """First-order lag of `lag` seconds, exact for any dt."""
    return target + (value - target) * math.exp(-dt / lag)
