"""`may`, `authcheck` and `explain`."""

from uuid import uuid4

import pytest
from coderauth_sdk import AsyncClient, Check, InvalidRequest, NotSignedIn, Scope

pytestmark = pytest.mark.anyio
MINE = {
    "read": Check("read", "workspace", owner_id="me"),
    "stop": Check("stop", "workspace", owner_id="me"),
}


async def narrowed(client: AsyncClient) -> AsyncClient:
    created = await client.tokens.create(scopes=[Scope.WORKSPACE_READ])
    return client.with_token(created.secret)


async def test_checks_are_answered_by_name(client: AsyncClient, member: AsyncClient) -> None:
    assert await member.authcheck(MINE) == {"read": True, "stop": True}
    assert await (await narrowed(client)).authcheck(MINE) == {"read": True, "stop": False}
    assert await client.authcheck({}) == {}


async def test_one_thing_is_asked(client: AsyncClient, member: AsyncClient) -> None:
    owner, alice = await client.users.get(), await member.users.get()

    assert await member.may("read", "workspace", owner_id=alice.id)
    assert not await member.may("read", "workspace", owner_id=owner.id)
    assert await client.may("read", "workspace", owner_id=alice.id)
    assert await member.may("read", "user", resource_id=alice.id)
    [organization] = alice.organization_ids
    assert await member.may("read", "organization", organization_id=organization)
    assert not await member.may("update", "organization", organization_id=organization)
    assert not await member.may("create", "template", any_org=True)


async def test_an_explanation_says_what_is_missing(client: AsyncClient) -> None:
    why = await (await narrowed(client)).explain(MINE)

    assert why["read"].allowed
    assert why["read"].missing == ()
    assert not why["stop"].allowed
    assert why["stop"].missing == ("scope",)
    assert why["stop"].scope is None
    assert "workspace:stop" in why["stop"].hint


async def test_checks_that_cannot_be_answered_are_refused(client: AsyncClient) -> None:
    many = {str(number): Check("read", "user", resource_id=uuid4()) for number in range(11)}

    with pytest.raises(InvalidRequest, match="10 times"):
        await client.authcheck(many)
    with pytest.raises(InvalidRequest, match="resource_type"):
        await client.explain({"nothing": Check("read", "")})
    with pytest.raises(NotSignedIn):
        await client.with_token("").authcheck(MINE)
