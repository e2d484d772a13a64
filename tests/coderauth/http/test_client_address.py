"""Whose address counts behind proxies."""

import time

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from accounts.models import User
from coderauth.env import Environment
from coderauth.http.client import NO_ADDRESS, _warn_once, client_address, rate_limit_address
from scopes.models import Key
from tests.people import PASSWORD

PROXY, CLIENT = "10.0.0.1", "192.0.2.7"


def seen(peer: str, **headers: str) -> str:
    request = RequestFactory(REMOTE_ADDR=peer).get(
        "/", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    return client_address(request)


@pytest.fixture
def proxied(settings: Settings) -> Settings:
    networks = Environment({"CODERAUTH_P": "10.0.0.0/8, 2001:db8:aaaa::/48"}).networks("P")
    settings.PROXY_TRUSTED_ORIGINS = networks
    settings.PROXY_TRUSTED_HEADERS = ["X-Forwarded-For", "X-Real-Ip"]
    return settings


def test_without_configured_proxies_the_header_means_nothing() -> None:
    assert seen(CLIENT, X_Forwarded_For="1.2.3.4") == CLIENT


def test_only_a_configured_proxy_is_believed(proxied: Settings) -> None:
    assert seen(PROXY, X_Forwarded_For=CLIENT) == CLIENT
    assert seen(CLIENT, X_Forwarded_For="1.2.3.4") == CLIENT


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (f"1.2.3.4, {CLIENT}", CLIENT),  # What is to the left was written by the client.
        (f"1.2.3.4, {CLIENT}, 10.9.9.9", CLIENT),
        (f"{CLIENT},10.0.0.2,10.0.0.3", CLIENT),
        (f"  {CLIENT}  ", CLIENT),
        ("2001:db8::5", "2001:db8::5"),
        (f"::ffff:{CLIENT}", CLIENT),
        ("10.0.0.2, 10.0.0.3", PROXY),
        ("", PROXY),
        ("nonsense", PROXY),
        (f"{CLIENT}, nonsense", PROXY),
        (f"{CLIENT},", PROXY),
        ("fe80::1%eth0", "fe80::1"),
        (f"{CLIENT}:51234", CLIENT),
        (f"1.2.3.4:1, {CLIENT}:51234, 10.0.0.2:443", CLIENT),
        ("[2001:db8::5]", "2001:db8::5"),
        ("[2001:db8::5]:51234", "2001:db8::5"),
        ("[fe80::1%eth0]:80", "fe80::1"),
        ("2001:db8::5:51234", "2001:db8::5"),
        (f"[::ffff:{CLIENT}]:1", CLIENT),
        (f"{CLIENT}:port", PROXY),
        ("fe80::1%" + "x" * 100, PROXY),
        (f"{CLIENT}:123456", PROXY),
        ("[2001:db8::5", PROXY),
        ("[2001:db8::5]x", PROXY),
        (f"{CLIENT}:1:1", PROXY),
    ],
)
def test_the_rightmost_address_that_is_no_proxy_is_taken(
    proxied: Settings, header: str, address: str
) -> None:
    assert seen(PROXY, X_Forwarded_For=header) == address


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (f"for={CLIENT}", CLIENT),
        (f"For={CLIENT};proto=https;by=10.0.0.1", CLIENT),
        (f"proto=https ; for={CLIENT}", CLIENT),
        (f'for="{CLIENT}:47011"', CLIENT),
        ('for="[2001:db8::5]:4711"', "2001:db8::5"),
        ('for="[2001:db8::5]"', "2001:db8::5"),
        (f"for=1.2.3.4, for={CLIENT}, for=10.0.0.2", CLIENT),
        (f'for={CLIENT};host="a,b;for=1.2.3.4", for=10.0.0.2', CLIENT),
        ("for=1.2.3.4, for=unknown", PROXY),
        ("for=1.2.3.4, for=_hidden", PROXY),
        ("for=1.2.3.4, by=10.0.0.2", PROXY),
        (CLIENT, PROXY),
        ('for="', PROXY),
        ("forth=1.2.3.4", PROXY),
    ],
)
def test_the_standard_header_is_read_in_the_same_way(
    proxied: Settings, header: str, address: str
) -> None:
    proxied.PROXY_TRUSTED_HEADERS = ["Forwarded"]
    assert seen(PROXY, Forwarded=header) == address
    assert seen(CLIENT, Forwarded="for=1.2.3.4") == CLIENT


def test_a_long_header_is_read_in_a_moment(proxied: Settings) -> None:
    proxied.PROXY_TRUSTED_HEADERS = ["Forwarded"]
    for part in ('"', 'for="', "for=;", ' ;for="a";', ",", "\\", "for= "):
        began = time.process_time()
        seen(PROXY, Forwarded=part * (60_000 // len(part)))
        assert time.process_time() - began < 1


def test_a_word_that_is_not_understood_is_logged_once_and_not_repeated(
    proxied: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    _warn_once.cache_clear()
    for _ in range(3):
        assert seen(PROXY, X_Real_Ip="canary") == PROXY
    [record] = caplog.records
    assert record.message == (
        "X-Real-Ip names no address at a place where a trusted proxy wrote: those clients are "
        "counted as one, and the proxy's address is recorded"
    )


def test_the_headers_are_asked_in_their_order(proxied: Settings) -> None:
    assert seen(PROXY, X_Real_Ip=CLIENT) == CLIENT
    assert seen(PROXY, X_Real_Ip="1.2.3.4", X_Forwarded_For=CLIENT) == CLIENT


def test_a_proxy_that_is_reached_by_ipv6_or_mapped_is_believed(proxied: Settings) -> None:
    assert seen("2001:db8:aaaa::1", X_Forwarded_For=CLIENT) == CLIENT
    assert seen(f"::ffff:{PROXY}", X_Forwarded_For=CLIENT) == CLIENT


@pytest.mark.parametrize("peer", ["", "unix:", "/run/app.sock", "localhost", "999.1.1.1"])
def test_a_peer_without_an_address_is_unknown(peer: str) -> None:
    assert seen(peer) == NO_ADDRESS


@pytest.mark.parametrize("peer", ["192.0.2.1", "::1", "2001:db8::1"])
def test_a_peer_with_one_is_taken_as_it_is(peer: str) -> None:
    assert seen(peer) == peer


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("unix:", "unix:"),
    ],
)
def test_limits_count_networks_of_ipv6(address: str, counted: str) -> None:
    assert rate_limit_address(address) == counted


# A column for addresses stores whatever address a server may see.
@pytest.mark.parametrize("peer", ["fe80::1%eth0", "unix:", "::ffff:192.0.2.1", "2001:db8::1"])
def test_a_sign_in_from_any_peer_is_stored(alice: User, client: object, peer: str) -> None:
    answer = client.post(  # type: ignore[attr-defined]
        "/api/v2/users/login",
        {"email": alice.email, "password": PASSWORD},
        content_type="application/json",
        REMOTE_ADDR=peer,
    )
    assert answer.status_code == 201
    assert Key.objects.get().ip_address
