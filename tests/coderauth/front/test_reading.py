"""What the door lets in, and as what; what it turns away."""

import json
import time
from typing import Any

import pytest

from coderauth.front.bounds import MAX_AHEAD, MAX_BODY, MAX_FIELDS, MAX_HEAD

from .conftest import Door
from .wire import get, wire

TOO_LARGE = {
    "message": "Request body must be valid JSON.",
    "detail": "the body is larger than 1 MiB",
}
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def seen(door: Door, data: bytes) -> Any:
    """Return what the application was given."""
    said = door.ask(data)
    assert said.status == 200, said
    return said.json


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no Host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", id="two Hosts"),
        pytest.param(b"GET / HTTP/1.1\nHost: a\n\n", id="bare line feeds"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\n\r\n", id="one bare line feed"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", id="bare carriage return"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", id="NUL"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", id="folded line"),
        pytest.param(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", id="space before the colon"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", id="no colon"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", id="no name"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX\xfc: b\r\n\r\n", id="name beyond ASCII"),
        pytest.param(b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", id="two spaces"),
        pytest.param(b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", id="space in the target"),
        pytest.param(b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", id="no path"),
        pytest.param(b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", id="CONNECT"),
        pytest.param(b"GET /\r\nHost: a\r\n\r\n", id="HTTP/0.9"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
        pytest.param(POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", id="two lengths"),
        pytest.param(POST + b"Content-Length: 1, 1\r\n\r\nx", id="a list of lengths"),
        pytest.param(POST + b"Content-Length: +1\r\n\r\nx", id="a signed length"),
        pytest.param(POST + b"Content-Length: -1\r\n\r\nx", id="a negative length"),
        pytest.param(POST + b"Content-Length: 0x1\r\n\r\nx", id="a hexadecimal length"),
        pytest.param(POST + b"Content-Length: \r\n\r\nx", id="an empty length"),
        pytest.param(POST + "Content-Length: ²\r\n\r\nx".encode("latin-1"), id="a superscript"),
        pytest.param(
            POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="length and chunks",
        ),
        pytest.param(
            POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="two codings",
        ),
        pytest.param(
            b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="chunks in HTTP/1.0",
        ),
        pytest.param(CHUNKED + b"x\r\n", id="a chunk without a size"),
        pytest.param(CHUNKED + b"-1\r\n", id="a chunk of negative size"),
        pytest.param(CHUNKED + b"0x1\r\na\r\n0\r\n\r\n", id="a chunk's size with a prefix"),
        pytest.param(CHUNKED + b"1\r\nab\r\n0\r\n\r\n", id="a chunk longer than it says"),
        pytest.param(CHUNKED + b"1;a\nb\r\na\r\n0\r\n\r\n", id="a line feed in an extension"),
        pytest.param(CHUNKED + b"1;" + b"x" * 2000, id="an endless extension"),
        pytest.param(CHUNKED + b"fffffffff\r\n", id="a chunk's size of nine digits"),
        pytest.param(CHUNKED + b"1\r\na\r\n" * 20_000, id="thousands of chunks"),
        pytest.param(CHUNKED + b"0\r\nX: a\x00b\r\n\r\n", id="NUL behind the last chunk"),
    ],
)
def test_what_two_could_read_differently_is_refused(door: Door, data: bytes) -> None:
    with wire(door.port) as connection:
        said = connection.send(data).answer()
        assert said.status == 400
        assert said.json["message"] == "This is not a request of HTTP/1.1."
        assert said.field("Content-Type") == "application/json; charset=utf-8"
        assert said.field("Connection") == "close"
        assert connection.is_closed()


def test_one_host_and_plain_lines_are_taken(door: Door) -> None:
    given = seen(door, b"GET /a?b=c HTTP/1.1\r\nHost: a.test:80\r\nX-Y:\t z \r\n\r\n")
    assert given["HTTP_HOST"] == "a.test:80"
    assert given["REQUEST_METHOD"], given["SERVER_PROTOCOL"] == ("GET", "HTTP/1.1")
    assert (given["PATH_INFO"], given["QUERY_STRING"]) == ("/a", "b=c")
    assert given["HTTP_X_Y"] == "z"
    assert given["REMOTE_ADDR"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("target", "host", "path"),
    [
        ("http://a.test/x", "a.test", "/x"),
        ("HTTPS://a.test:1", "a.test:1", "/"),
        ("http://a.test?b", "a.test", "/"),
        ("/%C3%BC%2F%zz", "b", "/\xc3\xbc/%zz"),
        ("//b//c", "b", "//b//c"),
        ("/\xfc", "b", "/\xfc"),
    ],
)
def test_a_target_is_read_as_a_path(door: Door, target: str, host: str, path: str) -> None:
    given = seen(door, f"GET {target} HTTP/1.1\r\nHost: b\r\n\r\n".encode("latin-1"))
    assert (given["HTTP_HOST"], given["PATH_INFO"]) == (host, path)


def test_options_of_the_whole_server_is_taken(door: Door) -> None:
    assert seen(door, b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")["PATH_INFO"] == "*"


def test_http_1_0_needs_no_host_and_ends_after_its_answer(door: Door) -> None:
    with wire(door.port) as connection:
        said = connection.send(b"OPTIONS / HTTP/1.0\r\n\r\n").answer()
        assert said.json["SERVER_PROTOCOL"] == "HTTP/1.0"
        assert said.field("Connection") == "close"
        assert connection.is_closed()


@pytest.mark.parametrize(
    "data", [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", get("/").replace(b"1.1", b"2.0")]
)
def test_http_2_is_refused(door: Door, data: bytes) -> None:
    said = door.ask(data)
    assert said.status == 505
    assert said.json == {"message": "The server speaks HTTP/1.1."}


def test_an_unknown_transfer_coding_is_refused(door: Door) -> None:
    said = door.ask(POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
    assert said.status == 501


def test_names_with_underscores_count_for_nothing(door: Door) -> None:
    given = seen(
        door, get("/", "X_Forwarded_For: 7.7.7.7", "X-Forwarded-For: 1.2.3.4", "Content_Length: 5")
    )
    assert given["HTTP_X_FORWARDED_FOR"] == "1.2.3.4"
    assert "CONTENT_LENGTH" not in given
    assert "HTTP_X_FORWARDED_FOR" not in seen(door, get("/", "X_Forwarded_For: 7.7.7.7"))


def test_values_are_whole_whatever_bytes_they_have(door: Door) -> None:
    cookie = "city=Zürich; coder_session_token=x"
    given = seen(door, get("/", f"Cookie: {cookie}", "User-Agent: Jürgens Werkzeug"))
    assert given["HTTP_COOKIE"].encode("latin-1").decode() == cookie
    assert given["HTTP_USER_AGENT"].encode("latin-1").decode() == "Jürgens Werkzeug"
    latin = b"GET / HTTP/1.1\r\nHost: a\r\nCookie: city=Z\xfcrich; b=c\r\n\r\n"
    assert seen(door, latin)["HTTP_COOKIE"] == "city=Zürich; b=c"


def test_a_field_that_comes_twice_is_joined(door: Door) -> None:
    given = seen(door, get("/", "Cookie: a=1", "Cookie: b=2", "X-Y: 1", "x-y: 2"))
    assert given["HTTP_COOKIE"] == "a=1; b=2"
    assert given["HTTP_X_Y"] == "1,2"


@pytest.mark.parametrize("size", [0, 1, 1000, MAX_BODY])
def test_a_body_is_given_whole_with_a_length_or_in_chunks(door: Door, size: int) -> None:
    body = b"x" * size
    given = seen(door, POST + b"Content-Length: %d\r\n\r\n" % size + body)
    assert (len(given["body"]), given["CONTENT_LENGTH"]) == (size, str(size))

    chunks = [body[at : at + 70_000] for at in range(0, size, 70_000)]
    sent = b"".join(b"%x;a=b\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    given = seen(door, CHUNKED + sent + b"0\r\nX-Trailer: y\r\n\r\n")
    assert (len(given["body"]), given["CONTENT_LENGTH"]) == (size, str(size))
    assert "HTTP_X_TRAILER" not in given
    assert "HTTP_TRANSFER_ENCODING" not in given


@pytest.mark.parametrize(
    "data",
    [
        POST + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1),
        CHUNKED + b"%x\r\n" % (MAX_BODY + 1),
        CHUNKED + b"80000\r\n" + b"x" * 0x80000 + b"\r\n80001\r\n",
    ],
)
def test_a_body_that_is_too_large_is_refused_before_it_comes(door: Door, data: bytes) -> None:
    with wire(door.port) as connection:
        said = connection.send(data).answer()
        assert (said.status, said.json) == (400, TOO_LARGE)
        assert connection.is_closed()


def test_a_client_that_goes_on_writing_reads_the_refusal(door: Door) -> None:
    with wire(door.port) as connection:
        size = MAX_BODY + 1
        connection.send(POST + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)
        assert connection.answer().status == 400


def test_bytes_may_come_one_by_one(door: Door) -> None:
    data = CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n"
    with wire(door.port) as connection:
        for byte in data:
            connection.send(bytes([byte]))
        assert connection.answer().json["body"] == "abcde"


def test_requests_sent_in_one_go_are_answered_in_order(door: Door) -> None:
    with wire(door.port) as connection:
        sized = POST + b"Content-Length: 2\r\n\r\nhi"
        chunked = CHUNKED + b"2\r\nho\r\n0\r\n\r\n"
        connection.send((get("/slow/0.1") + sized + chunked) * 20 + b"\r\n" + get("/last"))
        for _ in range(20):
            assert connection.answer().json["PATH_INFO"] == "/slow/0.1"
            assert connection.answer().json["body"] == "hi"
            assert connection.answer().json["body"] == "ho"
        assert connection.answer().json["PATH_INFO"] == "/last"


def test_a_client_that_runs_ahead_is_held_back(door: Door) -> None:
    with wire(door.port) as connection:
        connection.send(get("/slow/0.3"))
        ahead = get(f"/{'x' * 20_000}")
        count = 2 + MAX_AHEAD // len(ahead)
        connection.send(ahead * count)
        for _ in range(1 + count):
            assert connection.answer().status == 200


def test_a_client_that_waits_to_be_told_is_told(door: Door) -> None:
    with wire(door.port) as connection:
        connection.send(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert connection.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert connection.send(b"hi").answer().json["body"] == "hi"


def test_a_client_that_waits_to_be_told_is_refused_first(door: Door) -> None:
    said = door.ask(POST + b"Content-Length: 9999999\r\nExpect: 100-continue\r\n\r\n")
    assert said.status == 400


def test_a_client_that_says_no_more_is_answered(door: Door) -> None:
    with wire(door.port) as connection:
        connection.send(get("/slow/0.2"))
        connection.socket.shutdown(1)
        assert connection.answer().status == 200
        assert connection.is_closed()


def test_a_large_head_is_taken_and_a_larger_one_refused(door: Door) -> None:
    path = f"/{'x' * 60_000}"
    assert seen(door, get(path))["PATH_INFO"] == path
    assert door.ask(get(f"/{'x' * MAX_HEAD}")).status == 431
    many = [f"X-{number}: a" for number in range(MAX_FIELDS)]
    assert door.ask(get("/", *many)).status == 431
    assert door.ask(get("/", *many[:-10])).status == 200


def test_a_head_without_an_end_is_refused_when_it_is_too_large(door: Door) -> None:
    with wire(door.port) as connection:
        said = connection.send(b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD).answer()
        assert said.status == 431


def test_head_and_no_content_have_no_body(door: Door) -> None:
    with wire(door.port) as connection:
        head = get("/").replace(b"GET", b"HEAD")
        said = connection.send(head).answer("HEAD")
        assert said.body == b""
        assert int(said.field("Content-Length") or 0) > 0
        said = connection.send(get("/nothing")).answer()
        assert (said.status, said.body, said.field("Content-Length")) == (204, b"", None)
        assert connection.send(get("/")).answer().status == 200


def test_a_failure_of_the_application_is_a_500_and_harms_nobody(door: Door) -> None:
    with wire(door.port) as connection:
        for path in ("/broken", "/split"):
            said = connection.send(get(path)).answer()
            assert (said.status, said.json["message"]) == (
                500,
                "An internal server error occurred.",
            )
            assert said.field("X-Forged") is None
        assert connection.send(get("/")).answer().status == 200


def test_a_large_answer_comes_whole_to_a_slow_reader(door: Door) -> None:
    with wire(door.port) as connection:
        connection.send(get("/large/20000000"))
        time.sleep(0.5)
        assert len(connection.answer().body) == 20_000_000
        assert connection.send(get("/")).answer().status == 200


def test_the_time_is_told(door: Door) -> None:
    said = door.ask(get("/"))
    date = time.strptime(said.field("Date") or "", "%a, %d %b %Y %H:%M:%S GMT")
    assert abs(time.mktime(date) - time.mktime(time.gmtime())) < 30
    assert json.loads(said.body)
