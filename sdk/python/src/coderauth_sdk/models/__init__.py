"""The server's answers, as frozen dataclasses.

Times have a zone; None where there was none. Statuses, login types and scopes are texts, since a
newer server may have new ones; a `Scope` equals its text.
"""
