"""Every refusal the service can give, as data: code -> HTTP status and message.

Domain code raises a `DomainError` with a code of `ERRORS`; nothing else decides a status or a text.
The texts are the public contract (docs/protocol/). Imports neither Django nor DRF.
"""

from collections.abc import Mapping
from types import MappingProxyType

from coderauth.refusals.keys import KEYS
from coderauth.refusals.people import PEOPLE
from coderauth.refusals.requests import REQUESTS
from coderauth.refusals.sign_in import SIGN_IN
from coderauth.refusals.spec import ErrorSpec

TABLES = (REQUESTS, KEYS, PEOPLE, SIGN_IN)
ERRORS: Mapping[str, ErrorSpec] = MappingProxyType(
    {code: spec for table in TABLES for code, spec in table.items()}
)
