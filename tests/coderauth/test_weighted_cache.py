"""The cache that is bounded by weight."""

import tracemalloc
from functools import partial

from coderauth.weighted_cache import weighted_cache
from tests.threads import start
from tests.waiting import PATIENCE


def test_what_was_made_is_made_once_while_it_is_wanted() -> None:
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        return name.upper()

    cached = weighted_cache(make, weigh=lambda _: 1, maximum=20)

    assert [cached("a"), cached("b"), cached("a")] == ["A", "B", "A"]
    assert made == ["a", "b"]
    for number in range(100):  # What is asked for again and again outlives what is not.
        cached(str(number))
        assert cached("a") == "A"
    assert made.count("a") == 1
    cached("b")
    assert made.count("b") == 2


def test_values_take_no_more_memory_than_the_weight_says() -> None:
    cached = weighted_cache(
        lambda _: bytearray(100_000), weigh=lambda _: 100_000, maximum=1_000_000
    )
    tracemalloc.start()
    for number in range(200):
        cached(number)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size < 1_200_000


def test_what_weighs_more_than_there_is_room_for_is_answered_and_not_kept() -> None:
    made: list[int] = []

    def make(size: int) -> int:
        made.append(size)
        return size

    cached = weighted_cache(make, weigh=lambda size: size, maximum=20)

    assert [cached(10), cached(11), cached(10), cached(11)] == [10, 11, 10, 11]
    assert made == [10, 11, 11]


def test_threads_get_their_own_answers() -> None:
    cached = weighted_cache(str, weigh=lambda _: 1, maximum=10)

    def ask(first: int) -> bool:
        return all(cached(at % 17) == str(at % 17) for at in range(first, first + 2_000))

    answers = [start(partial(ask, first)) for first in range(4)]
    assert [one.result(PATIENCE) for one in answers] == [True] * 4
