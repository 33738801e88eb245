"""The kinds of drift, alone and combined as well-known editors combine them.

The mixtures follow 39 public pairs of real editors. Three in four are hardly shifted or zoomed; the others
are by 1 to 4 %, and not rigidly. Tones stay within 3 %. In the worst tenth a third of the texture is drawn
anew; in Gemini's pictures a fifth always is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ...domains.portraits.things.tools import Dice
from ...errors import OodError
from ...files.levels import from_uint8, to_uint8
from . import damage, moving, toning
from .autoencoder import Autoencoder
from .edits import Edited
from .pasting import within_square
from .view import View, first_view, sample_at

Drift = Callable[[View, Dice, Autoencoder | None], View]

RIGID, TONE, LOSS, PARTIAL, EDITOR = "rigid", "tone", "loss", "partial", "editor"


@dataclass(frozen=True)
class DriftKind:
    """One kind of drift.

    Attributes:
        apply: what it does.
        family: what it is about; `EDITOR` are the combined ones.
        held_out: never to be looked at while anything is trained or tuned.
    """

    apply: Drift
    family: str
    held_out: bool


@dataclass(frozen=True, eq=False)
class Drifted:
    """What an editor returned, and the truth about it.

    Attributes:
        edited: T = drift(E), [1, 3, h, w] in [-1, 1], of 8 bits.
        reference: drift(I), the editor's no-op pass, same shape; None where none was asked for.
        bound: T but for its changes of colour, put in I's place by the true map, [1, 3, H, W] in [-1, 1],
            of 8 bits: what nobody can undo, with one bicubic resampling.
        flow: where in T each pixel of I lies, (x, y), [1, 2, H, W]; see `view`.
        covered: where T shows I at all, boolean [1, 1, H, W].
    """

    edited: Tensor
    reference: Tensor | None
    bound: Tensor
    flow: Tensor
    covered: Tensor


def _plain(change: Callable[[View, Dice], View]) -> Drift:
    return lambda view, dice, autoencoder: change(view, dice)


def _qwen(view: View, dice: Dice, autoencoder: Autoencoder | None) -> View:
    """Rounded to 8 to 112, zoomed or shifted in some, recoloured a little, softened by its autoencoder."""
    if dice.uniform(0, 1) < 0.5:
        view = moving.stretch(view, dice)
    tail = dice.uniform(0, 1) < 0.35
    far = 0.02 if tail else 0.002
    view = moving.affine(
        view, 1 + dice.uniform(-far, far), shift_by=(dice.uniform(-far, far), dice.uniform(-far, far))
    )
    view = damage.reinvented(damage.encoded(view, dice, autoencoder), dice, 0.15)
    return toning.slight_tone(view, dice)


def _kontext(view: View, dice: Dice, autoencoder: Autoencoder | None) -> View:
    """Brought to its own sizes, hardly moved, softened; some texture drawn anew."""
    view = moving.to_pixels(view, view.size[0] * view.size[1] * dice.uniform(0.8, 1.3), 16)
    far = 0.0015 if dice.uniform(0, 1) < 0.75 else 0.01
    view = moving.affine(view, 1 + dice.uniform(-far, far), shift_by=(dice.uniform(-far, far), 0.0))
    view = damage.reinvented(damage.encoded(view, dice, autoencoder), dice, 0.3)
    return toning.slight_tone(view, dice, 0.02)


def _klein(view: View, dice: Dice, autoencoder: Autoencoder | None) -> View:
    """Rounded to 16 or 32, a yellow or uneven tint, its autoencoder, and a smooth warp at times."""
    view = moving.to_pixels(view, view.size[0] * view.size[1] * dice.uniform(0.9, 1.1), dice.pick((16, 32)))
    if dice.uniform(0, 1) < 0.3:
        view = moving.warp(view, dice)
    view = damage.encoded(view, dice, autoencoder)
    yellow = torch.tensor([1.01, 1.0, 1 - dice.uniform(0.0, 0.06)]).view(1, 3, 1, 1)
    return toning.slight_tone(view.toned(lambda pictures: pictures * yellow), dice, 0.03)


def _gemini(view: View, dice: Dice, autoencoder: Autoencoder | None) -> View:
    """Drawn anew as a whole: much texture of its own, flatter or steeper, at times another pose, a JPEG."""
    if dice.uniform(0, 1) < 0.25:
        view = moving.repose(view, dice)
    far = 0.0015 if dice.uniform(0, 1) < 0.7 else 0.015
    view = moving.affine(
        view, 1 + dice.uniform(-far, far), shift_by=(dice.uniform(-far, far), dice.uniform(-far, far))
    )
    view = damage.reinvented(damage.encoded(view, dice, autoencoder), dice, 0.7)
    view = toning.slight_tone(view, dice, 0.03)
    return damage.jpeg(view, dice) if dice.uniform(0, 1) < 0.5 else view


def _live_portrait(view: View, dice: Dice, autoencoder: Autoencoder | None) -> View:
    """A square around the face drawn at 256 pixels, tinted, and pasted back with a hard edge."""

    def inside(part: View, chance: Dice) -> View:
        moved = moving.affine(part, shift_by=(chance.uniform(-0.002, 0.002), chance.uniform(-0.002, 0.002)))
        return toning.gain(damage.blurred(moved, chance), chance)

    return within_square(view, dice, inside)


def _generative_fill(view: View, dice: Dice, autoencoder: Autoencoder | None) -> View:
    """The surroundings of the edit through an autoencoder, with a soft border; every other bit kept."""

    def inside(part: View, chance: Dice) -> View:
        return damage.reinvented(damage.encoded(part, chance, autoencoder), chance, 0.3)

    return within_square(view, dice, inside, edge=dice.uniform(2, 12))


def _pasted_square(view: View, dice: Dice, autoencoder: Autoencoder | None) -> View:
    return within_square(view, dice, toning.gain)


DRIFTS: dict[str, DriftKind] = {
    "shift": DriftKind(_plain(moving.shift), RIGID, False),
    "turn": DriftKind(_plain(moving.turn), RIGID, False),
    "stretch": DriftKind(_plain(moving.stretch), RIGID, False),
    "crop": DriftKind(_plain(moving.crop), RIGID, False),
    "zoom": DriftKind(_plain(moving.zoom), RIGID, True),
    "megapixel": DriftKind(_plain(moving.megapixel), RIGID, True),
    "letterbox": DriftKind(_plain(moving.letterbox), RIGID, True),
    "warp": DriftKind(_plain(moving.warp), "smooth", False),
    "pose": DriftKind(_plain(moving.repose), "smooth", True),
    "gain": DriftKind(_plain(toning.gain), TONE, False),
    "uneven tint": DriftKind(_plain(toning.tint), TONE, False),
    "contrast": DriftKind(_plain(toning.contrast), TONE, True),
    "blur": DriftKind(_plain(damage.blurred), LOSS, False),
    "JPEG": DriftKind(_plain(damage.jpeg), LOSS, False),
    "new texture": DriftKind(_plain(damage.reinvented), LOSS, False),
    "sharpening": DriftKind(_plain(damage.sharpened), LOSS, True),
    "noise": DriftKind(_plain(damage.noise), LOSS, True),
    "autoencoder": DriftKind(damage.encoded, LOSS, True),
    "pasted square": DriftKind(_pasted_square, PARTIAL, False),
    "like Qwen": DriftKind(_qwen, EDITOR, False),
    "like klein": DriftKind(_klein, EDITOR, False),
    "like LivePortrait": DriftKind(_live_portrait, EDITOR, False),
    "like Kontext": DriftKind(_kontext, EDITOR, True),
    "like Gemini": DriftKind(_gemini, EDITOR, True),
    "like generative fill": DriftKind(_generative_fill, EDITOR, True),
}


def drift_names(held_out: bool) -> tuple[str, ...]:
    """The kinds of one half."""
    return tuple(name for name, kind in DRIFTS.items() if kind.held_out == held_out)


@torch.no_grad()
def drift(
    kind: str,
    pair: Edited,
    generator: torch.Generator,
    autoencoder: Autoencoder | None = None,
    no_op: bool = False,
) -> Drifted:
    """Send a pair through an editor that drifts, and its original with it.

    Args:
        kind: of ``DRIFTS``.
        pair: I, E and where they differ.
        generator: source of randomness.
        autoencoder: a real one for the kinds that go through one; None imitates its damage.
        no_op: whether the original is sent through, too.

    Raises:
        OodError: if there is no such kind.
    """
    if kind not in DRIFTS:
        raise OodError(f"there is no drift '{kind}'; known: {', '.join(DRIFTS)}")
    dice = Dice(int(torch.randint(2**31, (), generator=generator)))
    first = first_view(pair.edited, pair.mask, pair.original if no_op else None)
    view = DRIFTS[kind].apply(first, dice, autoencoder)
    edited, spared, *reference = view.pictures.split(1)
    best = _eight_bits(sample_at(spared, view.flow))
    passed = _eight_bits(reference[0]) if reference else None
    return Drifted(_eight_bits(edited), passed, best, view.flow, view.covered)


def _eight_bits(picture: Tensor) -> Tensor:
    return from_uint8(to_uint8(picture * 2 - 1))
