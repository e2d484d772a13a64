"""Settings come from the environment, and a wrong value stops the start with its name."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from coderauth.addresses import (
    ADDRESS_HEADER,
    GREETING,
    HOST,
    RECEIVER,
    REDIS,
    SENDER,
    SYSLOG,
    WEB_ADDRESS,
    Form,
    domain_above,
    greeting_name,
)
from coderauth.env import Environment


def env(**values: str) -> Environment:
    return Environment({f"CODERAUTH_{name}": value for name, value in values.items()})


def stops(read: Callable[[], Any], name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^CODERAUTH_{name} ") as refusal:
        read()
    assert str(refusal.value).endswith(".")


def test_a_text_is_trimmed_and_an_empty_one_is_the_default() -> None:
    assert env(X=" a b ").text("X") == "a b"
    assert env(X="  ").text("X", "default") == "default"
    assert env().text("X", "default") == "default"


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2\n")
    assert env(X_FILE=str(file)).text("X") == "hunter2"
    stops(lambda: env(X="a", X_FILE=str(file)).text("X"), "X")
    stops(lambda: env(X_FILE=str(tmp_path / "missing")).text("X"), "X_FILE")
    stops(lambda: env(X_FILE=str(tmp_path)).text("X"), "X_FILE")
    file.write_bytes(b"\xff\xfe\x00")
    stops(lambda: env(X_FILE=str(file)).text("X"), "X_FILE")


@pytest.mark.parametrize("value", ["1", "t", "true", "TRUE", "Yes", "on"])
def test_what_is_true(value: str) -> None:
    assert env(X=value).flag("X", default=False) is True


@pytest.mark.parametrize("value", ["0", "f", "false", "No", "OFF"])
def test_what_is_false(value: str) -> None:
    assert env(X=value).flag("X", default=True) is False


@pytest.mark.parametrize("value", ["2", "maybe", "true false", "y e s"])
def test_what_is_neither(value: str) -> None:
    stops(lambda: env(X=value).flag("X", default=True), "X")


def test_a_flag_that_is_absent_is_its_default() -> None:
    assert env().flag("X", default=True) is True
    assert env().flag("X", default=False) is False


@pytest.mark.parametrize("value", ["", "5", "10"])
def test_a_number_within_its_bounds(value: str) -> None:
    assert env(X=value).integer("X", 7, minimum=5, maximum=10) == int(value or 7)


@pytest.mark.parametrize("value", ["4", "11", "x", "1.5", "0x7", "-", "1e1"])
def test_any_other_number(value: str) -> None:
    stops(lambda: env(X=value).integer("X", 7, minimum=5, maximum=10), "X")


def test_durations() -> None:
    assert env(X="1h30m").duration("X", "1h") == timedelta(minutes=90)
    assert env().duration("X", "20m") == timedelta(minutes=20)
    for value in ("0", "0s", "-1h", "5", "1 hour", "h"):
        stops(lambda value=value: env(X=value).duration("X", "1h"), "X")  # type: ignore[misc]


def test_words() -> None:
    assert env(X=" a ,, b,").words("X") == ["a", "b"]
    assert env().words("X") == []


def test_headers_that_hold_addresses() -> None:
    headers = ["X-Forwarded-For", "forwarded", "CF-Connecting-IP"]
    assert env(X=", ".join(headers)).words("X", form=ADDRESS_HEADER) == headers
    for value in ("X-Forwarded-Proto", "X_Forwarded_For", "X-Real-IP:", "a b", "x-real-ip,via"):
        stops(lambda value=value: env(X=value).words("X", form=ADDRESS_HEADER), "X")  # type: ignore[misc]


def test_hosts() -> None:
    hosts = ["wiki.example.org", "wiki.example.org:8443", "localhost", "[::1]:80", "my_wiki"]
    assert env(X=", ".join(hosts)).words("X", form=HOST) == hosts


@pytest.mark.parametrize(
    "value",
    ["https://wiki.example.org", "a/b", "a/", "a..b", "a:0", "a:65536", "a:443", "Wiki", "*.a.b",
     "a@b", "a b", "[:::]", "a:x", "münchen.example"],
)  # fmt: skip
def test_any_other_host(value: str) -> None:
    stops(lambda: env(X=value).words("X", form=HOST), "X")


SIGN_IN_HOSTS = ["auth.example.org", "login.example.org"]


@pytest.mark.parametrize("value", ["example.org", ".example.org", "Example.org"])
def test_a_domain_above_all_hosts(value: str) -> None:
    assert env(X=value).formed("X", domain_above(SIGN_IN_HOSTS)) == value


@pytest.mark.parametrize(
    "value",
    ["org", ".org", "auth.example.org", "ample.org", "example.com", "example.org:80", "https://a.b",
     "example.org; path=/"],
)  # fmt: skip
def test_any_other_domain(value: str) -> None:
    stops(lambda: env(X=value).formed("X", domain_above(SIGN_IN_HOSTS)), "X")


def test_a_host_is_its_own_domain_unless_it_is_an_address() -> None:
    assert domain_above(["auth.example.org"]).accepts("auth.example.org")
    for value in ("127.0.0.1", "0.0.1", "0.1"):
        assert not domain_above(["127.0.0.1"]).accepts(value)


def test_a_choice() -> None:
    choices = frozenset({"lax", "none"})
    assert env(X="None").choice("X", "lax", choices) == "none"
    assert env().choice("X", "lax", choices) == "lax"
    stops(lambda: env(X="strict").choice("X", "lax", choices), "X")


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("127.0.0.1:3000", ("127.0.0.1", 3000)),
        ("[::1]:80", ("::1", 80)),
        ("mail.example.org:587", ("mail.example.org", 587)),
    ],
)
def test_an_address(value: str, address: tuple[str, int]) -> None:
    assert env(X=value).address("X", "") == address


@pytest.mark.parametrize("value", ["", ":3000", "host", "host:", "host:x", "host:0", "host:65536"])
def test_what_is_no_address(value: str) -> None:
    stops(lambda: env(X=value).address("X", ""), "X")


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://auth.example.org", "https://auth.example.org"),
        ("https://auth.example.org/", "https://auth.example.org"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://example.org/auth/", "https://example.org/auth"),
    ],
)
def test_a_url(value: str, url: str) -> None:
    assert env(X=value).url("X", "") == url


@pytest.mark.parametrize(
    "value",
    [
        "auth.example.org", "//auth.example.org", "ftp://auth.example.org", "https://", "https:///x",
        "https://a?b=c", "https://a#b", "https://[::1", "https://a:port", "https://a:99999",
        "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_is_no_url(value: str) -> None:
    stops(lambda: env(X=value).url("X", ""), "X")


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        ("https://auth.example.org", "https://auth.example.org"),
        ("https://auth.example.org:443/", "https://auth.example.org"),
        ("HTTP://Auth.Example.ORG:80", "http://auth.example.org"),
        ("http://auth.example.org:443", "http://auth.example.org:443"),
        ("https://bücher.example:8443", "https://xn--bcher-kva.example:8443"),
        ("https://xn--fa-hia.example", "https://xn--fa-hia.example"),
        ("http://[0:0:0:0:0:0:0:1]:3000", "http://[::1]:3000"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
    ],
)
def test_an_origin_is_written_as_browsers_do(value: str, origin: str) -> None:
    assert env(X=value).origin("X", "") == origin
    assert env(X=f"{value}, https://b.example").origins("X") == [origin, "https://b.example"]


@pytest.mark.parametrize(
    "value",
    [
        "", "auth.example.org", "https://", "https://a.example/auth", "https://me@a.example",
        "https://a.example?x=y", "https://a.example#x", "ftp://a.example", "https://a.example:0",
        "https://*.a.example", "https://a..example", "https://a;b.example",
        "https://a.example:x", "https://faß.example", f"https://{'a' * 64}.example", "https://[::x]",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused_by_name(value: str) -> None:
    stops(lambda: env(X=value).origin("X", ""), "X")


def test_choices() -> None:
    assert env(X="PRELOAD, includesubdomains").choices("X", ("includeSubDomains", "preload")) == [
        "preload",
        "includeSubDomains",
    ]
    assert env().choices("X", ("a",)) == []
    stops(lambda: env(X="a, c").choices("X", ("a", "b")), "X")


def test_networks() -> None:
    found = env(X="10.0.0.0/8, 192.0.2.1, 2001:db8::/32, 10.1.2.3/8").networks("X")
    assert [str(network) for network in found] == [
        "10.0.0.0/8",
        "192.0.2.1/32",
        "2001:db8::/32",
        "10.0.0.0/8",
    ]
    for value in ("10.0.0.0/33", "proxy", "*", "10.0.0.1:80"):
        stops(lambda value=value: env(X=value).networks("X"), "X")  # type: ignore[misc]


def test_a_secret_key_in_a_file_is_read_when_it_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    key = env().secret_key("X", file)
    stops(lambda: str(key), "X")
    file.write_text("k" * 32)
    assert env().secret_key("X", file).encode() == b"k" * 32


def test_a_configured_secret_key_needs_no_file(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    reader = env(X="k" * 32)
    assert reader.secret_key("X", file) == "k" * 32
    assert reader.key_files == {}
    stops(lambda: env(X="k" * 31).secret_key("X", file), "X")


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64])
def test_a_broken_file_is_not_taken_for_a_key(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret_key"
    file.write_bytes(content)
    stops(lambda: str(env().secret_key("X", file)), "X")
    assert file.read_bytes() == content


def test_earlier_secret_keys_are_held_to_the_same_length() -> None:
    assert env(X=f"{'a' * 32}, {'b' * 32}").secret_keys("X") == ["a" * 32, "b" * 32]
    assert env().secret_keys("X") == []
    stops(lambda: env(X=f"{'a' * 32},b").secret_keys("X"), "X")


@pytest.mark.parametrize("value", ["ada@example.org", "Ada <ada@example.org>", "a@localhost"])
def test_a_sender(value: str) -> None:
    assert env(X=value).formed("X", SENDER) == value


@pytest.mark.parametrize("value", ["ada", "@", "a@", "@b", "a@b\nBcc: c@d", "a@b, c@d", "<a@b"])
def test_what_is_no_sender(value: str) -> None:
    stops(lambda: env(X=value).formed("X", SENDER), "X")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("auth.example.org", "auth.example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("127.0.0.1", "[127.0.0.1]"),
        ("::1", "[IPv6:::1]"),
        ("localhost", "localhost"),
    ],
)
def test_how_a_host_introduces_itself_to_a_mail_server(host: str, name: str) -> None:
    assert greeting_name(host) == name
    assert env(X="mail.example.org").formed("X", GREETING) == "mail.example.org"
    for value in ("two words", "bücher.example", "a\r\nb", "?x", "[::1"):
        stops(lambda value=value: env(X=value).formed("X", GREETING), "X")  # type: ignore[misc]


def test_a_link() -> None:
    assert (
        env(X="https://example.org/terms?v=1#a").formed("X", WEB_ADDRESS)
        == "https://example.org/terms?v=1#a"
    )
    assert env().formed("X", WEB_ADDRESS) == ""
    for value in ("example.org", "javascript:alert(1)", "/terms", "https://", "https:///x"):
        stops(lambda value=value: env(X=value).formed("X", WEB_ADDRESS), "X")  # type: ignore[misc]


@pytest.mark.parametrize("value", ["redis://h", "rediss://:p%23w@h:1/0", "unix:///run/redis.sock"])
def test_the_address_of_a_redis(value: str) -> None:
    assert env(X=value).formed("X", REDIS) == value
    assert env().formed("X", REDIS) == ""


@pytest.mark.parametrize("value", ["h:6379", "http://h", "redis://:p#w@h", "redis://h:x", "redis:"])
def test_what_is_no_address_of_a_redis(value: str) -> None:
    stops(lambda: env(X=value).formed("X", REDIS), "X")


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (RECEIVER, "https://logs.example.org/hook?token=x"),
        (RECEIVER, "http://127.0.0.1:8088/"),
        (RECEIVER, "http://localhost/x"),
        (SYSLOG, "udp://logs.example.org"),
        (SYSLOG, "tcp://[::1]:1514"),
        (SYSLOG, "tls://logs.example.org:6514/"),
    ],
)
def test_where_the_audit_is_sent(form: Form, value: str) -> None:
    assert env(X=value).formed("X", form) == value
    assert env().formed("X", form) == ""


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (RECEIVER, "http://logs.example.org/hook"),
        (RECEIVER, "http://127.0.0.1.example.org/"),
        (RECEIVER, "ftp://127.0.0.1/"),
        (RECEIVER, "https:///hook"),
        (RECEIVER, "https://h:x/"),
        (RECEIVER, "logs.example.org"),
        (SYSLOG, "logs.example.org:514"),
        (SYSLOG, "https://logs.example.org"),
        (SYSLOG, "tcp://"),
        (SYSLOG, "tcp://h:x"),
        (SYSLOG, "tcp://h/path"),
    ],
)
def test_where_the_audit_is_not_sent(form: Form, value: str) -> None:
    stops(lambda: env(X=value).formed("X", form), "X")


def test_every_read_is_remembered_for_the_reference() -> None:
    reader = env(A="1")
    reader.integer("A", 7, minimum=0, maximum=9)
    reader.flag("B", default=True)
    assert sorted(reader.known)[0].endswith("A")
    assert len(reader.known) == 2


@pytest.mark.parametrize(
    ("value", "origins"),
    [
        ("", []),
        ("https://app.example.org", ["https://app.example.org"]),
        ("HTTPS://App.Example.org:443/", ["https://app.example.org"]),
        (
            "http://app.example.org:80, http://[::1]:8080",
            ["http://app.example.org", "http://[::1]:8080"],
        ),
        ("https://münchen.example:8443", ["https://xn--mnchen-3ya.example:8443"]),
    ],
)
def test_origins_are_what_browsers_write(value: str, origins: list[str]) -> None:
    assert env(X=value).origins("X") == origins


@pytest.mark.parametrize(
    "value",
    ["*", "app.example.org", "https://", "https://a.example/app", "https://a@a.example", "ftp://a.example",
     "https://a.example:0", "https://a.example:99999", "https://a..example", "https://[", "https://a.example?x"],
)  # fmt: skip
def test_what_is_no_origin(value: str) -> None:
    stops(lambda: env(X=value).origins("X"), "X")


def known(**values: str) -> Environment:
    reader = env(**values)
    for name in ("ACCESS_URL", "SECRET_KEY", "OIDC_ISSUER_URL"):
        reader.text(name)
    return reader


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ACESS_URL", "ACCESS_URL"),
        ("SECRET_KEY_FIL", "SECRET_KEY_FILE"),
        ("SECRETKEY_FILE", "SECRET_KEY_FILE"),
        ("OIDC_1_ISUER_URL", "OIDC_1_ISSUER_URL"),
        ("OIDC_100_ISSUER_URL", "OIDC_1_ISSUER_URL"),
        ("OIDC_ISSUER_UR", "OIDC_ISSUER_URL"),
    ],
)
def test_a_misspelled_variable_is_told_with_the_nearest_one(name: str, meant: str) -> None:
    reader = known(**{name: ""})
    reader.unlisted().text("OIDC_1_ISSUER_URL")
    with pytest.raises(ImproperlyConfigured) as refusal:
        reader.refuse_unknown()
    assert str(refusal.value) == (
        f"CODERAUTH_{name} is not a setting of coderauth; did you mean CODERAUTH_{meant}?"
    )


def test_what_resembles_no_setting_is_told_too_and_each_of_several() -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        known(PORT="3000", ZZZ="1").refuse_unknown()
    assert str(refusal.value).splitlines() == [
        "CODERAUTH_PORT is not a setting of coderauth; docs/settings.md lists them all.",
        "CODERAUTH_ZZZ is not a setting of coderauth; docs/settings.md lists them all.",
    ]


def test_settings_their_files_and_what_clients_read_are_known() -> None:
    known(ACCESS_URL="x", SECRET_KEY_FILE="/dev/null", TOKEN="x").refuse_unknown("TOKEN")
    Environment({"PATH": "/", "CODER_URL": "x", "CODERAUTHX": "y"}).refuse_unknown()


def test_what_kubernetes_says_of_services_named_like_us_is_no_misspelling() -> None:
    known(
        SERVICE_HOST="10.0.0.1",
        SERVICE_PORT="3000",
        SERVICE_PORT_HTTP="3000",
        PORT="tcp://10.0.0.1:3000",
        PORT_3000_TCP="tcp://10.0.0.1:3000",
        PORT_3000_TCP_PROTO="tcp",
        PORT_3000_TCP_PORT="3000",
        PORT_3000_TCP_ADDR="10.0.0.1",
        POSTGRES_SERVICE_HOST="10.0.0.2",
        POSTGRES_SERVICE_PORT="5432",
        POSTGRES_PORT="tcp://10.0.0.2:5432",
        POSTGRES_PORT_5432_TCP_ADDR="10.0.0.2",
    ).refuse_unknown()
