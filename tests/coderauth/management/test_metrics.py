"""`/metrics`: what Prometheus reads, added up over the processes of `serve`."""

import json
import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
import yaml

from coderauth.http.measuring import template
from tests.openapi import operations
from tests.people import PASSWORD
from tests.places import ROOT
from tests.processes import Installation
from tests.servers import free_port
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.long

SAMPLE = re.compile(r"^(coderauth_\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
# A series of Prometheus as a query names it.
SERIES = re.compile(r"\bcoderauth_\w+")
EMAIL = "ann@example.test"


class Watched:
    """A running service, and the address where it is watched."""

    def __init__(self, port: int, metrics: int) -> None:
        self.api, self.metrics = f"http://127.0.0.1:{port}/api/v2", metrics

    def send(self, path: str, body: Any = None, **headers: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        return urlopen(Request(self.api + path, data, headers), timeout=PATIENCE)

    def status(self, path: str, **headers: str) -> int:
        try:
            with self.send(path, **headers) as answer:
                return int(answer.status)
        except OSError as error:
            return int(getattr(error, "code", 0))

    def text(self) -> str:
        with urlopen(f"http://127.0.0.1:{self.metrics}/metrics", timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of the samples that have these labels."""
        wanted = {f'{label}="{value}"' for label, value in labels.items()}
        return sum(
            float(value)
            for found, held, value in SAMPLE.findall(self.text())
            if found == name and wanted <= {*held.split(",")}
        )


@pytest.fixture
def watched(migrated: Installation) -> Iterator[Watched]:
    port = free_port()
    migrated.environment |= {
        "CODERAUTH_PROMETHEUS_ADDRESS": f"127.0.0.1:{port}",
        "CODERAUTH_WORKERS": "2",
    }
    with migrated.start("serve") as server:
        server.wait_for("is ready at")
        service = Watched(migrated.port, port)
        owner = {"email": EMAIL, "username": "ann", "password": PASSWORD}
        service.send("/users/first", owner).close()
        yield service


def session(service: Watched) -> str:
    with service.send("/users/login", {"email": EMAIL, "password": PASSWORD}) as answer:
        return str(json.load(answer)["session_token"])


def test_requests_of_all_processes_are_counted_once(watched: Watched) -> None:
    token = session(watched)
    for _ in range(20):
        assert watched.status("/users/me", **{"Coder-Session-Token": token}) == 200
        assert watched.status("/organizations", **{"Coder-Session-Token": token}) == 200

    labels = {"method": "GET", "status": "200"}
    name = "coderauth_http_requests_total"
    assert watched.value(name, route="/api/v2/users/{user}", **labels) == 20
    assert watched.value(name, route="/api/v2/organizations", **labels) == 20
    timed = "coderauth_http_request_duration_seconds_count"
    assert watched.value(timed, route="/api/v2/users/{user}") == 20
    assert watched.value("coderauth_lane_requests_total", outcome="answered") > 0
    assert watched.value("coderauth_key_checks_total", outcome="good") == 40
    assert watched.value("coderauth_audit_entries_total", action="login", outcome="done") == 1
    assert watched.value("coderauth_gate_busy_seconds_count", gate="busy") >= 1


def test_what_strangers_send_makes_no_series(watched: Watched) -> None:
    assert watched.status("/nosuch0") == 404
    before = len(SAMPLE.findall(watched.text()))

    for number in range(1, 50):
        assert watched.status(f"/nosuch{number}") == 404
        assert watched.status("/users/me", **{"Coder-Session-Token": f"{number}"}) == 401

    text = watched.text()
    assert "nosuch" not in text
    assert len(SAMPLE.findall(text)) < before + 40
    assert watched.value("coderauth_http_requests_total", route="unknown", status="404") == 50
    assert watched.value("coderauth_refusals_total", code="route_not_found") == 50
    assert watched.value("coderauth_key_checks_total") == 49


def test_an_address_that_is_taken_is_told(migrated: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        migrated.environment["CODERAUTH_PROMETHEUS_ADDRESS"] = f"127.0.0.1:{port}"
        ended = migrated.run("serve")

    assert ended.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "CODERAUTH_PROMETHEUS_ADDRESS" in ended.stderr


def test_the_database_is_asked_when_somebody_looks(watched: Watched) -> None:
    assert watched.value("coderauth_database_up") == 1
    assert watched.value("coderauth_accounts", kind="person") == 1
    until(lambda: watched.value("coderauth_audit_unsealed") == 0)


def test_every_series_of_the_dashboard_and_the_alerts_is_there(watched: Watched) -> None:
    watched.status("/users/me", **{"Coder-Session-Token": session(watched)})
    watched.status("/nosuch")
    known = set(re.findall(r"^# TYPE (\w+)", watched.text(), re.MULTILINE))
    assert known
    files = ("deploy/grafana/coderauth.json", "deploy/prometheus/alerts.yaml")
    for file in files:
        named = set(SERIES.findall((ROOT / file).read_text()))
        plain = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in named}
        assert plain
        assert plain - {re.sub(r"_total$", "", name) for name in known} == set(), file
    explained = set(SERIES.findall((ROOT / "docs/watching.md").read_text()))
    assert {re.sub(r"_total$", "", name) for name in known if name.startswith("coderauth")} == {
        re.sub(r"_total$", "", name) for name in explained
    }


def test_dashboard_and_alerts_can_be_read() -> None:
    panels = json.loads((ROOT / "deploy/grafana/coderauth.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) >= 8
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())
    for rule in rules["groups"][0]["rules"]:
        assert rule["alert"]
        assert rule["annotations"]["summary"]


def test_routes_are_called_as_the_document_calls_them() -> None:
    served = {template(route) for route in ("api/v2/users/(?P<user>[^/]+)/?$", "keys/<str:key_id>")}
    assert served == {"/api/v2/users/{user}", "/keys/{key_id}"}
    assert ("GET", "/api/v2/users/{user}") in operations()
    assert template("^api(?P<path>/(?s:.*))?$") == "unknown"
    assert template(r"api/v2/users/(?P<user>[^/]+)/(?P<name>(?s:.+))\Z") == (
        "/api/v2/users/{user}/{name}"
    )
