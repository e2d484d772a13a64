"""What the service says of itself over the API: its build, and what the API is."""
