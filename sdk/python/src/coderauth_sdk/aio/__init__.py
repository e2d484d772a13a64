"""The asynchronous client; `sync` is generated from it."""
