"""How HTTP is spoken: reading requests, writing answers, limits, and what browsers must obey."""
