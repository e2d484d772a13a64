"""Ask `/authcheck`."""

from typing import Any

from tests.people import Api


def about(action: str, resource_type: str, **obj: Any) -> dict[str, Any]:
    """Return a question; `obj` is more about its object."""
    return {"object": {"resource_type": resource_type, **obj}, "action": action}


def ask(api: Api, **checks: dict[str, Any]) -> dict[str, bool]:
    """Return what is answered to questions, by their names."""
    answer = api.post("/authcheck", {"checks": checks})
    assert answer.status_code == 200, answer.content
    answers: dict[str, bool] = answer.json()
    return answers
