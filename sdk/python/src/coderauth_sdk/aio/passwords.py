"""Passwords: change, reset and check them."""

from coderauth_sdk.aio.transport import AsyncTransport
from coderauth_sdk.models.accounts import PasswordVerdict
from coderauth_sdk.parsing import parse
from coderauth_sdk.requests import ME, Reference, document, path


class AsyncPasswords:
    """`client.passwords`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._send = transport.send

    async def change(
        self, user: Reference = ME, *, password: str, old_password: str | None = None
    ) -> None:
        """Set a password. All keys of the user end, so one's own token no longer works.

        `old_password` is needed for one's own.
        """
        body = document(password=password, old_password=old_password)
        await self._send("PUT", path("users", user, "password"), body=body)

    async def validate(self, password: str) -> PasswordVerdict:
        """Say whether a password is good enough; needs no token."""
        answer = await self._send("POST", "/users/validate-password", body={"password": password})
        return parse(PasswordVerdict, answer)

    async def request_passcode(self, email: str) -> None:
        """Request a one-time passcode by mail; the answer hides whether it is known.

        Needs no token.
        """
        await self._send("POST", "/users/otp/request", body={"email": email})

    async def reset(self, *, email: str, passcode: str, password: str) -> None:
        """Set a new password with a mailed passcode; needs no token."""
        body = document(email=email, one_time_passcode=passcode, password=password)
        await self._send("POST", "/users/otp/change-password", body=body)

    async def take_back(self, user: Reference = ME) -> None:
        """Let an account of a provider sign in with a password again.

        Mails a passcode for `reset`; nothing changes until that sets a password.
        """
        await self._send("POST", path("users", user, "password-login"))
