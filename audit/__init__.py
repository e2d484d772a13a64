"""What happened: one table that only grows, and the chain that shows when it was touched."""
