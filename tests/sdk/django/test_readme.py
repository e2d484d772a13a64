"""README's project, and its commands, word for word."""

import re
from collections.abc import Iterator

import pytest
from coderauth_sdk import Client

from tests.people import PASSWORD
from tests.places import ROOT
from tests.processes import Installation
from tests.programs import run_program
from tests.sdk.django.running import small_service
from tests.shell_blocks import blocks_of, expected

pytestmark = pytest.mark.long

README = (ROOT / "sdk" / "django" / "README.md").read_text()
HEAD = 'import os\nSECRET_KEY = "x"\nALLOWED_HOSTS = ["127.0.0.1"]\nROOT_URLCONF = "urls"\n'


@pytest.fixture
def session(migrated: Installation) -> Iterator[str]:
    """The session of the first owner of an installation."""
    with migrated.start("serve", "--no-worker") as server:
        server.wait_for("is ready at")
        with Client(f"http://127.0.0.1:{migrated.port}", "") as client:
            client.users.create_first(email="a@example.test", username="ada", password=PASSWORD)
            yield client.sign_in("a@example.test", PASSWORD).token


def test_readme_does_what_it_says(migrated: Installation, session: str) -> None:
    _install, own_key, *tour = blocks_of(README)
    coderauth = f"127.0.0.1:{migrated.port}"
    for name, text in re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", README, re.DOTALL | re.M):
        head = HEAD if name == "settings.py" else ""
        module = text.replace("127.0.0.1:3000", coderauth)
        (migrated.folder / name).write_text(head + module)

    def run(script: str) -> str:
        done = run_program("bash", "-euc", script.replace("127.0.0.1:3000", coderauth),
                           SESSION=session)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    secret = run(own_key + "printf %s $SERVICE_KEY")
    with small_service(migrated.folder, "settings", SERVICE_KEY=secret) as service:
        address = service.url.removeprefix("http://")
        said = run(
            "\necho\n".join(tour).replace("127.0.0.1:8000", address).replace("\n#", "\necho\n#")
        )

    answers = [line for line in said.splitlines() if line]
    wanted = [pattern for block in tour for pattern in expected(block)]
    assert len(answers) == len(wanted), answers
    for answer, pattern in zip(answers, wanted, strict=True):
        assert re.fullmatch(pattern, answer), f"{answer}\nis not\n{pattern}"
