"""Refusals, proxies, strangers and silence, as exceptions that say what to do."""

import pickle
from typing import Any

import pytest
from coderauth_sdk import (
    ApiError,
    AsyncClient,
    CoderAuthError,
    Conflict,
    ConnectionFailed,
    Forbidden,
    InvalidRequest,
    NotFound,
    NotSignedIn,
    RateLimited,
    Retries,
    Scope,
    ServerError,
    TimedOut,
    TransportError,
    UnexpectedAnswer,
    Validation,
)

from tests.sdk.clients import opened
from tests.sdk.scripted import BUILD, Answer, scripted
from tests.servers import free_port

pytestmark = pytest.mark.anyio
NEVER = Retries(limit=0)


async def asked(kind: str, answer: Answer) -> Any:
    with scripted(answer) as server:
        async with opened(kind, server.url, "", retries=NEVER, timeout=5) as client:
            return await client.build_info()


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (400, InvalidRequest),
        (401, NotSignedIn),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (418, ApiError),
        (422, InvalidRequest),
        (428, ApiError),
        (429, RateLimited),
        (500, ServerError),
        (503, ServerError),
    ],
)
async def test_each_status_has_its_exception(
    kind: str, status: int, wanted: type[ApiError]
) -> None:
    body = {"message": "No.", "detail": "Why.", "validations": [{"field": "a", "detail": "b"}]}

    with pytest.raises(wanted) as refused:
        await asked(kind, Answer(status, body, {"X-Coder-Request-Id": "17"}))

    error = refused.value
    assert type(error) is wanted
    assert isinstance(error, CoderAuthError)
    assert (error.status, error.message, error.detail) == (status, "No.", "Why.")
    assert error.validations == (Validation("a", "b"),)
    assert error.request_id == "17"
    assert str(error).startswith(f"{status} No. Why. a: b")
    assert str(error).endswith("(GET /buildinfo, request 17)")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


async def test_an_error_says_what_to_do(client: AsyncClient) -> None:
    with pytest.raises(NotSignedIn, match="CODERAUTH_TOKEN"):
        await client.with_token("wrong").users.get()
    with pytest.raises(InvalidRequest, match=r"Change the request .*\(GET /users/nobody, request"):
        await client.users.get("nobody")


async def test_a_narrowed_token_is_told_what_it_lacks(client: AsyncClient) -> None:
    made = await client.tokens.create(scopes=[Scope.WORKSPACE_READ])
    with pytest.raises(ApiError, match="lacks user:read") as refused:
        await client.with_token(made.secret).users.get()

    assert refused.value.missing_scopes == ("user:read",)
    assert pickle.loads(pickle.dumps(refused.value)).missing_scopes == ("user:read",)
    with pytest.raises(ApiError) as refused:
        await client.users.get("nobody")
    assert refused.value.missing_scopes == ()


async def test_a_page_of_a_proxy_is_an_error_of_its_status(kind: str) -> None:
    with pytest.raises(ServerError, match="502 Bad Gateway"):
        await asked(kind, Answer(502, b"<html>"))


@pytest.mark.parametrize("body", [b"<html>", b"", b"\xff", [], {"version": 1}, {}])
async def test_an_answer_of_somebody_else_is_unexpected(kind: str, body: Any) -> None:
    with pytest.raises(UnexpectedAnswer, match="coderauth"):
        await asked(kind, Answer(200, body))
    assert await asked(kind, Answer(200, {**BUILD, "new": 1}))


async def test_an_id_that_is_none_is_unexpected(kind: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="deployment_id"):
        await asked(kind, Answer(200, {**BUILD, "deployment_id": "17"}))


async def test_a_redirect_is_not_followed(kind: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="redirect"):
        await asked(kind, Answer(302, None, {"Location": "/elsewhere"}))


@pytest.mark.parametrize("body", ["no", {"message": ["x"], "validations": "y"}, {}])
async def test_a_strange_envelope_is_still_a_refusal(kind: str, body: Any) -> None:
    with pytest.raises(NotFound, match="404"):
        await asked(kind, Answer(404, body))


async def test_answers_leave_out_no_check(kind: str) -> None:
    with scripted(Answer(200, {})) as server:
        async with opened(kind, server.url, "x") as client:
            with pytest.raises(UnexpectedAnswer, match="leaves out 'asked'"):
                await client.may("read", "workspace")


async def test_nobody_answers(kind: str) -> None:
    async with opened(kind, f"http://127.0.0.1:{free_port()}", "", retries=NEVER) as client:
        with pytest.raises(ConnectionFailed, match=r"GET /buildinfo.*CODERAUTH_URL") as failed:
            await client.build_info()
    assert isinstance(failed.value, TransportError)


async def test_an_answer_that_takes_too_long(kind: str) -> None:
    with scripted(Answer(200, BUILD, waits=2)) as server:
        async with opened(kind, server.url, "", timeout=0.3) as client:
            with pytest.raises(TimedOut, match="timeout"):
                await client.build_info()
    assert server.requests == ["GET /api/v2/buildinfo"]
