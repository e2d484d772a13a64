import contextlib
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from drf_spectacular.openapi import AutoSchema
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from accounts import rules
from coderauth.errors import InvalidRequest, Validation
from coderauth.http.body import (
    Flag,
    Integer,
    Json,
    Jsons,
    RequestBody,
    Text,
    Texts,
    Uuid,
    Uuids,
)
from coderauth.http.decoding import decode
from coderauth.http.rules import required

ID = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


class Everything(RequestBody):
    text = Text()
    flag = Flag()
    number = Integer()
    id = Uuid()
    texts = Texts()
    ids = Uuids()
    mapping = Json()
    mappings = Jsons()


class SignUp(RequestBody):
    email = Text(rules=(required, rules.email))
    username = Text(rules=(required, rules.new_username))
    name = Text(rules=(rules.user_real_name,))
    password = Text(rules=(required,))


class Value(RequestBody):
    value = Text(rules=(required,))


class Nothing(RequestBody):
    pass


ZERO: dict[str, Any] = {
    "text": "",
    "flag": False,
    "number": 0,
    "id": None,
    "texts": [],
    "ids": [],
    "mapping": {},
    "mappings": [],
}


def refusal(act: Callable[[], object]) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        act()
    return caught.value


def detail_of(raw: bytes, body: type[RequestBody] = Everything) -> str:
    error = refusal(lambda: body.read(raw))
    assert (error.status, error.message) == (400, "Request body must be valid JSON.")
    assert error.validations == ()
    return error.detail


# --- decoding -------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [b"", b" \r\n\t"])
def test_empty_body_is_named_eof(raw: bytes) -> None:
    assert detail_of(raw) == "EOF"


WHOLE = (
    b'{"a": [true, false, null, -1.5e+3, "x\\n\\u00e9\\ud83d\\ude00"], '
    b'"b": {"c": 1}, "d": "\xc3\xa9"}'
)


@pytest.mark.parametrize("length", range(1, len(WHOLE)))
def test_truncated_body_is_named_unexpected_eof(length: int) -> None:
    assert detail_of(WHOLE[:length]) == "unexpected EOF"


def test_whole_body_is_read() -> None:
    assert decode(WHOLE) == {
        "a": [True, False, None, -1500.0, "x\né😀"],
        "b": {"c": 1},
        "d": "é",
    }


@pytest.mark.parametrize("rest", [b"x", b"}", b" {}", b"\0", b"\xff", b'{"text": "b"}', b"\n\n"])
def test_bytes_after_the_first_value_are_ignored(rest: bytes) -> None:
    assert Everything.read(b' {"text": "a"}' + rest) == ZERO | {"text": "a"}


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"{'text': 'a'}", "invalid JSON at character 2"),
        (b'{"text": tru}', "invalid JSON at character 10"),
        (b'{"text": "a\nb"}', "invalid JSON at character 12"),
        (b'{"text" "a"}', "invalid JSON at character 9"),
        (b'{"text": "a",}', "invalid JSON at character 14"),
        (b'{"text": 01}', "invalid JSON at character 11"),
        (b'{"text": "\\x41"}', "invalid JSON at character 11"),
        (b"email=a&password=b", "invalid JSON at character 1"),
        (b"\xef\xbb\xbf{}", "invalid JSON at character 1"),
        (b'\xff\xfe{\0"\0', "invalid JSON at character 1"),
    ],
)
def test_malformed_body_is_refused_at_its_place(raw: bytes, detail: str) -> None:
    assert detail_of(raw) == detail


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 5_000])
def test_number_that_no_json_reader_agrees_on_is_refused(number: bytes) -> None:
    assert detail_of(b'{"other": ' + number + b"}") == "a number is out of range"


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_deep_nesting_is_refused(opening: bytes) -> None:
    assert detail_of(opening * 100_000) == "the body is nested too deeply"


def test_body_of_one_mebibyte_is_read_and_one_byte_more_is_not() -> None:
    body = b'{"text": "a"}'
    assert Everything.read(body.ljust(2**20))["text"] == "a"
    assert detail_of(body.ljust(2**20 + 1)) == "the body is larger than 1 MiB"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"a\xffb", "a\ufffdb"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        (b"a\\ud800b", "a\ufffdb"),
        (b"\\uDC00", "\ufffd"),
        (b"\\ud800\\ud83d\\ude00", "\ufffd😀"),
        (b"\\ud83d\\ude00\\ude00", "😀\ufffd"),
        (b"\\\\ud800", "\\ud800"),
        (b"\\\\\\ud800", "\\\ufffd"),
        (b"\\ud83d\\ude00", "😀"),
    ],
)
def test_broken_unicode_is_replaced(raw: bytes, text: str) -> None:
    assert decode(b'"' + raw + b'"') == text
    assert Everything.read(b'{"text": "' + raw + b'"}')["text"] == text


