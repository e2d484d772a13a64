"""The grammar of `q`, which searches lists: `key:value "quoted"` (accounts.md 1.17)."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from coderauth.errors import InvalidRequest, Validation
from coderauth.folding import fold

FREE_TEXT = "search"


class Terms:
    """The values of each key, in the order in which they were written."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for key, value in pairs:
            self._values.setdefault(key, []).append(value)

    def getlist(self, key: str) -> Sequence[str]:
        return self._values.get(key, [])

    def words(self, key: str) -> list[str]:
        """Return all values of a key that is a list: repeated, or with commas between."""
        given = (value for value in self.getlist(key) if value)
        return [word.strip() for value in given for word in value.split(",")]

    def unknown(self, known: Collection[str]) -> list[Validation]:
        return [
            Validation(key, f'"{key}" is not a valid query param')
            for key in self._values
            if key not in known
        ]


def parse_terms(text: str, *, refusal: str) -> Terms:
    """Return the terms of a search; raises InvalidRequest with the code `refusal`."""
    pairs: list[tuple[str, str]] = []
    free: list[str] = []
    for piece in _split(fold(text), " "):
        if ":" not in piece:
            free.append(piece)
            continue
        if piece.startswith(":") or piece.endswith(":"):
            raise _refused(refusal, f"Query element \"{piece}\" cannot start or end with ':'")
        parts = [part.replace('"', "") for part in _split(piece, ":")]
        if len(parts) > 2:
            raise _refused(refusal, f"Query element \"{piece}\" can only contain 1 ':'")
        key, value = parts if len(parts) == 2 else (FREE_TEXT, parts[0])
        pairs.append((key, value))
    if free:
        pairs.append((FREE_TEXT, " ".join(free)))
    return Terms(pairs)


def _refused(code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(code, validations=[Validation("q", detail)])


def _split(text: str, delimiter: str) -> Iterator[str]:
    """Yield the non-empty pieces between delimiters, ignoring those inside double quotes."""
    piece, is_quoted = "", False
    for letter in text:
        if letter == '"':
            is_quoted = not is_quoted
        if letter == delimiter and not is_quoted:
            if piece:
                yield piece
            piece = ""
        else:
            piece += letter
    if piece:
        yield piece
