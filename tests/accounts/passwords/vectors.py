"""Hashes whose passwords are known."""

# The vector of the specification.
TOMATO = (
    "$pbkdf2-sha256$65535$z8c1p1C2ru9EImBP1I+ZNA$pNjE3Yk0oG0PmJ0Je+y7ENOVlSkn/b0BEqqdKsq6Y97w"
    "QBq0xT+lD5bWJpyIKJqQICuPZcEaGDKrXJn8+SIHRg"
)
