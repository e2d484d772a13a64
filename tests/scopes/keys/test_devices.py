"""Browsers in words."""

import pytest

from scopes.keys.devices import device_of

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
         "Firefox on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36",
         "Chrome on Windows"),
        (f"{MAC} {WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge on macOS"),
        (f"{MAC} {WEBKIT} Chrome/141.0.0.0 Safari/537.36 OPR/125.0.0.0", "Opera on macOS"),
        (f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
         "Safari on macOS"),
        (f"{IPHONE} Version/26.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (f"{IPHONE} CriOS/142.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36",
         "Chrome on Android"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/142.0 Safari/537.36",
         "Chrome on ChromeOS"),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32", "Python"),
        ("Go-http-client/1.1", "Go"),
        ("", "Unknown device"),
        ("x" * 512, "Unknown device"),
    ],
)  # fmt: skip
def test_a_browser_is_called_what_people_call_it(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device
