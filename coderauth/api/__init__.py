"""What the service says about itself over the API: its build, and what the API is."""
