"""How commands tell what a service refuses."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from coderauth.errors import DomainError


@contextmanager
def refusals_told() -> Iterator[None]:
    """Turn what a service refuses into one sentence on standard error and status 1."""
    try:
        yield
    except DomainError as error:
        raise CommandError(reason(error)) from error


def reason(error: DomainError) -> str:
    """Return one sentence for the message of a refusal and its details."""
    details = [check.detail for check in error.validations] or [error.detail]
    return ": ".join([error.message.rstrip("."), *filter(None, details)])
