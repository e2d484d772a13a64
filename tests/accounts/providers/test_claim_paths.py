"""What a configured name stands for: the claim of that very name first, then a path."""

from dataclasses import replace
from typing import Any

import pytest

from accounts.providers.claim_paths import claim
from accounts.providers.configuration import OidcConfig
from tests.lying_provider import LyingProvider
from tests.oidc import configure, sign_in_at

CLAIMS = {
    "plain": 1,
    "a.b": "of that very name",
    "a": {"b": "by the path", "c": {"d": [2]}, "e.f": 3, "g\\h": 4},
    "list": [{"name": "x"}, {"other": "y"}, "z", {"name": "w"}],
    "deep": [{"in": [{"name": 1}]}, {"in": {"name": 2}}],
    "text": "text",
}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("plain", 1),
        ("a.b", "of that very name"),
        ("a.c.d", [2]),
        ("a.c", {"d": [2]}),
        (r"a.e\.f", 3),
        (r"a.g\\h", 4),
        ("a.e.f", None),
        ("a.nothing", None),
        ("a.b.c", None),
        ("text.length", None),
        ("plain.x", None),
        ("nothing", None),
        ("", None),
        (".", None),
        ("..a", None),
        (r"\a", None),
        ("list.name", ["x", "w"]),
        ("deep.in.name", [[1], 2]),
    ],
)
def test_a_name_leads_somewhere(name: str, found: Any) -> None:
    assert claim(CLAIMS, name) == found


@pytest.mark.usefixtures("configured")
def test_every_claim_that_is_configured_may_be_a_path(
    provider: LyingProvider, config: OidcConfig, settings: Any
) -> None:
    paths: dict[str, Any] = {
        "email_field": "me.mail",
        "username_field": "me.login",
        "name_field": "me.cn",
        "group_field": "access.groups",
        "role_field": "access.roles",
    }
    me = {"mail": "ada@example.test", "login": "countess", "cn": "Ada"}
    provider.tell(me=me, access={"groups": ["g"], "roles": ["auditor"]})
    configure(settings, replace(config, **paths))

    identity = sign_in_at(provider.authorize)

    assert (identity.email, identity.username, identity.name) == (
        "ada@example.test", "countess", "Ada",
    )  # fmt: skip
    assert (identity.groups, identity.roles) == (("g",), ("auditor",))


@pytest.mark.usefixtures("configured")
def test_a_list_that_is_not_there_is_logged(
    provider: LyingProvider,
    config: OidcConfig,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    configure(settings, replace(config, role_field="realm_access.roles"))
    provider.tell(email="ada@example.test", realm_access={"roles": ["auditor"]})
    assert sign_in_at(provider.authorize).roles == ("auditor",)
    assert "realm_access" not in caplog.text
    provider.tell(realm_access={})
    assert sign_in_at(provider.authorize).roles == ()
    assert "without the claim realm_access.roles" in caplog.text


@pytest.mark.usefixtures("configured")
def test_a_link_instead_of_a_list_is_logged(
    provider: LyingProvider,
    config: OidcConfig,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    configure(settings, replace(config, group_field="groups"))
    provider.tell(email="ada@example.test", _claim_names={"groups": "src1"})
    assert sign_in_at(provider.authorize).groups == ()
    assert "a link instead of the claim groups" in caplog.text
