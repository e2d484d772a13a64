"""What tests of this door begin with."""

import pytest

from scopes.organizations.selectors import default_organization


@pytest.fixture
def home(db: None) -> str:
    """Return the id of the default organization."""
    return str(default_organization().pk)
