"""Ask the server in this container for a path, and exit with 1 unless it answers with 200.

Needs the standard library only: `python deploy/healthcheck.py /readyz`.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

TIMEOUT = 4  # seconds
# An address to listen on that means all of them is reached by the loopback address.
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def main(path: str) -> int:
    host, _, port = os.environ.get("CODERAUTH_HTTP_ADDRESS", "127.0.0.1:3000").rpartition(":")
    host = host.strip("[]")
    connection = HTTPConnection(LOOPBACK.get(host, host), int(port), timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read(200).decode(errors="replace")
    except (OSError, HTTPException) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        connection.close()
    sys.stdout.write(f"{answer.status} {text}\n")
    return int(answer.status != 200)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "/healthz"))
