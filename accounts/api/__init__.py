"""The API door of accounts: a view, documents and shapes for each noun."""
