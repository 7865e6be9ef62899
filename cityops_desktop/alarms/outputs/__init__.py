"""Ways out of the room: mail, modem, HTTP, syslog. Each sends what it is given; none knows whom to tell, or when."""
