"""`client.tokens`."""

from datetime import timedelta
from typing import Any

import pytest
from coderauth_sdk import (
    AsyncClient,
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    NotSignedIn,
    Scope,
)

from tests.sdk.clients import unique

pytestmark = pytest.mark.anyio


async def test_a_token_has_its_scopes_and_ends_when_deleted(client: AsyncClient) -> None:
    name = unique("ci")

    created = await client.tokens.create(
        name=name,
        scopes=[Scope.WORKSPACE_READ, Scope.USER_READ],
        allow_list=["workspace:*", "user:*"],
        lifetime=timedelta(hours=2),
    )

    key = await client.tokens.get(created.id)
    assert key.token_name == name
    assert set(key.scopes) == {Scope.WORKSPACE_READ, Scope.USER_READ}
    assert set(key.allow_list) == {"workspace:*", "user:*"}
    assert key.lifetime_seconds == 7200
    assert key.expires_at - key.created_at == timedelta(hours=2)
    assert key.last_used is None or key.last_used.tzinfo
    assert await client.tokens.get_by_name(name) == key
    ci = client.with_token(created.secret)
    assert (await ci.users.get()).username == "owner"
    await client.tokens.delete(created.id)
    with pytest.raises(NotFound):
        await client.tokens.delete(created.id)


async def test_of_a_whole_key_only_the_id_is_sent(
    client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    caplog.set_level("INFO", logger="httpx2")  # It logs addresses; the server's settings say not.
    created = await client.tokens.create(scopes=[Scope.WORKSPACE_READ])

    assert (await client.tokens.get(created.secret)).id == created.id
    await client.tokens.delete(created.secret)

    assert created.id in caplog.text
    assert created.secret not in caplog.text


async def test_a_token_without_a_scope_is_not_sent(client: AsyncClient) -> None:
    with pytest.raises(ValueError, match="at least one scope"):
        await client.tokens.create(name=unique("ci"), scopes=[])


async def test_tokens_that_cannot_be_are_refused(client: AsyncClient) -> None:
    name, unknown = unique("ci"), "workspace:fly"
    wrong: Any = [unknown]
    await client.tokens.create(name=name, scopes=[Scope.WORKSPACE_READ])

    with pytest.raises(Conflict, match=name):
        await client.tokens.create(name=name, scopes=[Scope.WORKSPACE_READ])
    with pytest.raises(InvalidRequest, match=unknown):
        await client.tokens.create(scopes=wrong)
    with pytest.raises(InvalidRequest, match="lifetime"):
        await client.tokens.create(scopes=[Scope.USER_READ], lifetime=timedelta(days=-1))


async def test_a_key_makes_no_key_beyond_itself(client: AsyncClient) -> None:
    mother = await client.tokens.create(scopes=[Scope.API_KEY_ALL, Scope.USER_READ])
    narrowed = client.with_token(mother.secret)

    assert await narrowed.tokens.create(scopes=[Scope.USER_READ])
    with pytest.raises(Forbidden, match="beyond itself"):
        await narrowed.tokens.create(scopes=[Scope.WORKSPACE_READ])


async def test_tokens_are_listed(client: AsyncClient, member: AsyncClient) -> None:
    made = await member.tokens.create(name="mine", scopes=[Scope.CODER_ALL])

    [listed] = await member.tokens.list()

    assert (listed.id, listed.token_name) == (made.id, "mine")
    alice = await member.users.get()
    assert listed.username == alice.username
    assert made.id in {key.id for key in await client.tokens.list(everybody=True)}
    assert made.id not in {key.id for key in await client.tokens.list()}
    assert {key.id for key in await client.tokens.list(alice.id)} == {made.id}
    with pytest.raises((NotFound, InvalidRequest)):
        await member.tokens.list("owner")


async def test_keys_of_others_are_not_found(client: AsyncClient, member: AsyncClient) -> None:
    mine = await client.tokens.create(name=unique("ci"), scopes=[Scope.CODER_ALL])

    with pytest.raises(NotFound):
        await member.tokens.get(mine.id)
    with pytest.raises(NotFound):
        await member.tokens.get_by_name("nothing")


async def test_a_session_key_can_do_everything(client: AsyncClient, member: AsyncClient) -> None:
    created = await member.tokens.create_session_key()

    assert await client.with_token(created.secret).users.get() == await member.users.get()
    with pytest.raises((NotFound, InvalidRequest, Forbidden)):
        await member.tokens.create_session_key("owner")


async def test_the_longest_lifetime_is_told(member: AsyncClient) -> None:
    longest = await member.tokens.longest_lifetime()

    assert longest == timedelta(hours=876600)
    with pytest.raises(InvalidRequest, match="lifetime"):
        await member.tokens.create(scopes=[Scope.USER_READ], lifetime=longest * 2)
    with pytest.raises((NotFound, InvalidRequest)):
        await member.tokens.longest_lifetime("owner")


async def test_a_service_asks_what_a_token_is_good_for(client: AsyncClient) -> None:
    made = await client.tokens.create(scopes=[Scope.WORKSPACE_READ, Scope.USER_READ])

    found = await client.tokens.introspect(made.secret)

    assert found is not None
    assert found.scopes == ("workspace:read", "user:read")
    assert found.client_id == made.id
    assert await client.tokens.introspect("nonsense") is None
    with pytest.raises(NotSignedIn, match="401"):
        await client.with_token("").tokens.introspect(made.secret)


async def test_whoever_has_a_token_may_end_it(client: AsyncClient) -> None:
    made = await client.tokens.create(scopes=[Scope.WORKSPACE_READ])
    kept = await client.tokens.create(scopes=[Scope.WORKSPACE_READ])

    await client.with_token("").tokens.surrender(made.secret)

    assert await client.tokens.introspect(made.secret) is None
    assert await client.tokens.introspect(kept.secret) is not None
