"""The station's HTTP API and event stream: the only door between the station and its consoles."""
