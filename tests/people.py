"""The fixed people of the tests, and plain functions that make more of everything."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client

from accounts.models import User
from scopes.keys.issuing import key_insert
from scopes.keys.minting import KeySpec
from scopes.models import Key, LoginType, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.openapi import validate

PASSWORD = "Str0ng-Passw0rd!x"


def make_user(
    username: str,
    *,
    roles: Sequence[str] = (),
    organization: Organization | None = None,
    organization_roles: Sequence[str] = (),
    joins: bool = True,
    **fields: Any,
) -> User:
    """Store an active password user, a member of the default organization unless told otherwise."""
    values = {
        "email": f"{username}@example.test",
        "password": make_password(PASSWORD)
        if fields.get("login_type", "password") == "password"
        else "",
        "status": "active",
        "site_roles": list(roles),
        **fields,
    }
    user = User.objects.create(username=username, **values)
    if joins:
        Membership.objects.create(
            user=user,
            organization=organization or default_organization(),
            roles=list(organization_roles),
        )
    return user


def make_key(
    user: User,
    *,
    login_type: str = LoginType.PASSWORD,
    lifetime: timedelta = timedelta(hours=24),
    **fields: Any,
) -> str:
    """Store a key for a user and return its secret token; `fields` overwrite the stored row."""
    nameless = "" if login_type != LoginType.TOKEN else f"token-{uuid4().hex[:8]}"
    spec = KeySpec(
        login_type=LoginType(login_type), lifetime=lifetime, name=fields.pop("name", nameless)
    )
    with transaction.atomic():
        key, secret = key_insert(user_id=user.pk, spec=spec)
    if fields:
        Key.objects.filter(pk=key.pk).update(**fields)
    return secret


@dataclass
class Api:
    """Talk to the API as somebody, the way a command-line client does.

    Every answer is held to the OpenAPI document.
    """

    token: str = ""
    address: str = "127.0.0.1"

    def __call__(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> Any:
        """Send a request below `/api/v2`; `headers` are given as `x_forwarded_for="…"`."""
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        return self._send(method, path, data, headers)

    def get(self, path: str, **headers: str) -> Any:
        return self._send("GET", path, b"", headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send(
            "POST", path, json.dumps(body).encode() if body is not None else b"", headers
        )

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send(
            "PUT", path, json.dumps(body).encode() if body is not None else b"", headers
        )

    def delete(self, path: str, **headers: str) -> Any:
        return self._send("DELETE", path, b"", headers)

    def _send(self, method: str, path: str, data: bytes, headers: dict[str, str]) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("Coder-Session-Token", self.token)
        response = Client(enforce_csrf_checks=True, REMOTE_ADDR=self.address).generic(
            method, f"/api/v2{path}", data, content_type="application/json", headers=sent
        )
        validate(response)
        return response


def signed_in(user: User, **fields: Any) -> Api:
    """Return a client with a fresh session of a user."""
    return Api(make_key(user, **fields))


def login(
    email: str = "alice@example.test", password: str = PASSWORD, *, address: str = "127.0.0.1"
) -> Any:
    """Sign in with a password; return the answer."""
    return Api(address=address).post("/users/login", {"email": email, "password": password})


def is_good(api: Api) -> bool:
    """Say whether the key of a client lets it in."""
    return bool(api.get("/users/me").status_code == 200)


def may_sign_in(email: str, password: str) -> bool:
    """Say whether this is their password, and they are let in with it."""
    return bool(login(email, password).status_code == 201)


def reset_password(email: str, passcode: object, password: str) -> Any:
    """Set a password with a passcode; return the answer."""
    body = {"email": email, "password": password, "one_time_passcode": str(passcode)}
    return Api().post("/users/otp/change-password", body)
