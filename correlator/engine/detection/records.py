"""Records of detection: an observed call, a symptom, a stream, the reading of a level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from correlator.engine.detection.tuning import TUNING

CANDIDATE_SHARE = TUNING.candidate_share


class ObservedCall(Protocol):
    """What the detector reads of a call; see `calls.Call`."""

    @property
    def domains(self) -> tuple[int, ...]:
        """The failure domains its line is under, ascending, `*` last."""

    @property
    def counted(self) -> bool:
        """Whether it is the first of its customer in a day."""

    @property
    def symptom(self) -> int:
        """Index of its symptom."""

    @property
    def mark(self) -> int:
        """Column of what it is about: its symptom, or several; see `marks.Marks`."""

    @property
    def tau(self) -> float:
        """When it occurred, in τ."""

    @property
    def rate(self) -> float:
        """The line's expected rate of its symptom, per τ."""

    @property
    def planned(self) -> float:
        """The rate that planned works add."""

    @property
    def attributions(self) -> Mapping[int, float]:
        """The rate that each incident adds."""


class Symptom(NamedTuple):
    """A symptom as the detector counts it.

    `fault`: a network failure can cause it; `streamed`: some stream counts it; `unnamed`: it is not
    in the catalog, and has streams of its own.
    """

    number: int
    fault: bool
    streamed: bool
    unnamed: bool


class Stream(NamedTuple):
    """What one row counts: a rule on a domain; the index of an unnamed symptom, or −1."""

    domain: int
    rule: int
    unnamed: int


class Reading(NamedTuple):
    """The level of a stream (M as a share of the threshold A of its rule), and A."""

    stream: Stream
    share: float
    threshold: float
