"""What is remembered, and for how long."""

from time import monotonic

from coderauth_django.memory import MOST, Memory


def test_an_answer_is_known_until_its_time_is_over() -> None:
    memory = Memory[str]()
    memory.keep("alice", "yes", until=monotonic() + 60)
    memory.keep("bob", "yes", until=monotonic())
    assert (memory.get("alice"), memory.get("bob"), memory.get("carol")) == ("yes", None, None)


def test_a_new_answer_takes_the_place_of_the_old_one() -> None:
    memory = Memory[str]()
    for answer in ("old", "new"):
        memory.keep("alice", answer, until=monotonic() + 60)
    assert memory.get("alice") == "new"


def test_however_many_ask_the_memory_does_not_grow() -> None:
    memory = Memory[int]()
    for number in range(MOST + 10):
        memory.keep(number, number, until=monotonic() + 60)
    assert len(memory._kept) == MOST
    assert (memory.get(9), memory.get(10), memory.get(MOST + 9)) == (None, 10, MOST + 9)
