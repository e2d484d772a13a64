"""What keeps entries from arriving."""


class SinkError(Exception):
    """Entries did not arrive, or perhaps not all; its text says why, without a secret."""
