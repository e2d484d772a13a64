"""Signing in and out, and whose token a client speaks with."""

import pytest
from coderauth_sdk import (
    AsyncClient,
    ConfigurationError,
    Forbidden,
    InvalidRequest,
    NotSignedIn,
    Scope,
)

from tests.people import PASSWORD
from tests.sdk.clients import Service, make_member, opened, unique

pytestmark = pytest.mark.anyio


async def test_signing_in_gives_a_client_for_the_session(client: AsyncClient) -> None:
    name = unique("alice")
    alice = await make_member(client, name)

    assert (await alice.users.get()).username == name
    assert (await client.users.get()).username == "owner"


async def test_wrong_password_is_refused(client: AsyncClient) -> None:
    name = unique("alice")
    await make_member(client, name)

    with pytest.raises(NotSignedIn) as refused:
        await client.sign_in(f"{name}@example.test", "Wr0ng-Passw0rd!")

    assert refused.value.message == "Incorrect email or password."
    assert refused.value.request_id


async def test_signing_out_ends_the_session(client: AsyncClient, member: AsyncClient) -> None:
    again = client.with_token(member.token)
    await again.users.get()

    await member.sign_out()

    with pytest.raises(NotSignedIn):
        await again.users.get()


async def test_a_sign_in_leaves_no_cookie_with_other_clients(
    client: AsyncClient, member: AsyncClient
) -> None:
    nobody = client.with_token("")

    with pytest.raises(NotSignedIn):
        await nobody.users.get()
    assert (await nobody.with_token(member.token).users.get()).username.startswith("alice")


async def test_a_client_without_a_token_asks_what_is_public(client: AsyncClient) -> None:
    nobody = client.with_token("")

    assert (await nobody.sign_in_methods()).password.enabled
    assert (await nobody.sign_in_methods()).oidc.sign_in_text == "OpenID Connect"
    assert (await nobody.build_info()).version.startswith("v")
    assert "workspace:read" in await nobody.scopes()
    assert await nobody.users.first_exists()


async def test_a_conversion_begins_with_the_password(member: AsyncClient) -> None:
    begun = await member.convert_login(to_type="oidc", password=PASSWORD)

    assert begun.to_type == "oidc"
    assert begun.state
    assert begun.state not in repr(begun)
    with pytest.raises(InvalidRequest, match="Unknown login type"):
        await member.convert_login(to_type="smoke", password=PASSWORD)


async def test_address_and_token_come_from_the_environment(
    service: Service, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODERAUTH_URL", f"{service.url}/api/v2/")
    monkeypatch.setenv("CODERAUTH_TOKEN", service.owner_token)
    async with opened(kind) as client:
        assert (await client.users.get()).username == "owner"


@pytest.mark.parametrize(
    "url", ["", "auth.example.org", "ftp://a.test", "https://me:secret@a.test", "https://a.test?x"]
)
async def test_an_address_that_is_none_is_refused(
    url: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODERAUTH_URL", raising=False)
    with pytest.raises(ConfigurationError, match="CODERAUTH_URL") as refused:
        async with opened(kind, url):
            pass
    assert "secret" not in str(refused.value)


async def test_a_narrowed_token_is_forbidden_to_sign_out(client: AsyncClient) -> None:
    created = await client.tokens.create(scopes=[Scope.WORKSPACE_READ])
    with pytest.raises(Forbidden):
        await client.with_token(created.secret).sign_out()


async def test_closing_a_client_for_another_token_closes_nothing(client: AsyncClient) -> None:
    await client.with_token("").aclose()

    assert (await client.users.get()).username == "owner"
