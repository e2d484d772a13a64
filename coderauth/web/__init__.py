"""Pages of the service itself: the documentation of the API, and health."""
