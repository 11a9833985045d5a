"""Asking a vendor again, politely and not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

Answer = TypeVar("Answer")


class SourceError(ValueError):
    """A vendor cannot be used; the message says what failed, why, and the mend."""


class TransientError(Exception):
    """A failure that may pass: the reason, and the seconds the vendor asks to wait (or None)."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class UnreachableError(TransientError):
    """No connection at all; asking for the next series would be as vain."""


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently to ask.

    Attributes:
        tries: attempts in all.
        first_wait: seconds before the second attempt; doubled for each further one.
        longest_wait: bound on one wait, also on what the vendor asks for.
        seed: of the jitter, up to half of each wait, that keeps clients from asking in step.
        sleep: how to wait; tests inject their own.
    """

    tries: int = 4
    first_wait: float = 1.0
    longest_wait: float = 60.0
    seed: int = 0
    sleep: Callable[[float], None] = field(default=time.sleep, compare=False)

    def call(self, work: Callable[[], Answer]) -> Answer:
        """Answer of `work`, asked again after each TransientError; the last one is raised."""
        jitter = np.random.default_rng(self.seed)
        for attempt in range(1, self.tries):
            try:
                return work()
            except TransientError as error:
                wait = self.first_wait * 2.0 ** (attempt - 1) * (1.0 + 0.5 * jitter.random())
                self.sleep(min(max(wait, error.retry_after or 0.0), self.longest_wait))
        return work()
