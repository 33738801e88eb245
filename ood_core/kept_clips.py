"""A clip that somebody else edited: put back frame by frame, and held still over time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import torch
from torch import Tensor

from .diffcam import AS_FOUND, MaskIs, MaskShape, find_changes
from .diffcam.still_changes import VOTERS, voted
from .errors import ShapeError
from .modes import KEEP
from .pipeline import stages_of
from .progress import Progress, Steps
from .registration import Placed, held_still, pasted_box, place
from .results import KeepResult
from .sources import Pair, given_pair
from .stages import paste


def keep_clip(
    originals: Iterable[Tensor],
    edited: Iterable[Tensor],
    mask: Tensor | None = None,
    mask_is: MaskIs = "limit",
    references: Iterable[Tensor] | None = None,
    *,
    shape: MaskShape = AS_FOUND,
    progress: Progress | None = None,
) -> Iterator[KeepResult]:
    """Put somebody else's edit of a clip back into it; placement, light and mask do not flicker.

    Args:
        originals: frames of I, [1, 3, H, W] in [-1, 1], in their order; read three times, a few pictures
            held at a time: a list, or anything that begins anew whenever it is iterated.
        edited: as many frames of T, [1, 3, H', W'], likewise.
        references: what the editor makes of each frame without an edit, [1, 3, H'', W''], or None.
        mask, mask_is, shape, progress: as `pipeline.keep`; a mask is one for all frames or one for each.

    Yields:
        Each frame's result.

    Raises:
        ShapeError: if there are not as many frames of both, or none.
        Others as `pipeline.keep`.
    """
    source = GivenClip(originals, edited, references)
    steps = Steps(progress, 5 * len(source) + 1)
    for part in stages_of(source, KEEP, mask, mask_is, shape, None, steps):
        yield KeepResult((paste(part, mask),))
    steps.end()


@dataclass(frozen=True, eq=False)
class GivenClip:
    """The source of a clip's pairs; see `keep_clip`."""

    originals: Iterable[Tensor]
    edited: Iterable[Tensor]
    references: Iterable[Tensor] | None = None

    def __len__(self) -> int:
        return sum(1 for _ in self.originals)

    @torch.no_grad()
    def pairs(self, steps: Steps) -> Iterator[Pair]:
        """See `Source`. A frame in which a rectangle was pasted to the bit is left to itself."""
        places = held_still(list(self._placed(steps)))
        count, window, due = len(places), deque[Pair](maxlen=2 * VOTERS + 1), 0
        for number, frame in enumerate(self._frames()):
            steps.begin(f"Register, frame {number + 1} of {count}")
            window.append(_pair(*frame, number, places[number]))
            while due + VOTERS <= number or (number == count - 1 and due < count):
                yield _held_still(window, due - (number + 1 - len(window)))
                due += 1

    def _placed(self, steps: Steps) -> Iterator[Placed]:
        for number, (original, edited, _) in enumerate(self._frames()):
            steps.begin(f"Place, frame {number + 1}")
            yield place(original, edited)

    def _frames(self) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
        """I, T and the reference of each frame.

        Raises:
            ShapeError: if there are not as many of each, or none.
        """
        clips = [self.originals, self.edited, *([] if self.references is None else [self.references])]
        count = 0
        for frames in zip_longest(*clips):
            if any(frame is None for frame in frames):
                raise ShapeError("The clips must have as many frames as each other; cut the longer one.")
            count += 1
            original, edited, *reference = (frame.float() for frame in frames)
            yield original, edited, reference[0] if reference else None
        if not count:
            raise ShapeError("A clip needs at least one frame.")


def _pair(original: Tensor, edited: Tensor, reference: Tensor | None, number: int, placed: Placed) -> Pair:
    if placed.exact or pasted_box(original, edited) is not None:
        return given_pair(original, edited, reference, number)
    pair = given_pair(original, edited, reference, number, placed)
    assert pair.registration is not None
    return replace(pair, changes=find_changes(pair.registration, pair.reference))


def _held_still(window: Sequence[Pair], index: int) -> Pair:
    """One frame's pair with what those around it say of its changes."""
    changes = voted([pair.changes for pair in window], index)
    return window[index] if changes is None else replace(window[index], changes=changes)
