"""A real nginx asks a real server before it lets requests on."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from accounts.models import User
from tests.people import make_key
from tests.reverse_proxies import nginx
from tests.servers import free_port

SERVER = """
server {{
    listen 127.0.0.1:{port};
    location = /auth {{
        internal;
        proxy_pass {server}/api/v2/auth/forward?resource_type=organization&action=create;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_set_header X-Original-Method $request_method;
        proxy_set_header X-Original-URI $request_uri;
    }}
    location / {{
        auth_request /auth;
        auth_request_set $auth_user $upstream_http_x_auth_user;
        add_header X-Seen-User $auth_user;
        error_page 401 = @login;
        root {folder}/site;
    }}
    location @login {{
        return 302 {server}/login;
    }}
}}
"""


@pytest.fixture
def application(tmp_path: Path, live_server: object) -> Iterator[str]:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("the application")
    port = free_port()
    server = SERVER.format(folder=tmp_path, port=port, server=str(live_server))
    with nginx(tmp_path, port, server):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.django_db(transaction=True)
def test_nginx_lets_on_who_may_refuses_others_and_leads_strangers_to_sign_in(
    application: str, owner: User, alice: User
) -> None:
    def get(secret: str, **headers: str) -> httpx2.Response:
        sent = {"Authorization": f"Bearer {secret}"} if secret else {}
        return httpx2.get(application, headers={**sent, **headers})

    allowed = get(make_key(owner))
    assert (allowed.status_code, allowed.text) == (200, "the application")
    assert allowed.headers["X-Seen-User"] == "owner"
    assert get(make_key(alice)).status_code == 403
    stranger = get("", **{"X-Auth-User": "owner"})
    assert (stranger.status_code, stranger.headers["Location"][-6:]) == (302, "/login")
    assert (
        httpx2.post(application, headers={"Authorization": f"Bearer {make_key(alice)}"}).status_code
        == 403
    )
