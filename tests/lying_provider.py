"""An OIDC provider over real HTTP, honest until it is told to lie, to dawdle or to talk nonsense.

No certified provider lies, so this one does. By default it keeps to the standards: codes are good
once, for their client, their redirect URI and their PKCE verifier.
"""

import gzip
import hmac
import json
import secrets
import socket
import ssl
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.prompt import Prompt

CLIENT_ID, CLIENT_SECRET = "coderauth", "a client's: secret+1"
DISCOVERY, AUTHORIZE, TOKEN, KEYS, USERINFO = (
    "/.well-known/openid-configuration", "/authorize", "/token", "/keys", "/userinfo",
)  # fmt: skip
STEPS = (DISCOVERY, TOKEN, KEYS, USERINFO)
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# In place of a claim or a field: it is left out.
LEFT_OUT = object()

RSA = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}, private=True)
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}, private=True)
ROTATED_RSA = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"}, private=True)


def key_of(algorithm: str) -> Key:
    """Return a new key that signs with an algorithm."""
    if algorithm.startswith("ES"):
        curve: Any = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[algorithm]
        return ECKey.generate_key(curve, {"kid": algorithm}, private=True)
    if algorithm == "EdDSA":
        return OKPKey.generate_key("Ed25519", {"kid": algorithm}, private=True)
    return RSAKey.generate_key(2048, {"kid": algorithm}, private=True)


