"""Send a request, retry it where that is safe, and read its answer."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import httpx2

from coderauth_sdk.answers import read_answer, transport_error
from coderauth_sdk.errors import ConnectionFailed, RateLimited
from coderauth_sdk.retries import Attempts, Retries
from coderauth_sdk.secrets import Bearer

logger = logging.getLogger("coderauth_sdk")


class AsyncTransport:
    """Send requests with one token."""

    def __init__(self, http: httpx2.AsyncClient, token: str, retries: Retries) -> None:
        self.http = http
        self.auth = Bearer(token) if token else None
        self.retries = retries

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> Any:
        """Return the JSON of the answer, None for an empty one; raises CoderAuthError.

        A form goes to what speaks OAuth 2.0, at the root of the site.
        """
        attempts = Attempts(self.retries, method)
        while True:
            try:
                return await self._send_once(method, path, query, body, form)
            except (RateLimited, ConnectionFailed) as error:
                pause = attempts.pause_after(error)
                if pause is None:
                    raise
            logger.info("%s %s is tried again in %.1f s", method, path, pause)
            await asyncio.sleep(pause)

    async def _send_once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        body: Any,
        form: Mapping[str, str] | None,
    ) -> Any:
        operation = f"{method} {path}"
        where = path if form is None else self.http.base_url.join(path)
        try:
            response = await self.http.request(
                method, where, params=query, json=body, data=form, auth=self.auth
            )
        except httpx2.RequestError as error:
            raise transport_error(error, operation) from error
        return read_answer(response, operation)
