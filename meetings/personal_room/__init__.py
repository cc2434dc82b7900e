"""Each member's permanent link, and the meetings that are held there one after the other."""
