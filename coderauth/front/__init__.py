"""The front door: one event loop reads whole requests, and threads work on them.

A request goes `connection` (reading, with `heads` and `bodies`) → `threads` (threads that run
Django) → `answering`. Nothing here knows what a request is about.
"""
