"""The supervisor and the station proper that composes all the rest."""
