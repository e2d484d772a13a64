"""The API door of scopes: a view, documents and shapes for each noun."""
