"""The shell blocks of documents: what is run, and what is shown as its answer."""

import re


def blocks_of(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def expected(block: str) -> list[str]:
    """Return the answers that a block shows, as patterns: `…` stands for anything."""
    shown = [line.removeprefix("# ") for line in block.splitlines() if line.startswith("# ")]
    return [".*".join(re.escape(part) for part in line.split("…")) for line in shown]
