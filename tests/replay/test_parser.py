"""The reader of recordings and the matcher of answers, on examples small enough to see through."""

import pytest

from tests.replay.binder import Binder, UnboundNameError, parse_recorded
from tests.replay.exchange import compare_body, compare_cut_list, parse

SECRET = "abcdefghij-ABCDEFGHIJKLMNOPQRSTUV"
ALICE = "0b8a0c3e-3f0e-4c39-8a68-6a9a4e9a2d11"
OTHER = "5cf1b1a7-1d5e-4b5f-9a1b-1f9a3b1f7c22"
RECORDING = """Words before the first exchange.

### sign in
POST /login
Coder-Session-Token: <x>

{"a": 1}
--- 201
set-cookie: c=<x>; Path=/
x-authz-checks: user.read=true

{"b":2}

### … document
DELETE /keys/1
--- 204

### empty body
POST /first


--- 400

{}
"""


def difference(recorded: str, answered: str, binder: Binder | None = None) -> list[str]:
    return compare_body(recorded, answered, binder or Binder())


def test_a_recording_is_split_into_requests_and_answers() -> None:
    sign_in, document, empty = parse(RECORDING)

    assert (sign_in.name, sign_in.method, sign_in.path) == ("sign in", "POST", "/login")
    assert sign_in.headers == (("Coder-Session-Token", "<x>"),)
    assert (sign_in.body, sign_in.status, sign_in.answer_body) == ('{"a": 1}', 201, '{"b":2}')
    assert sign_in.answer_headers[0] == ("set-cookie", "c=<x>; Path=/")
    assert (document.name, document.status) == ("sign in … document", 204)
    assert (document.body, document.headers, document.answer_body) == ("", (), "")
    assert (empty.body, empty.answer_body) == ("", "{}")


def test_a_name_stands_for_one_value_in_a_sequence() -> None:
    binder = Binder()

    assert not difference('{"id":"<alice>"}', f'{{"id":"{ALICE}"}}', binder)
    assert not difference('{"id":"<alice>"}', f'{{"id":"{ALICE}"}}', binder)
    assert difference('{"id":"<alice>"}', f'{{"id":"{OTHER}"}}', binder)


def test_a_key_binds_its_id_too() -> None:
    binder = Binder()

    assert binder.match_text("<token>", SECRET)
    assert binder.fill("/keys/<token-id>") == "/keys/abcdefghij"
    assert not binder.match_text("<other>", "not a key")


def test_a_request_that_needs_an_unknown_value_is_refused() -> None:
    with pytest.raises(UnboundNameError):
        Binder().fill("/keys/<token-id>")


def test_uuid_is_one_value_in_an_exchange_and_another_in_the_next() -> None:
    binder = Binder()
    sent = binder.fill("<uuid>")

    assert binder.fill("<uuid>") == sent
    assert binder.match_text('no "<uuid>"', f'no "{sent}"')
    binder.next_exchange()
    assert binder.fill("<uuid>") != sent


@pytest.mark.parametrize("time", ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123456Z"])
def test_a_time_may_have_fewer_digits(time: str) -> None:
    assert not difference('{"at":"<time.6>"}', f'{{"at":"{time}"}}')


@pytest.mark.parametrize(
    "time",
    ["0001-01-01T00:00:00Z", "2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.1234567Z"],
)
def test_what_is_no_real_utc_time_differs(time: str) -> None:
    assert difference('{"at":"<time.6>"}', f'{{"at":"{time}"}}')


def test_escaped_angle_brackets_are_text_and_not_a_name() -> None:
    recorded = r'{"detail":"want \u003ctype\u003e"}'

    assert not difference(recorded, '{"detail":"want <type>"}')
    assert difference(recorded, '{"detail":"want something"}')


def test_missing_and_unknown_keys_differ_but_not_those_that_head_added() -> None:
    assert difference('{"a":1,"b":2}', '{"a":1}')
    assert difference('{"a":1}', '{"a":1,"b":2}')
    assert not difference('{"a":1}', '{"a":1,"scopes":["coder:all"]}')


def test_true_is_not_one() -> None:
    assert difference('{"a":1}', '{"a":true}')


def test_null_for_a_list_must_be_an_empty_list() -> None:
    assert not difference("null", "[]")
    assert difference("null", "null")


def test_order_matters_inside_an_answer_but_not_for_the_list_that_is_the_answer() -> None:
    assert not difference('[{"a":"<key>"},{"a":"x"}]', f'[{{"a":"x"}},{{"a":"{SECRET}"}}]')
    assert difference('[{"a":1},{"a":1}]', '[{"a":1},{"a":2}]')
    assert difference('{"scopes":["x","y"]}', '{"scopes":["y","x"]}')


def test_the_words_of_the_go_decoder_are_not_compared_but_some_are_wanted() -> None:
    recorded = '{"detail":"json: cannot unmarshal number"}'

    assert not difference(recorded, '{"detail":"email: not a string"}')
    assert difference(recorded, '{"detail":""}')


def test_either_wording_of_a_refused_scope_is_right() -> None:
    recorded = r'{"detail":"invalid API key scope: \"x\""}'

    assert not difference(recorded, r'{"detail":"invalid or unsupported API key scope: \"x\""}')
    assert difference(recorded, r'{"detail":"invalid API key scope: \"y\""}')


def test_cookies_are_compared_without_the_order_of_their_attributes() -> None:
    binder = Binder()

    assert not binder.match_cookie("c=<x>; Path=/; HttpOnly", f"c={SECRET}; HttpOnly; Path=/")
    assert not binder.match_cookie("c=; Path=/", 'c=""; Path=/')
    assert binder.match_cookie("c=<x>; Path=/; HttpOnly", f"c={SECRET}; Path=/")
    assert binder.match_cookie("c=<x>; Path=/", "")


def test_of_a_cut_list_the_whole_elements_are_looked_for() -> None:
    recorded = '[{"id":"1","n":1},{"id":"2","n":2},{"id":"3" … :3},{"id":"4","n":4}]'
    answered = [{"id": str(n), "n": n} for n in (4, 3, 2, 1)]

    assert compare_cut_list(recorded, parse_recorded("[]"), Binder())
    assert not compare_cut_list(recorded, answered, Binder())
    assert compare_cut_list(recorded, answered[1:], Binder())
