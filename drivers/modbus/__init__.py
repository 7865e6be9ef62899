"""Modbus over RTU, RTU-over-TCP and TCP: one PDU layer, three framings. Writes declared points only, by order."""
