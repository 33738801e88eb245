"""What a registration says about itself, in numbers and words."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from .geometry import resizing
from .hypotheses import Way
from .placement import Placement

UNSURE = 0.09
"""Two pictures of different things reach a score of 0.05; below this they are not registered."""
_FAR = 0.06  # a zoom beyond what editors do by themselves, as a logarithm
_CONFIDENT = 0.6  # a score that leaves no doubt


@dataclass(frozen=True)
class Report:
    """What happened to T on its way.

    Attributes:
        shift: (x, y) by which T's content lies off at I's centre, in I's pixels.
        zoom: how much larger than I's T's content is, beyond the pictures' sizes; 1 for not at all.
        turn: degrees clockwise by which T's content is turned.
        changed: share of the picture that is edited; 0 before that is known.
        confidence: 0..1, how far the registration can be relied on.
        notes: sentences for the user.
    """

    shift: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0
    turn: float = 0.0
    changed: float = 0.0
    confidence: float = 1.0
    notes: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The report in one line."""
        x, y = self.shift
        numbers = (
            f"shift {x:+.1f}, {y:+.1f} px; zoom {self.zoom:.3f}; turn {self.turn:+.2f}°; "
            f"changed {self.changed:.1%}; confidence {self.confidence:.2f}"
        )
        return "; ".join([numbers, *(note.rstrip(".") for note in self.notes)])


def describe(placement: Placement, way: Way, found: float) -> Report:
    """The report of a registration.

    Args:
        placement: where T's content lies.
        way: how T was made of I.
        found: the registration's score.
    """
    height, width = placement.size
    (a, b, c), (d, e, f) = (resizing(placement.edited_size, placement.size) @ placement.matrix)[:2].tolist()
    x, y = (width - 1) / 2, (height - 1) / 2
    shift = (a * x + b * y + c - x, d * x + e * y + f - y)
    turned = math.degrees(math.atan2(-d, -a) if way.mirrored else math.atan2(d, a))
    confidence = min(1.0, max(0.0, (found - UNSURE) / (_CONFIDENT - UNSURE)))
    zoom = math.sqrt(abs(a * e - b * d))
    return Report(shift, zoom, turned, 0.0, confidence, _notes(way, zoom))


def refusal() -> Report:
    """The report of two pictures that were not registered."""
    note = (
        "The edited picture was not registered: it shares too little with the original. The result is the "
        "edited picture at the original's size; are the two of the same scene?"
    )
    return Report(confidence=0.0, notes=(note,))


def featureless() -> Report:
    """The report of an original without structure, like a plain wall."""
    note = "The original shows too little structure to register; the edited picture was only resized."
    return Report(notes=(note,))


def relit(report: Report) -> Report:
    """The same report, of a picture whose light was changed on purpose."""
    note = (
        "The edit changes the colours or light of the whole picture; the result is the edited picture, "
        "brought into place."
    )
    return replace(report, notes=(*report.notes, note))


def _notes(way: Way, zoom: float) -> tuple[str, ...]:
    notes = []
    if abs(math.log(zoom)) > _FAR:
        notes.append(f"The edit is zoomed by {zoom - 1:+.0%}; check that it fits its surroundings.")
    if way.mirrored:
        notes.append("The edited picture is mirrored; it was mirrored back.")
    if way.turns:
        notes.append(f"The edited picture is rotated by {way.turns * 90}° clockwise; it was rotated back.")
    return tuple(notes)
