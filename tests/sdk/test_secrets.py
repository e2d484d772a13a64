"""No secret is in what a client prints, logs or raises."""

import io
import logging
import traceback

import pytest
from coderauth_sdk import AsyncClient, NewKey, NotSignedIn, Scope

from tests.people import PASSWORD
from tests.sdk.clients import Awaited, Service, make_member, opened, unique

pytestmark = pytest.mark.anyio


async def test_logs_have_no_secret(client: AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    alice = await make_member(client, unique("alice"))
    created = await alice.tokens.create(name="ci", scopes=[Scope.CODER_ALL])
    await client.with_token(created.secret).users.get()

    assert "set-cookie" in caplog.text.lower(), "the log has become quieter: look again"
    assert "[hidden]" in caplog.text
    for secret in (PASSWORD, alice.token, created.secret, client.token):
        assert secret not in caplog.text


async def test_texts_have_no_secret(client: AsyncClient) -> None:
    created = await client.tokens.create(scopes=[Scope.CODER_ALL])
    other = client.with_token(created.secret)

    inner = vars(other._wrapped if isinstance(other, Awaited) else other)
    for text in (repr(created), str(created), repr(other), str(other), repr(inner)):
        assert created.secret not in text
    assert created.secret not in repr(vars(inner["_transport"]))
    assert created.id in repr(created) + str(created)
    assert "with a token" in repr(other)
    assert "without a token" in repr(client.with_token(""))


def test_a_new_key_hides_its_secret() -> None:
    assert "bbbb" not in repr(NewKey("aaaa-bbbb"))
    assert str(NewKey("aaaa-bbbb")) == "key aaaa"


async def test_a_traceback_with_its_variables_has_no_token(kind: str, service: Service) -> None:
    secret = "aaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbb"
    async with opened(kind, service.url, secret) as client:
        with pytest.raises(NotSignedIn) as refused:
            await client.users.get()
    frames = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
    own = [frame for frame in frames.stack if "coderauth_sdk" in frame.filename]
    text = io.StringIO()
    for frame in own:
        text.write(str(frame.locals))
    assert own
    assert secret not in text.getvalue()
