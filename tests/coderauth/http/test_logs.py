"""The log as text and as JSON: a line for each record, whatever is in it, with its request."""

import json
from typing import Any

import pytest

from tests.processes import Installation
from tests.programs import run_python

PROGRAM = """
import django; django.setup()
import logging
from django.test import RequestFactory
from coderauth.http.current import current_request
request = RequestFactory().get("/nosuch\\nERROR forged")
request.META["coderauth.request_id"] = "17"
current_request.set(request)
try:
    raise ValueError("a\\nb")
except ValueError:
    logging.getLogger("x").exception("first\\nsecond %s", "third")
current_request.set(None)
logging.getLogger("x").warning("alone")
"""


def lines(form: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("CODERAUTH_LOG_FORMAT", form)
    done = run_python("-c", PROGRAM)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()


def test_each_record_is_one_object_with_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = map(json.loads, lines("json", monkeypatch))

    assert (first["level"], first["logger"]) == ("ERROR", "x")
    assert first["message"] == "first\nsecond third"
    assert first["exception"].endswith("ValueError: a\nb")
    assert (first["request_id"], first["method"], first["route"]) == ("17", "GET", "unknown")
    assert first["time"].startswith("20")
    assert "forged" not in json.dumps(first)
    assert second.keys() == {"time", "level", "logger", "message"}


def test_without_a_wish_the_log_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    told = lines("text", monkeypatch)

    assert told[-1].endswith("WARNING x: alone")
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        json.loads(told[-1])


@pytest.mark.long
def test_the_access_log_is_json_too_and_has_no_query(migrated: Installation) -> None:
    migrated.environment["CODERAUTH_LOG_FORMAT"] = "json"
    with migrated.start("serve", "--access-log") as server:
        server.wait_for("is ready at")
        assert migrated.call("/api/v2/buildinfo?coder_session_token=secret-canary") == 200
        server.wait_for("buildinfo")
        (line,) = [one for one in server.text.splitlines() if "buildinfo" in one]
    said: dict[str, Any] = json.loads(line)
    assert (said["asked"], said["status"]) == ("GET /api/v2/buildinfo HTTP/1.1", 200)
    assert said["client"] == "127.0.0.1"
    assert "canary" not in line