@dataclass
class LyingProvider:
    """How it behaves; change a field and it does so from the next request on.

    `answers` maps a path to what is done there instead: a function of the request's handler.
    """

    issuer: str = ""
    subject: str = "248289761001"
    # What its tokens and documents say besides, or instead.
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    token_answer: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    key: Key = field(default_factory=lambda: RSA)
    header: dict[str, Any] = field(default_factory=dict)
    published: list[dict[str, Any]] | None = None
    access_token: Callable[["LyingProvider"], str] | None = None
    make_id_token: Callable[["LyingProvider", dict[str, Any]], str] | None = None
    answers: dict[str, Callable[["Handler"], None]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    # How clients must send their secret; empty: as they like. What others are answered.
    client_auth: str = ""
    to_unknown_clients: tuple[int, Any] = (401, {"error": "invalid_client"})
    # What userinfo answers with instead of JSON: a token of its claims.
    userinfo_token: Callable[["LyingProvider", dict[str, Any]], str] | None = None
    refresh_tokens: set[str] = field(default_factory=set)
    token_requests: list[dict[str, str]] = field(default_factory=list)

    def tell(self, **claims: Any) -> None:
        """Have the ID token say this."""
        self.claims.update(claims)

    def discovery(self) -> dict[str, Any]:
        return without_left_out(
            {
                "issuer": self.issuer,
                "authorization_endpoint": self.issuer + AUTHORIZE,
                "token_endpoint": self.issuer + TOKEN,
                "jwks_uri": self.issuer + KEYS,
                "userinfo_endpoint": self.issuer + USERINFO,
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "none"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid", "profile", "email"],
                **self.document,
            }
        )

    def keys(self) -> list[dict[str, Any]]:
        if self.published is not None:
            return self.published
        return [dict(self.key.as_dict(private=False))]

    def id_token(self, asked: dict[str, str], access_token: str) -> str:
        now = int(time.time())
        half = sha256(access_token.encode()).digest()[:16]
        claims = without_left_out(
            {
                "iss": self.issuer,
                "sub": self.subject,
                "aud": asked["client_id"],
                "exp": now + 300,
                "iat": now,
                "nonce": asked.get("nonce", LEFT_OUT),
                "at_hash": encoded(half) if self.algorithm == "RS256" else LEFT_OUT,
                **self.claims,
            }
        )
        if self.make_id_token is not None:
            return self.make_id_token(self, claims)
        return signed(claims, self.key, self.algorithm, **self.header)

    def logout_token(self, **claims: Any) -> str:
        """Return what says that its subject has signed out; `claims` are more, or others."""
        now = int(time.time())
        told = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(12),
            "sub": self.subject,
            "events": {LOGOUT_EVENT: {}},
            **claims,
        }
        return signed(without_left_out(told), self.key, self.algorithm, typ="logout+jwt")

    def authorize(self, url: str) -> str:
        """Return where a browser at our authorize URL is sent: somebody signs in at once."""
        query = dict(parse_qsl(urlsplit(url).query))
        code = f"code-{secrets.token_urlsafe(12)}"
        self.codes[code] = query
        back = {"code": code, "state": query["state"]}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def grant(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the answer of a request for tokens."""
        if not self._knows_client(form, authorization):
            return self.to_unknown_clients
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") not in self.refresh_tokens:
                return 400, {"error": "invalid_grant"}
            asked = {"client_id": CLIENT_ID}
        else:
            found = self.codes.pop(form.get("code", ""), None)
            if found is None or not _belongs(found, form):
                return 400, {"error": "invalid_grant", "error_description": form.get("code")}
            asked = found
        access_token = self.access_token(self) if self.access_token else secrets.token_urlsafe(24)
        refresh_token = secrets.token_urlsafe(24)
        self.refresh_tokens.add(refresh_token)
        answer = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "refresh_token": refresh_token,
            "id_token": self.id_token(asked, access_token),
            **self.token_answer,
        }
        return 200, without_left_out(answer)

    def _knows_client(self, form: dict[str, str], authorization: str) -> bool:
        sent = (form.get("client_id", ""), form.get("client_secret", ""))
        is_basic = authorization.startswith("Basic ")
        if self.client_auth not in (
            "",
            "client_secret_basic" if is_basic else "client_secret_post",
        ):
            return False
        if is_basic:
            name, _, secret = b64decode(authorization[6:]).decode().partition(":")
            sent = (unquote_plus(name), unquote_plus(secret))
        return sent == (CLIENT_ID, CLIENT_SECRET)


def _belongs(asked: dict[str, str], form: dict[str, str]) -> bool:
    challenge = asked.get("code_challenge")
    digest = encoded(sha256(form.get("code_verifier", "").encode()).digest())
    return form.get("redirect_uri") == asked["redirect_uri"] and (
        digest == challenge if challenge else "code_verifier" not in form
    )


class Handler(Prompt, BaseHTTPRequestHandler):
    """One request; `provider` says what to do with it."""

    provider: LyingProvider
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.serve({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.serve(dict(parse_qsl(body.decode(), keep_blank_values=True)))

    def serve(self, form: dict[str, str]) -> None:
        self.form = form
        path = urlsplit(self.path).path
        self.provider.asked[path] += 1
        with suppress(ConnectionError):
            self.provider.answers.get(path, Handler.behave)(self)

    def behave(self) -> None:
        """Answer as an honest provider does."""
        provider, path = self.provider, urlsplit(self.path).path
        if path == DISCOVERY:
            self.send_json(provider.discovery())
        elif path == AUTHORIZE:
            self.send(302, b"", Location=provider.authorize(self.path))
        elif path == TOKEN:
            provider.token_requests.append(self.form)
            status, answer = provider.grant(self.form, self.headers.get("Authorization", ""))
            self.send_json(answer, status)
        elif path == KEYS:
            self.send_json({"keys": provider.keys()})
        elif path == USERINFO:
            claims = without_left_out({"sub": provider.subject, **provider.userinfo})
            if provider.userinfo_token is None:
                self.send_json(claims)
            else:
                token = provider.userinfo_token(provider, claims).encode()
                self.send(200, token, **{"Content-Type": "application/jwt"})
        else:
            self.send(404, b"")

    def send_json(self, document: Any, status: int = 200) -> None:
        self.send(status, json.dumps(document).encode(), **{"Content-Type": "application/json"})

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""


# --- what a provider may do wrong at any step -----------------------------------------------
def hang_up(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def drip(handler: Handler) -> None:
    """Send a byte every tenth of a second, without end."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    for _ in range(600):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def say_nothing(handler: Handler) -> None:
    time.sleep(30)


def fail(handler: Handler) -> None:
    handler.send(500, b"Internal Server Error")


def html(handler: Handler) -> None:
    handler.send(200, b"<html><body>Please log in</body></html>")


def garbage(handler: Handler) -> None:
    handler.send(200, bytes(range(256)) * 4)


def not_http(handler: Handler) -> None:
    handler.wfile.write(b"220 mail.example.test ESMTP\r\n\r\n")
    handler.close_connection = True


def an_array(handler: Handler) -> None:
    handler.send(200, b"[]")


def null(handler: Handler) -> None:
    handler.send(200, b"null")


def deep(handler: Handler) -> None:
    handler.send(200, b'{"a":' * 900 + b"1" + b"}" * 900)


def bottomless(handler: Handler) -> None:
    handler.send(200, b"[" * 500_000)


def huge(handler: Handler) -> None:
    """Send more than anybody reads, and say so only by sending it."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    chunk = b" " * 65_536
    for _ in range(64):
        handler.wfile.write(b"10000\r\n" + chunk + b"\r\n")
    handler.close_connection = True


def bomb(handler: Handler) -> None:
    """Send what is small, and unpacks to twenty times what anybody may send."""
    handler.send(200, _packed(), **{"Content-Encoding": "gzip"})


@lru_cache(maxsize=1)
def _packed() -> bytes:
    return gzip.compress(b'{"a": "' + b" " * 20_000_000 + b'"}', 1)


def redirect(handler: Handler) -> None:
    """Lead to where an honest answer is."""
    handler.send(302, b"", Location=handler.provider.issuer + DISCOVERY)


def nul(handler: Handler) -> None:
    handler.send_json({"issuer": "a\0b", "keys": ["\0"], "sub": "\0", "access_token": "\0"})


def surrogate(handler: Handler) -> None:
    handler.send(200, b'{"issuer": "\\ud800", "sub": "\\ud800", "access_token": "\\ud800"}')


def wrong_types(handler: Handler) -> None:
    handler.send_json(
        {
            "issuer": 1, "keys": 1, "sub": [], "access_token": {}, "id_token": 5,
            "expires_in": "soon", "error": None, "token_type": [],
        }
    )  # fmt: skip


NONSENSE = (
    html, garbage, an_array, null, deep, bottomless, huge, bomb, redirect, nul, surrogate,
    wrong_types,
)  # fmt: skip
DOWN = (hang_up, fail, not_http)
SLOW = (drip, say_nothing)


# --- tokens ---------------------------------------------------------------------------------
def signed(claims: dict[str, Any], key: Key, algorithm: str = "RS256", **header: Any) -> str:
    """Return a token; `header` changes its header, LEFT_OUT takes a field away."""
    fields = without_left_out({"alg": algorithm, "kid": key.kid, **header})
    return jwt.encode(fields, claims, key, registry=_AnyAlgorithm(strict_check_header=False))


class _AnyAlgorithm(JWSRegistry):
    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]

    def check_header(self, header: Any) -> None:
        """Sign whatever it says."""


def unsigned(provider: LyingProvider, claims: dict[str, Any]) -> str:
    """Return a token of the algorithm `none`."""
    header = encoded(json.dumps({"alg": "none"}).encode())
    return f"{header}.{encoded(json.dumps(claims).encode())}."


def signed_with_public_key(provider: LyingProvider, claims: dict[str, Any]) -> str:
    """Return a token of HS256, whose secret is the PEM of the public key."""
    assert isinstance(provider.key, RSAKey)
    header = encoded(json.dumps({"alg": "HS256", "kid": provider.key.kid}).encode())
    text = f"{header}.{encoded(json.dumps(claims).encode())}"
    secret = provider.key.as_pem(private=False)
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), 'sha256'))}"


def signed_userinfo(provider: LyingProvider, claims: dict[str, Any]) -> str:
    """Return userinfo as a token, by the standard (OIDC Core 5.3.2)."""
    fields = {"iss": provider.issuer, "aud": CLIENT_ID, **claims}
    return signed(without_left_out(fields), provider.key, provider.algorithm)


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def without_left_out(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not LEFT_OUT}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that hang up."""


@contextmanager
def lying_provider(certificate: ssl.SSLContext | None = None) -> Iterator[LyingProvider]:
    """Run one on a free port of this machine, over TLS if it has a certificate."""
    provider = LyingProvider()
    handler = type("ProviderHandler", (Handler,), {"provider": provider})
    server = _Server(("127.0.0.1", 0), handler)
    if certificate is not None:
        server.socket = certificate.wrap_socket(server.socket, server_side=True)
    scheme = "https" if certificate else "http"
    provider.issuer = f"{scheme}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
