"""The simulated room of the demo and of the tests: physics, and slaves on somebody else's Modbus server."""
