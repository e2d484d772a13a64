"""A gate lets few in at once, some wait, and never all threads."""

from threading import Event, Semaphore

import pytest

from coderauth.errors import Busy
from coderauth.gates import Gate
from tests.threads import start
from tests.waiting import PATIENCE, until


def test_no_more_run_at_once_than_allowed() -> None:
    gate, entered, end = Gate("busy", running=2, waiting=6), Semaphore(0), Event()

    def turn() -> None:
        with gate.turn():
            entered.release()
            assert end.wait(PATIENCE)

    turns = [start(turn) for _ in range(8)]
    until(lambda: gate._inside._value == 0)  # All are running or waiting.
    assert entered.acquire(timeout=PATIENCE)
    assert entered.acquire(timeout=PATIENCE)
    assert not entered.acquire(timeout=0.05)
    end.set()
    for one in turns:
        one.result(PATIENCE)


def test_a_full_queue_refuses_at_once() -> None:
    gate, started, end = Gate("busy", running=1, waiting=1), Event(), Event()

    def hold() -> None:
        with gate.turn():
            started.set()
            assert end.wait(PATIENCE)

    def have_turn() -> str:
        with gate.turn():
            return "had a turn"

    holder = start(hold)
    assert started.wait(PATIENCE)
    waiter = start(have_turn)
    until(lambda: gate._inside._value == 0)  # The waiter took its place.
    with pytest.raises(Busy), gate.turn():
        pass
    assert not waiter.done()
    end.set()
    holder.result(PATIENCE)
    assert waiter.result(PATIENCE) == "had a turn"
    assert have_turn() == "had a turn"


def test_a_failure_gives_the_turn_back() -> None:
    gate = Gate("busy", running=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), gate.turn():
            raise ZeroDivisionError
    with gate.turn():
        pass
