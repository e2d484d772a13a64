"""Ids, times and a key for the examples of the OpenAPI document, the same in all of them."""

KEY_ID = "Ab3dEf6hIj"


SECRET = f"{KEY_ID}-0123456789abcdefABCDEF"


PERSON_ID = "3c0d6f5e-8a0c-4c1e-9b1f-0d8f6f1b2a77"


ORGANIZATION_ID = "b1f3c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d"


CREATED_AT = "2026-01-05T09:30:00.123456Z"
