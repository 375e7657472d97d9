"""A net under inputs that could take forever: processor time, which other programs do not use up, and a clock for what waits."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

CPU_S = 20
"""Far more than anything takes here: what goes beyond grows faster than its input. `python -m tests.language.slow` measures."""

WAIT_S = 60
"""For what would wait for ever."""


class TookTooLong(BaseException):
    """Not an `Exception`, so nobody takes it for one of their own."""


@contextmanager
def bounded() -> Iterator[None]:
    """Ends what runs in it when it has used up its processor time, or waits."""

    def end(number: int, frame: FrameType | None) -> None:
        raise TookTooLong(signal.Signals(number).name)

    before = {number: signal.signal(number, end) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, CPU_S)
    signal.setitimer(signal.ITIMER_REAL, WAIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
