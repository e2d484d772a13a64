"""The task worker seals what acts have recorded."""

import pytest

from audit.models import Entry
from coderauth.management.interruptions import Interruptions
from coderauth.management.worker import Worker
from tests.audit.entries import make_entries


@pytest.mark.django_db
def test_worker_seals_new_entries() -> None:
    make_entries(3)

    Worker(Interruptions()).run_due()

    assert Entry.objects.sealed().count() == 3
