"""The panel of a demo's faults, with its table and its wire to the simulator."""
