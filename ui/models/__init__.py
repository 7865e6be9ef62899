"""What several screens show: the room, its groups and needs, and the words for them, fed by the link. Paints nothing."""
