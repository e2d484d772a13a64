"""People: making, finding, changing, deleting them, and whoever was not seen for long."""
