"""What stops a start, or is said at it: the checks are registered, and each can speak."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.checks.registry import registry

from coderauth.http.declared_access import every_action_declares_access
from coderauth.system_checks import access_url_is_safe, proxy_settings_agree


def test_every_check_of_ours_is_registered() -> None:
    registered = {*registry.registered_checks, *registry.deployment_checks}

    assert {every_action_declares_access, access_url_is_safe, proxy_settings_agree} <= registered


@pytest.mark.parametrize(
    ("url", "https", "said"),
    [("http://auth.example.org", False, ["coderauth.W001"]), ("https://a.example", True, [])],
)
def test_plain_http_is_warned_about(settings: Any, url: str, https: bool, said: list[str]) -> None:
    settings.DEV, settings.HTTPS, settings.ACCESS_URL = False, https, url
    found = [message.id for message in run_checks(include_deployment_checks=True)]

    assert [name for name in found if name == "coderauth.W001"] == said


@pytest.mark.parametrize(
    ("headers", "origins", "said"),
    [(["X-Real-Ip"], [], ["coderauth.W002"]), ([], [], []), (["X-Real-Ip"], ["10.0.0.0/8"], [])],
)
def test_proxy_settings_without_each_other_are_warned_about(
    settings: Any, headers: list[str], origins: list[str], said: list[str]
) -> None:
    settings.PROXY_TRUSTED_HEADERS, settings.PROXY_TRUSTED_ORIGINS = headers, origins

    found = [message.id for message in run_checks()]

    assert [name for name in found if name == "coderauth.W002"] == said
