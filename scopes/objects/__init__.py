"""Objects that other services have registered, and who may do what to them."""
