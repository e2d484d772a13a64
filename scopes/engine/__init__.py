"""Policy and decisions: data and arithmetic, without Django and without a database."""