def test_broken_unicode_in_names_is_replaced() -> None:
    assert decode(b'{"\\ud800": 1, "\xff": 2} ') == {"\ufffd": 2}


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for candidate in (raw, b'{"text": "' + raw + b'", "other": ' + raw + b"}"):
        with contextlib.suppress(InvalidRequest):
            Everything.read(candidate)["text"].encode()


@given(st.text(alphabet=st.sampled_from('\\ud83dDeE00C"x'), max_size=24))
def test_no_surrogate_survives_decoding(text: str) -> None:
    try:
        value = decode(f'["{text}"]x'.encode())
    except InvalidRequest:
        return
    json.dumps(value, ensure_ascii=False).encode()


# --- fields ---------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [b"{}", b"null", b'{"other": 1, "": null}'])
def test_absent_fields_are_zero_values(raw: bytes) -> None:
    assert Everything.read(raw) == ZERO


def test_null_is_absent() -> None:
    assert Everything.read(json.dumps(dict.fromkeys(ZERO)).encode()) == ZERO


def test_zero_lists_are_not_shared_between_requests() -> None:
    Everything.read(b"{}")["texts"].append("x")
    assert Everything.read(b"{}")["texts"] == []


def test_every_type_is_read() -> None:
    sent = {
        "text": " é",
        "flag": True,
        "number": -5,
        "id": f"{{{ID}}}",
        "texts": ["a", None],
        "ids": [ID.hex.upper(), None],
        "mapping": {"a": [1, {"b": None}]},
        "mappings": [{"a": 1}, None],
    }
    assert Everything.read(json.dumps(sent).encode()) == {
        **sent,
        "id": ID,
        "texts": ["a", ""],
        "ids": [ID, UUID(int=0)],
        "mappings": [{"a": 1}, {}],
    }


def test_all_zero_uuid_is_absent() -> None:
    assert Everything.read(f'{{"id": "{UUID(int=0)}"}}'.encode())["id"] is None


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 0])
def test_integers_of_64_bits_are_read(number: int) -> None:
    assert Everything.read(f'{{"number": {number}}}'.encode())["number"] == number


@pytest.mark.parametrize(
    "number", ["1.5", "1.0", "1e3", str(2**63), str(-(2**63) - 1), str(2**64), "1" + "0" * 300]
)
@pytest.mark.parametrize("rest", ["", "trailing"])
def test_other_numbers_are_no_integers(number: str, rest: str) -> None:
    raw = f'{{"number": {number}}}{rest}'.encode()
    assert detail_of(raw) == 'field "number" must be an integer of 64 bits'


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b'{"text": 3}', 'field "text" must be a string, not a number'),
        (b'{"text": true}', 'field "text" must be a string, not a boolean'),
        (b'{"TEXT": {}}', 'field "text" must be a string, not an object'),
        (b'{"flag": "true"}', 'field "flag" must be a boolean, not a string'),
        (b'{"flag": 1}', 'field "flag" must be a boolean, not a number'),
        (b'{"number": "1h"}', 'field "number" must be an integer, not a string'),
        (b'{"number": true}', 'field "number" must be an integer, not a boolean'),
        (b'{"id": 1}', 'field "id" must be a string, not a number'),
        (b'{"id": "x"}', 'field "id" must be a UUID: invalid UUID length: 1'),
        (b'{"id": ""}', 'field "id" must be a UUID: invalid UUID length: 0'),
        (b'{"texts": "a"}', 'field "texts" must be an array, not a string'),
        (b'{"texts": ["a", 1]}', 'field "texts[]" must be a string, not a number'),
        (b'{"ids": {}}', 'field "ids" must be an array, not an object'),
        (b'{"ids": ["x"]}', 'field "ids[]" must be a UUID: invalid UUID length: 1'),
        (b'{"mapping": []}', 'field "mapping" must be an object, not an array'),
        (b'{"mappings": [1.5]}', 'field "mappings[]" must be an object, not a number'),
        (b"[1]", "the body must be an object, not an array"),
        (b'"a"', "the body must be an object, not a string"),
        (b"1", "the body must be an object, not a number"),
        (b"true", "the body must be an object, not a boolean"),
    ],
)
def test_wrong_type_is_refused_by_name(raw: bytes, detail: str) -> None:
    assert detail_of(raw) == detail


def test_names_match_in_any_case_and_the_last_one_wins() -> None:
    assert Everything.read(b'{"Text": "a"}')["text"] == "a"
    assert Everything.read(b'{"TEXT": "a", "text": "b"}')["text"] == "b"
    assert Everything.read(b'{"text": "a", "TEXT": "b"}')["text"] == "b"
    assert Everything.read(b'{"text": "a", "text": "b"}')["text"] == "b"


