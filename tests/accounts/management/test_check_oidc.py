"""`manage.py check_oidc` says in plain words what is wrong with a configuration."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import UserLink
from accounts.providers.configuration import OidcConfig
from tests.accounts.arrivals import arrive
from tests.accounts.findings import examine
from tests.certified_provider import certified_provider, client
from tests.lying_provider import (
    AUTHORIZE,
    DISCOVERY,
    DOWN,
    KEYS,
    LEFT_OUT,
    NONSENSE,
    SLOW,
    TOKEN,
    LyingProvider,
    lying_provider,
)
from tests.oidc import configure, oidc_config, oidc_provider_mock, sign_in_at


@pytest.fixture(scope="module")
def certified() -> Iterator[str]:
    elsewhere = client(client_id="elsewhere", redirect_uris=["https://other.example.test/back"])
    with certified_provider({}, [client(), elsewhere]) as issuer:
        yield issuer


@pytest.fixture
def liar(settings: Any) -> Iterator[LyingProvider]:
    settings.PROVIDER_TIMEOUT = timedelta(seconds=1)
    with lying_provider() as provider:
        configure(settings, oidc_config(provider.issuer))
        yield provider


def troubles(findings: dict[str, dict[str, Any]], status: str = "error") -> list[str]:
    return [name for name, finding in findings.items() if finding["status"] == status]


def test_a_right_configuration_passes(
    certified: str, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(settings, oidc_config(certified))
    call_command("check_oidc")
    told = capsys.readouterr().out
    assert "It knows our client id and secret" in told
    assert "http://127.0.0.1:3000/api/v2/users/oidc/callback" in told
    assert "error" not in told

    assert troubles(examine()) == []
    assert [*examine()] == [
        "discovery", "issuer", "metadata", "algorithms", "PKCE", "scopes", "claims", "keys",
        "credentials", "redirect URI",
    ]  # fmt: skip


def test_a_provider_without_pkce_is_warned_of(settings: Any) -> None:
    with oidc_provider_mock() as issuer:
        configure(settings, oidc_config(issuer))
        findings = examine()
    assert (troubles(findings), troubles(findings, "warning")) == ([], ["PKCE"])


@pytest.mark.parametrize("wrong", [{"client_secret": "wrong"}, {"client_id": "unknown"}])
def test_wrong_credentials_are_told_apart(
    certified: str, settings: Any, wrong: dict[str, str]
) -> None:
    configure(settings, oidc_config(certified, id="2", **wrong))
    findings = examine()
    assert findings["credentials"]["status"] == "error"
    assert "CODERAUTH_OIDC_2_CLIENT_SECRET" in findings["credentials"]["advice"]
    assert findings["discovery"]["status"] == "ok"


def test_a_redirect_uri_that_is_not_registered_is_said(certified: str, settings: Any) -> None:
    configure(settings, oidc_config(certified, client_id="elsewhere"))
    findings = examine()
    assert troubles(findings) == ["redirect URI"]
    assert "/api/v2/users/oidc/callback" in findings["redirect URI"]["advice"]


def test_an_issuer_that_differs_by_a_slash_is_said(certified: str, settings: Any) -> None:
    configure(settings, oidc_config(certified + "/"))
    findings = examine()
    assert "issuer" in troubles(findings)
    assert certified in findings["issuer"]["message"]
    assert "CODERAUTH_OIDC_ISSUER_URL" in findings["issuer"]["advice"]


def test_an_issuer_may_differ_when_that_is_not_checked(certified: str, settings: Any) -> None:
    configure(settings, oidc_config(certified + "/", skip_issuer_checks=True))
    findings = examine()
    assert (troubles(findings), troubles(findings, "warning")) == ([], ["issuer"])


def test_scopes_and_claims_that_are_not_listed_are_warned_of(certified: str, settings: Any) -> None:
    config = oidc_config(certified, scopes=("openid", "teams"), role_field="powers")
    configure(settings, config)
    findings = examine()
    assert "teams" in findings["scopes"]["message"]
    assert "powers" in findings["claims"]["message"]
    assert "CODERAUTH_OIDC_USER_ROLE_FIELD" in findings["claims"]["advice"]


def test_a_page_to_sign_out_is_looked_for_when_it_is_used(
    liar: LyingProvider, settings: Any
) -> None:
    assert "sign-out" not in examine()
    configure(settings, oidc_config(liar.issuer, signs_out=True))
    assert examine()["sign-out"]["status"] == "warning"
    liar.document = {"end_session_endpoint": liar.issuer + "/logout"}
    assert examine()["sign-out"]["status"] == "ok"


def test_of_a_path_the_claim_that_it_begins_with_is_listed(
    liar: LyingProvider, settings: Any
) -> None:
    liar.document = {"claims_supported": ["email", "preferred_username", "name", "realm_access"]}
    configure(settings, oidc_config(liar.issuer, role_field="realm_access.roles"))
    assert examine()["claims"]["status"] == "ok"
    configure(settings, oidc_config(liar.issuer, role_field="resource_access.x.roles"))
    assert "resource_access.x.roles" in examine()["claims"]["message"]


@pytest.mark.django_db
def test_what_people_brought_is_said(liar: LyingProvider, settings: Any) -> None:
    configure(settings, oidc_config(liar.issuer, role_field="realm_access.roles"))
    liar.tell(email="ada@example.test", realm_access={"roles": ["auditor"]}, **{"x.y": {"z.w": 1}})
    assert "Nobody" in examine("--people")["people"]["message"]

    arrive(sign_in_at(liar.authorize))
    findings = examine("--people")
    told = findings["claim realm_access.roles"]["message"]
    assert told == "1 of the last 1 who signed in had it: auditor."
    assert "ada@example.test" not in str(findings)
    assert findings["refresh tokens"]["status"] == "ok"

    liar.token_answer = {"refresh_token": LEFT_OUT}
    UserLink.objects.update(refresh_token="")
    configure(settings, oidc_config(liar.issuer, role_field="resource_access.roles"))
    arrive(sign_in_at(liar.authorize))
    findings = examine("--people")
    missing = findings["claim resource_access.roles"]
    assert missing["status"] == "warning"
    assert "realm_access.roles" in missing["message"]
    assert r"x\.y.z\.w" in missing["message"]
    assert "CODERAUTH_OIDC_USER_ROLE_FIELD" in missing["advice"]
    assert findings["refresh tokens"]["status"] == "warning"


@pytest.mark.parametrize("behaviour", [*DOWN, *SLOW, *NONSENSE])
def test_a_provider_that_does_not_answer_well_is_said(liar: LyingProvider, behaviour: Any) -> None:
    liar.answers[DISCOVERY] = behaviour
    findings = examine()
    assert findings
    assert troubles(findings)
    assert all(findings[name]["message"] for name in troubles(findings))


@pytest.mark.parametrize("step", [KEYS, TOKEN, AUTHORIZE])
@pytest.mark.parametrize("behaviour", [DOWN[0], DOWN[1], SLOW[0], NONSENSE[0]])
def test_each_step_that_fails_is_named(liar: LyingProvider, step: str, behaviour: Any) -> None:
    assert troubles(examine()) == []
    liar.answers[step] = behaviour
    named = {KEYS: "keys", TOKEN: "credentials", AUTHORIZE: "redirect URI"}[step]
    expected = [] if (step, behaviour) == (AUTHORIZE, NONSENSE[0]) else [named]  # A page is fine.
    assert troubles(examine()) == expected


def test_a_provider_that_is_not_there_is_said(settings: Any) -> None:
    configure(settings, oidc_config("http://127.0.0.1:9"))
    findings = examine()
    assert "cannot be reached" in findings["discovery"]["message"]


def test_tls_that_is_none_is_said(liar: LyingProvider, settings: Any) -> None:
    configure(settings, oidc_config(liar.issuer.replace("http://", "https://")))
    assert "TLS" in examine()["discovery"]["message"]


def test_keys_that_fit_nothing_are_said(liar: LyingProvider) -> None:
    liar.published = [{"kty": "oct", "k": "AAAA"}]
    assert troubles(examine()) == ["keys"]


def test_algorithms_that_nobody_accepts_are_said(liar: LyingProvider) -> None:
    liar.document = {"id_token_signing_alg_values_supported": ["HS256"]}
    findings = examine()
    assert "no algorithm" in findings["metadata"]["message"]
    assert "ES256" in findings["metadata"]["advice"]


def test_one_provider_can_be_chosen(liar: LyingProvider, settings: Any) -> None:
    good = oidc_config(liar.issuer)
    bad: OidcConfig = replace(good, id="1", issuer_url="http://127.0.0.1:9")
    configure(settings, good, bad)
    assert troubles(examine("oidc")) == []
    assert troubles(examine("1")) == ["discovery"]
    with pytest.raises(CommandError, match="sign in with: 1"):
        call_command("check_oidc")
    with pytest.raises(CommandError, match="There are oidc, 1") as refusal:
        call_command("check_oidc", "7")
    assert refusal.value.returncode == 1


def test_nothing_configured_is_said() -> None:
    with pytest.raises(CommandError, match="No OIDC provider is configured") as refusal:
        call_command("check_oidc")
    assert refusal.value.returncode == 1


def test_no_secret_is_told(liar: LyingProvider, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_oidc")
    assert "secret+1" not in capsys.readouterr().out
