"""What `doctor` looks at: versions, data, store, ports, adapters, room, clock, surroundings. Looks only: mends, opens and sends nothing."""
