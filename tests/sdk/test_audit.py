"""`client.audit`."""

from uuid import UUID

import pytest
from coderauth_sdk import AsyncClient, InvalidRequest, NotSignedIn, Scope

from tests.sdk.clients import unique

pytestmark = pytest.mark.anyio


async def make_tokens(client: AsyncClient, word: str, count: int) -> None:
    for number in range(count):
        await client.tokens.create(name=f"{word}-{number}", scopes=[Scope.WORKSPACE_READ])


async def test_entries_say_who_did_what(client: AsyncClient) -> None:
    word = unique("ci")
    await make_tokens(client, word, 1)

    [entry] = (await client.audit.page(f"{word} action:create")).audit_logs

    assert entry.user
    assert entry.user.username == "owner"
    assert (entry.resource_type, entry.action, entry.status_code) == ("api_key", "create", 201)
    assert entry.organization_id == UUID(int=0)
    assert entry.time.tzinfo


async def test_pages_hold_every_entry_once(client: AsyncClient) -> None:
    word = unique("ci")
    await make_tokens(client, word, 5)

    found = [entry async for entry in client.audit.iterate(word, page_size=2)]

    assert [entry.resource_target for entry in found] == [f"{word}-{n}" for n in (4, 3, 2, 1, 0)]
    assert (await client.audit.page(word, limit=1, offset=1)).count == 5


async def test_entries_that_come_meanwhile_repeat_nothing(client: AsyncClient) -> None:
    word = unique("ci")
    await make_tokens(client, word, 5)

    found = []
    async for entry in client.audit.iterate(word, page_size=2):
        found.append(entry.resource_target)
        if len(found) == 2:
            await make_tokens(client, f"{word}-late", 3)

    assert found == [f"{word}-{number}" for number in (4, 3, 2, 1, 0)]


async def test_a_caller_who_may_not_read_it_sees_nothing(
    client: AsyncClient, member: AsyncClient
) -> None:
    assert (await member.audit.page()).count == 0
    with pytest.raises(NotSignedIn):
        await client.with_token("").audit.page()
    with pytest.raises(InvalidRequest):
        await client.audit.page("date_from:yesterday")
