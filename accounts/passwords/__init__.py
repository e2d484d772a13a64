"""Passwords: hashing, strength, proof, change, and one-time passcodes by mail."""
