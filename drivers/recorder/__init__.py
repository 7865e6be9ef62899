"""Video recorders and cameras by their web pages, and a still picture. Only asks; what a page says is data of the profile."""
