"""What a browser says about itself, in words that people recognize."""

import re
from typing import Final

UNKNOWN: Final = "Unknown device"
# The first that fits: browsers also claim to be those that came before them.
_PROGRAMS: Final = (
    (r"\bEdg(?:e|A|iOS)?/", "Edge"),
    (r"\bOPR/|\bOpera\b", "Opera"),
    (r"\bVivaldi/", "Vivaldi"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\bFirefox/|\bFxiOS/", "Firefox"),
    (r"\bChromium/", "Chromium"),
    (r"\bHeadlessChrome/|\bChrome/|\bCriOS/", "Chrome"),
    (r"\bVersion/.*\bSafari/", "Safari"),
    (r"^curl/", "curl"),
    (r"^Wget/", "Wget"),
    (r"\bcoderauth-sdk\b", "coderauth-sdk"),
    (r"^coder(?:-cli)?/", "coder"),
    (r"\b[Pp]ython|\bhttpx\b|\baiohttp\b", "Python"),
    (r"^Go-http-client/", "Go"),
    (r"^node\b|\bundici\b|\baxios/", "Node.js"),
)
_SYSTEMS: Final = (
    (r"\biPhone\b", "iPhone"),
    (r"\biPad\b", "iPad"),
    (r"\bAndroid\b", "Android"),
    (r"\bCrOS\b", "ChromeOS"),
    (r"\bWindows\b", "Windows"),
    (r"\bMac OS X\b|\bMacintosh\b|\bDarwin\b", "macOS"),
    (r"\bLinux\b|\bX11\b", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Return the program and its system, such as `Firefox on Linux`, as far as they are known."""
    program, system = _first(_PROGRAMS, user_agent), _first(_SYSTEMS, user_agent)
    if program and system:
        return f"{program} on {system}"
    return program or system or UNKNOWN


def _first(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for pattern, name in table if re.search(pattern, text)), "")
