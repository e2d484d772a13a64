"""What bodies of requests look like, one module a noun."""
