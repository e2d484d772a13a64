"""How answers look: what the OpenAPI document says, and what makes them; one module a noun."""
