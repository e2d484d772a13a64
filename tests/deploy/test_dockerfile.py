"""The image holds what runs the service, and a build is sent nothing else."""

from tests.deploy.dockerfile import DOCKERFILE, stages
from tests.places import PACKAGES, ROOT


def from_the_project() -> set[str]:
    copies = [step for stage in stages() for step in stage.copies]
    own = [step for step in copies if not any(flag.startswith("--from=") for flag in step.flags)]
    return {source for step in own for source in step.words[:-1]}


def test_image_has_what_runs_and_nothing_of_tests_or_tools() -> None:
    needed = {"manage.py", "requirements.txt", "static", "templates", *PACKAGES}
    assert from_the_project() == needed | {"LICENSE", "deploy/healthcheck.py"}


def test_a_build_is_sent_exactly_what_is_copied() -> None:
    rules = (ROOT / ".dockerignore").read_text().split("\n")
    assert rules[1] == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == from_the_project()


def test_both_stages_begin_with_the_same_pinned_python() -> None:
    bases = {stage.base for stage in stages()}
    assert len(bases) == 1
    name, _, tag = bases.pop().partition(":")
    assert name == "python"
    assert tag.startswith("3.11-slim-")


def test_image_names_its_user_by_number() -> None:
    user, _, group = stages()[-1].user.partition(":")
    assert int(user) > 1000
    assert int(group) > 1000


def test_image_holds_no_secret() -> None:
    assert not any(
        word in DOCKERFILE.read_text() for word in ("ARG ", "SECRET", "PASSWORD", "TOKEN")
    )
