"""Read the instructions of deploy/Dockerfile, and carry out what they say about files."""

import json
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.places import ROOT

DOCKERFILE = ROOT / "deploy" / "Dockerfile"


@dataclass(frozen=True, slots=True)
class Step:
    """A COPY or RUN instruction: where it is carried out, and what it says."""

    instruction: str
    workdir: str
    text: str

    @property
    def flags(self) -> list[str]:
        """Return the options before the words: `--from=build`."""
        words = self.text.split()
        return [word for word in words[: len(words) - len(self.words)] if word.startswith("--")]

    @property
    def words(self) -> list[str]:
        words = shlex.split(self.text)
        while words and words[0].startswith("--"):
            words.pop(0)
        return words

    @property
    def command(self) -> str:
        """Return the shell command of a RUN, without the options of the instruction."""
        rest = self.text
        while rest.startswith("--"):
            rest = rest.partition(" ")[2].lstrip()
        return rest


@dataclass
class Stage:
    """What stands between one FROM and the next."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    user: str = "root"
    workdir: str = "/"
    volumes: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    health_check: list[str] = field(default_factory=list)

    @property
    def copies(self) -> list[Step]:
        return [step for step in self.steps if step.instruction == "COPY"]

    def take(self, instruction: str, text: str) -> None:
        match instruction:
            case "COPY" | "RUN":
                self.steps.append(Step(instruction, self.workdir, text))
            case "WORKDIR":
                self.workdir = text
            case "USER":
                self.user = text
            case "VOLUME":
                self.volumes += text.split()
            case "ENV":
                pairs = (pair.partition("=") for pair in shlex.split(text))
                self.variables |= {name: value for name, _, value in pairs}
            case "ENTRYPOINT":
                self.entrypoint = json.loads(text)
            case "CMD":
                self.arguments = json.loads(text)
            case "HEALTHCHECK":
                self.health_check = json.loads(text.partition(" CMD ")[2])
            case "LABEL" | "EXPOSE":
                pass
            case _:
                raise ValueError(f"{instruction} has no meaning here yet")


def stages() -> list[Stage]:
    """Return the stages of the Dockerfile; the last one is the image."""
    found: list[Stage] = []
    for instruction, text in _instructions():
        if instruction == "FROM":
            base, _, name = text.partition(" AS ")
            found.append(Stage(base, name))
        else:
            found[-1].take(instruction, text)
    return found


def _instructions() -> list[tuple[str, str]]:
    lines = [
        line
        for line in DOCKERFILE.read_text().splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split(" ", 1)[0], " ".join(line.split()[1:])) for line in joined.splitlines()]


def copy_into(root: Path, step: Step, tracked: list[str]) -> None:
    """Carry out a COPY from the project: what git has of it, below `root`, open to all readers."""
    *sources, target = step.words
    # Docker's rule: into a directory if it ends with a slash, and a directory's content otherwise.
    place = root / str(Path(step.workdir) / target).lstrip("/")
    for source in sources:
        files = [name for name in tracked if name == source or name.startswith(f"{source}/")]
        if not files:
            raise FileNotFoundError(f"COPY {source}: git has no such file")
        for name in files:
            inside = name.removeprefix(source).lstrip("/") or (
                Path(source).name if target.endswith("/") else ""
            )
            destination = place / inside if inside else place
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, destination)
