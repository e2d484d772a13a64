"""Answers: how the OpenAPI document describes them, and what makes them; one module a noun."""
