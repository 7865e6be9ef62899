"""Layouts for tests of the physics: the demo room's, built by hand."""

from cityops_desktop.sim.layout import CoolerSite, Layout, RackSite

A, B = ("A", "ups1"), ("B", "ups2")
SINGLE = {"A12": (A,), "B04": (A,), "B12": (B,)}
COOLERS = (("crac1", (1.0, 3.5)), ("crac2", (1.0, 8.6)), ("crac3", (17.0, 3.5)), ("crac4", (17.0, 8.6)))


def demo_layout(generator: bool = True) -> Layout:
    """Two rows of 12 racks between four air conditioners, two UPS, nearly every rack on both."""
    racks = tuple(
        RackSite(name, row, (4.2 + 0.6 * number, y), SINGLE.get(name, (A, B)))
        for row, y in (("A", 4.4), ("B", 6.8))
        for number in range(1, 13)
        if (name := f"{row}{number:02d}")
    )
    return Layout(racks, tuple(CoolerSite(*cooler) for cooler in COOLERS), ("ups1", "ups2"), generator)
