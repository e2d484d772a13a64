"""What servers of tests have in common."""


class Prompt:
    """A handler that sends its body at once, not 40 ms later, when the headers are acknowledged."""

    disable_nagle_algorithm = True
