"""The OpenAPI document, and the page that shows it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema

from accounts.api.documents.users import user_document
from accounts.models import User
from coderauth.http.openapi import Json, operation
from coderauth.http.openapi_document import document
from coderauth.http.viewsets import Asks
from coderauth.refusals import ERRORS
from scopes.api.documents.keys import key_document
from scopes.api.documents.members import member_document
from scopes.api.keys import KeyViewSet
from scopes.http.documents import organization_document
from scopes.models import Key, Membership, Organization
from tests.openapi import ERROR, operations, validate, validator
from tests.people import Api, make_key
from tests.programs import run_python

EVERY = sorted(operations())
JSON = "application/json"
OAUTH = "/oauth2/"  # Its errors have the shape and the codes of OAuth 2.0.


def fits(name: str, value: object) -> bool:
    schema = json.dumps({"$ref": f"#/components/schemas/{name}"})
    return bool(validator(schema).is_valid(value))


def examples() -> Iterator[tuple[str, str, Any]]:
    """Yield every example of a body with its schema, and where it stands."""
    for (method, path), described in operations().items():
        bodies = {"request": described.get("requestBody", {}), **described["responses"]}
        for where, body in bodies.items():
            content = body.get("content", {}).get(JSON, {})
            for name, example in content.get("examples", {}).items():
                yield f"{method} {path} {where} {name}", json.dumps(content["schema"]), example


def test_document_is_public(anonymous: Api) -> None:
    answer = anonymous.get("/openapi.json")

    assert answer.status_code == 200
    assert answer.json() == document()


def test_document_is_valid_openapi() -> None:
    assert document()["openapi"].startswith("3.1.")
    validate_schema(document())  # type: ignore[no-untyped-call]


def test_paths_are_clean_templates() -> None:
    assert [path for _, path in EVERY if not re.fullmatch(r"(/[\w.-]+|/{\w+})+", path)] == []
    assert ("GET", "/api/v2/users/{user}/keys/tokens/{name}") in EVERY


def test_operation_ids_are_unique() -> None:
    identifiers = [described["operationId"] for described in operations().values()]

    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_every_operation_says_what_a_client_needs(method: str, path: str) -> None:
    described = operations()[method, path]

    assert described["summary"]
    assert described["tags"]
    assert described["description"]
    assert {"429", "500"} <= described["responses"].keys()
    assert all(parameter["description"] for parameter in described.get("parameters", []))
    for status, response in described["responses"].items():
        assert "$ref" in response or response["description"], status
        content = response.get("content", {}).get(JSON)
        assert status in {"202", "204", "307"} or "$ref" in response or content["examples"], status
    if "requestBody" in described:
        assert described["requestBody"]["required"]
        (content,) = described["requestBody"]["content"].values()
        assert content["examples"]


# Public, and yet answering 401: to what was brought to sign in.
SIGN_IN = {
    "/api/v2/users/login",
    "/api/v2/users/oidc/callback",
    "/api/v2/users/oidc/{provider}/callback",
    "/api/v2/users/oauth2/github/callback",
}


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_every_operation_asks_for_a_key_or_says_that_it_is_public(method: str, path: str) -> None:
    described = operations()[method, path]
    public = "Public: " in described["description"]

    assert (described["security"] == []) is public
    assert ("401" in described["responses"]) is not public or path in SIGN_IN
    if "x-permission" in described:
        assert not public
        assert described["x-permission"] in described["description"]


def test_permissions_are_those_that_the_views_declare() -> None:
    described = operations()["POST", "/api/v2/users/{user}/keys/tokens"]

    declared = KeyViewSet.access["create_token"]

    assert isinstance(declared, Asks)
    assert described["x-permission"] == declared.permission == "api_key:create"
    assert described["description"].endswith(
        "Needs the permission `api_key:create`. Asks for `user:read` as well."
    )


def test_flags_in_the_query_are_documented() -> None:
    described = operations()["GET", "/api/v2/users/{user}/keys/tokens"]
    parameters = {one["name"]: one for one in described["parameters"]}

    assert parameters["include_all"]["schema"] == {"type": "boolean"}


def test_a_generated_client_reads_each_check_as_yes_or_no() -> None:
    """An answer that may be anything else is an object to a generated client, and so true."""
    answers = document()["components"]["schemas"]["AuthCheckDocument"]

    assert answers["additionalProperties"] == {"type": "boolean"}
    described = operations()["POST", "/api/v2/authcheck"]
    assert "parameters" not in described


@pytest.mark.parametrize(
    ("schema", "required"),
    [
        ("AuthCheckRequest", {"checks"}),
        ("AuthCheckItem", {"object", "action"}),
        ("AuthCheckObject", {"resource_type"}),
        ("LoginRequest", {"email", "password"}),
        ("FirstUserCreate", {"email", "username", "password"}),
        ("RolesUpdate", {"roles"}),
        ("MemberRolesUpdate", {"roles"}),
        ("RolePermission", {"resource_type", "action"}),
        ("ObjectPut", {"type", "id"}),
    ],
)
def test_what_a_request_cannot_do_without_is_required(schema: str, required: set[str]) -> None:
    assert {*document()["components"]["schemas"][schema]["required"]} == required


def test_refusals_have_one_type() -> None:
    """A generated client knows one class of errors, whatever the status."""
    for (method, path), described in operations().items():
        for status, response in described["responses"].items():
            if status >= "400" and "$ref" not in response:
                assert {*response.get("content", {})} <= {JSON, "text/html"}, (method, path, status)


def test_a_client_takes_the_header_and_knows_where_to_ask() -> None:
    schemes = document()["components"]["securitySchemes"]

    assert next(iter(schemes)) == "header"
    described = operations()["GET", "/api/v2/users/{user}"]
    assert described["security"][0] == {"header": []}
    assert document()["servers"] == [{"url": "/"}]


def test_every_security_scheme_of_an_operation_is_described() -> None:
    schemes = document()["components"]["securitySchemes"]
    entries = [entry for described in operations().values() for entry in described["security"]]

    assert {name for entry in entries for name in entry} == schemes.keys()


@pytest.mark.parametrize(
    ("schema", "value"),
    [pytest.param(schema, example["value"], id=where) for where, schema, example in examples()],
)
def test_every_example_fits_its_schema(schema: str, value: object) -> None:
    errors = [error.message for error in validator(schema).iter_errors(value)]

    assert errors == []


def test_every_refusal_of_an_operation_has_the_shape_of_errors() -> None:
    refused = [
        content["schema"]
        for key, described in operations().items()
        for status, response in described["responses"].items()
        if int(status) >= 400 and (content := response.get("content", {}).get(JSON))
        and not key[1].startswith(OAUTH)
        and (key, status) != (("GET", "/api/v2/users/first"), "404")
    ]  # fmt: skip

    assert refused
    assert [schema for schema in refused if schema != ERROR] == []


def test_every_documented_refusal_names_a_code_of_the_table() -> None:
    named = {
        name
        for (_, path), described in operations().items()
        if not path.startswith(OAUTH)
        for status, response in described["responses"].items()
        for name in response.get("content", {}).get(JSON, {}).get("examples", {})
        if int(status) >= 400
    }

    assert named - {"Example"} <= ERRORS.keys()


def test_unknown_refusal_is_noticed_where_it_is_declared() -> None:
    with pytest.raises(KeyError, match="no_such_code"):
        operation("Do something", answers={204: None}, refuses=("no_such_code",))
    operation("Do something", answers={204: None}, refuses=("forbidden",))


def test_user_fits_its_schema(owner: User, alice: User) -> None:
    User.objects.filter(pk=owner.pk).update(avatar_url="/a.png", last_seen_at=datetime.now(UTC))
    owner.refresh_from_db()

    assert fits("UserDocument", user_document(owner, [Organization.objects.get().pk]))
    assert fits("UserDocument", user_document(alice, []))
    assert not fits("UserDocument", {**user_document(alice, []), "password": "x"})


def test_key_fits_its_schema(alice: User) -> None:
    make_key(alice)
    key = Key.objects.get()

    assert fits("KeyDocument", key_document(key))
    assert fits("ListedKeyDocument", {**key_document(key), "username": "alice"})
    assert not fits("KeyDocument", {**key_document(key), "hashed_secret": "x"})


def test_organization_and_member_fit_their_schemas(owner: User) -> None:
    membership = Membership.objects.get(user=owner)
    membership.roles = ["organization-admin", "of-our-own"]

    assert fits("OrganizationDocument", organization_document(membership.organization))
    assert fits("MemberDocument", member_document(membership))
    assert not fits("MemberDocument", {**member_document(membership), "password": "x"})


def answered(api: Api, change: Json) -> Any:
    """Return an answer about oneself with something of it changed."""
    answer = api.get("/users/me")
    answer.content = json.dumps(answer.json() | change).encode()
    return answer


@pytest.mark.parametrize("change", [{"status": "asleep"}, {"more": 1}, {"created_at": "today"}])
def test_answer_that_does_not_fit_fails_the_test_that_asked(as_alice: Api, change: Json) -> None:
    with pytest.raises(AssertionError, match="does not fit"):
        validate(answered(as_alice, change))
    validate(answered(as_alice, {"status": "dormant"}))


def test_answer_with_an_undocumented_status_fails_the_test_that_asked(as_alice: Api) -> None:
    answer = as_alice.get("/users/me")
    answer.status_code = 409
    with pytest.raises(AssertionError, match="not documented"):
        validate(answer)
    answer.status_code = 200
    validate(answer)


@pytest.fixture
def page(client: Client) -> Any:
    return client.get("/docs/api")


def test_documentation_page_loads_our_own_files_only(page: Any) -> None:
    text = page.content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', text)

    assert page.status_code == 200
    assert [one for one in sources if not one.startswith(("/", "#", "data:,"))] == []
    assert any(source.startswith("/static/documentation.") for source in sources)
    assert re.findall(r"<script(?! src=)", text) == []
    assert "<style" not in text


def test_documentation_page_allows_inline_styles_but_no_inline_scripts(page: Any) -> None:
    policy = dict(
        part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";")
    )

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self' 'unsafe-inline'"


def test_files_of_the_documentation_page_are_served(
    page: Any, client: Client, settings: Any
) -> None:
    settings.WHITENOISE_AUTOREFRESH = False  # As `serve` serves them.

    for source in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.content.decode()):
        assert client.get(source).status_code == 200, source


def test_the_first_who_ask_at_once_all_get_the_document(settings: Any) -> None:
    program = (
        "import django; django.setup()\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from coderauth.http.openapi_document import document\n"
        "with ThreadPoolExecutor(8) as threads:\n"
        "    made = [each.result() for each in [threads.submit(document) for _ in range(8)]]\n"
        "assert all(one is made[0] for one in made)\n"
    )
    done = run_python("-c", program)
    assert done.returncode == 0, done.stderr
