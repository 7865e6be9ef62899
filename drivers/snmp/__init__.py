"""SNMP: an agent that is asked (GET alone: nothing here can set), and a receiver of traps. pysnmp is imported when a bus opens."""
