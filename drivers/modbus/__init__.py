"""Modbus over RTU, RTU-over-TCP and TCP: one master, reads only."""
