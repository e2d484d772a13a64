"""What happened: one table that only grows, and a chain that shows when it was tampered with."""
