"""Pairs with a known answer: I; E, which is I with one true edit; T, which is E after an editor's drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

import torch

from ...errors import OodError
from .autoencoder import Autoencoder
from .drifts import DRIFTS, EDITOR, Drifted, drift, drift_names
from .edits import EDITS, NO_EDIT, Edited, edit_names, make_edit
from .photograph import Photograph, read_photograph, split_by_person

SIZE = 512

_UNEDITED_EACH = 5  # every so many pairs one without an edit
_PHOTOGRAPHS_TRIED = 6  # a bald person's hair cannot be dyed


class Half(Enum):
    """Which kinds of edit and drift, and whose photographs, are shown.

    Thresholds are tuned and networks trained on `PUBLIC` alone. Each half draws from its own random numbers,
    so no pair of one is ever seen in another, whatever the seed.
    """

    PUBLIC = "public"
    HELD_OUT = "held-out"
    ALL = "all"


@dataclass(frozen=True, eq=False)
class KeepPair:
    """One pair and its truth.

    Attributes:
        edit, drift: names of the kinds.
        true: I, E and the true mask.
        drifted: T, the no-op pass, the bound and the true map.
    """

    edit: str
    drift: str
    true: Edited
    drifted: Drifted

    @property
    def title(self) -> str:
        """As one reads it: "glasses, like Qwen"."""
        return f"{self.edit}, {self.drift}"

    @property
    def family(self) -> str:
        """What the drift is about; see `drifts`."""
        return DRIFTS[self.drift].family

    @property
    def held_out(self) -> bool:
        """Whether both kinds are held out; a pair without an edit goes by its drift."""
        return DRIFTS[self.drift].held_out and (self.edit == NO_EDIT or EDITS[self.edit].held_out)


@dataclass(frozen=True, eq=False)
class PairSource:
    """Where pairs come from.

    Attributes:
        half: which kinds and photographs.
        photographs: files to edit; none for portraits that are drawn.
        autoencoder: a real one for the drifts that have one; None imitates its damage.
        size: side of I in pixels.
        no_op: whether the editor's no-op pass of I is made as well.
    """

    half: Half = Half.ALL
    photographs: Sequence[Path] = ()
    autoencoder: Autoencoder | None = None
    size: int = SIZE
    no_op: bool = False

    def draw(self, seed: int, index: int) -> KeepPair:
        """Pair ``index`` of a seed, whatever the number of pairs.

        The kinds take their turns in an order of the seed's own: one pair in five has no edit, and the
        combined drifts come twice as often as the single ones.

        Raises:
            OodError: if no photograph can be edited so.
        """
        random = torch.Generator().manual_seed(self._number(seed) * 1_000_003 + index)
        edit, kind = self.kinds(seed, index)
        true = self._edited(edit, random)
        return KeepPair(edit, kind, true, drift(kind, true, random, self.autoencoder, self.no_op))

    def kinds(self, seed: int, index: int) -> tuple[str, str]:
        """Names of the edit and the drift of a pair."""
        drawn_ones, halves = not self.photographs, [half for half in (False, True) if self.shows(half)]
        drifts = [name for held_out in halves for name in drift_names(held_out)]
        often = drifts + [name for name in drifts if DRIFTS[name].family == EDITOR]
        kind = self._turn(often, seed, index, 1)
        if index % _UNEDITED_EACH == _UNEDITED_EACH - 1:
            return NO_EDIT, kind
        edits = [name for held_out in halves for name in edit_names(held_out, drawn_ones)]
        return self._turn(edits, seed, index - index // _UNEDITED_EACH, 2), kind

    def shows(self, held_out: bool) -> bool:
        """Whether kinds that are held out, or those that are not, belong to this half."""
        return self.half in (Half.ALL, Half.HELD_OUT if held_out else Half.PUBLIC)

    def _number(self, seed: int) -> int:
        return seed * len(Half) + list(Half).index(self.half)

    def _turn(self, names: Sequence[str], seed: int, index: int, salt: int) -> str:
        round_, place = divmod(index, len(names))
        random = torch.Generator().manual_seed((self._number(seed) * 3 + salt) * 10_007 + round_)
        return names[int(torch.randperm(len(names), generator=random)[place])]

    def _edited(self, edit: str, random: torch.Generator) -> Edited:
        if not self.photographs:
            return make_edit(edit, self.size, random)
        shown = photographs_of(self.photographs, self.half)
        for _ in range(_PHOTOGRAPHS_TRIED):
            photo = _read(shown[int(torch.randint(len(shown), (), generator=random))], self.size)
            try:
                return make_edit(edit, photo, random)
            except OodError as error:
                reason = error
        raise OodError(f"none of {_PHOTOGRAPHS_TRIED} photographs can be edited: {reason}")


def photographs_of(paths: Sequence[Path], half: Half) -> list[Path]:
    """Those of one half. Raises OodError if there are none."""
    public, held_out = split_by_person(paths)
    shown = {Half.PUBLIC: public, Half.HELD_OUT: held_out, Half.ALL: public + held_out}[half]
    if not shown:
        raise OodError(f"{len(paths)} photographs are too few for a half of them; name at least two people")
    return shown


@lru_cache(maxsize=4)
def _read(path: Path, size: int) -> Photograph:
    return read_photograph(path, size)
