"""The front door: one event loop reads the wire, threads work on what it has read whole.

A request goes `connection` (reading, with `heads` and `bodies`) → `handing` (threads that run
Django) → `answering`. Nothing here knows what a request is about.
"""
