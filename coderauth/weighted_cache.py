"""A cache bounded by the total weight of its entries, for values that may be large.

`lru_cache` bounds the number of entries, which says nothing when one person's is a thousand times
as large as another's.
"""

from collections.abc import Callable
from threading import Lock
from typing import TypeVar, TypeVarTuple

Key = TypeVarTuple("Key")
Value = TypeVar("Value")


def weighted_cache(
    make: Callable[[*Key], Value], *, weigh: Callable[[*Key], int], maximum: int
) -> Callable[[*Key], Value]:
    """Return `make` with a cache of recent results, up to a total weight.

    There are two generations, each with half the weight: a full young one becomes the old one,
    whose entries return when they are asked for and are otherwise forgotten. A hit in the young one
    takes no lock and costs 0.1 µs more than `lru_cache`. An entry heavier than a generation is not
    kept. Values must not be None.
    """
    young: dict[tuple[*Key], Value] = {}
    old: dict[tuple[*Key], Value] = {}
    weight = 0
    lock = Lock()

    def keep(key: tuple[*Key], value: Value, weighs: int) -> None:
        nonlocal young, old, weight
        with lock:
            if weight + weighs > maximum // 2:
                young, old, weight = {}, young, 0
            if key not in young:
                young[key] = value
                weight += weighs

    def look(*key: *Key) -> Value:
        found = young.get(key)
        if found is not None:
            return found
        found = old.get(key)
        value = make(*key) if found is None else found
        weighs = weigh(*key)
        if weighs <= maximum // 2:
            keep(key, value, weighs)
        return value

    return look
