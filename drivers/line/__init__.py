"""Wires that several protocols share: serial ports and connections, and the record of what went over them. Knows no protocol."""