def test_name_in_its_own_case_goes_to_its_own_field() -> None:
    class Twins(RequestBody):
        id = Text()
        ID = Text()

    assert Twins.read(b'{"id": "a", "ID": "b"}') == {"id": "a", "ID": "b"}


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b'{"text": "a\\u0000"}', "text"),
        (b'{"id": "\\u0000"}', "id"),
        (b'{"texts": ["\\u0000"]}', "texts[]"),
        (b'{"mapping": {"a": [{"b": "\\u0000"}]}}', "mapping"),
        (b'{"mapping": {"\\u0000": 1}}', "mapping"),
        (b'{"mappings": [{"a": "\\u0000"}]}', "mappings"),
    ],
)
def test_nul_is_refused(raw: bytes, field: str) -> None:
    assert detail_of(raw) == f'field "{field}" must not contain a NUL character'


def test_nul_in_an_unknown_field_is_ignored() -> None:
    assert Everything.read(b'{"other": "\\u0000"}') == ZERO


def test_object_within_a_body_is_read_by_the_same_rules() -> None:
    assert Value.of({"VALUE": "a"}, at="checks.") == {"value": "a"}
    assert refusal(lambda: Value.of({"value": 1}, at="checks.")).detail == (
        'field "checks.value" must be a string, not a number'
    )
    assert refusal(lambda: Value.of([], at="checks.")).detail == (
        'field "checks" must be an object, not an array'
    )
    assert refusal(lambda: Value.of({}, at="checks.")).validations[0].field == "checks.value"


# --- rules ----------------------------------------------------------------------------------


def test_each_failing_field_reports_its_first_failing_rule_in_declared_order() -> None:
    error = refusal(lambda: SignUp.read(b'{"username": "-bad-", "name": " a", "email": "x\\"<"}'))
    assert (error.status, error.message, error.detail) == (400, "Validation failed.", "")
    assert error.validations == (
        Validation("email", 'Validation failed for tag "email" with value: "x"<"'),
        Validation("username", 'Validation failed for tag "username" with value: "-bad-"'),
        Validation("name", 'Validation failed for tag "user_real_name" with value: " a"'),
        Validation("password", 'Validation failed for tag "required" with value: ""'),
    )


def test_body_that_passes_its_rules_is_read() -> None:
    sent = {"email": "a@example.test", "username": "a", "name": "A", "password": " "}
    assert SignUp.read(json.dumps(sent).encode()) == sent


def test_rules_are_asked_only_after_everything_could_be_read() -> None:
    assert detail_of(b'{"email": "x", "password": 1}', SignUp) == (
        'field "password" must be a string, not a number'
    )


def test_empty_declaration_takes_an_object_and_refuses_no_body() -> None:
    assert Nothing.read(b"{}") == {}
    assert detail_of(b"", Nothing) == "EOF"


def test_required_value_is_present_or_refused_once() -> None:
    assert Value.read(b'{"value": "hi"}') == {"value": "hi"}
    assert refusal(lambda: Value.read(b"{}")).validations == (
        Validation("value", 'Validation failed for tag "required" with value: ""'),
    )


def test_inherited_fields_come_first() -> None:
    class Longer(Value):
        more = Text(rules=(required,))

    error = refusal(lambda: Longer.read(b"{}"))
    assert [validation.field for validation in error.validations] == ["value", "more"]


def test_field_of_another_kind_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="Wrong may only declare fields of"):
        type("Wrong", (RequestBody,), {"text": serializers.CharField()})


# --- OpenAPI and cost -----------------------------------------------------------------------


def schema_of(body: type[RequestBody]) -> dict[str, Any]:
    fields = body().fields
    schema: Any = AutoSchema()
    return {name: schema._map_serializer_field(field, "request") for name, field in fields.items()}


def test_schema_names_what_is_required() -> None:
    required = {name for name, field in SignUp().fields.items() if field.required}
    assert required == {"email", "username", "password"}


def test_schema_describes_types_and_rules() -> None:
    assert schema_of(Everything) == {
        "text": {"type": "string"},
        "flag": {"type": "boolean"},
        "number": {"type": "integer", "format": "int64"},
        "id": {"type": "string", "format": "uuid"},
        "texts": {"type": "array", "items": {"type": "string"}},
        "ids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
        "mapping": {"type": "object", "additionalProperties": {}},
        "mappings": {"type": "array", "items": {"type": "object", "additionalProperties": {}}},
    }
    assert schema_of(SignUp) == {
        "email": {"type": "string", "minLength": 1, "format": "email", "maxLength": 254},
        "username": {
            "type": "string",
            "minLength": 1,
            "pattern": "^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$",
            "maxLength": 32,
        },
        "name": {"type": "string", "maxLength": 128},
        "password": {"type": "string", "minLength": 1},
    }


@pytest.mark.parametrize(
    "raw",
    [b'{"a":"' + b"\\ud800" * 170_000 + b'"}', b"{}" + b"{" * 1_000_000, b'"' + b"\\" * 1_000_000],
)
def test_largest_hostile_body_is_answered_quickly(raw: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(InvalidRequest):
        Everything.read(raw)
    assert time.process_time() - started < 1
