"""True edits of the renderer: the same drawn person, among the same things, with one thing different."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from torch import Tensor

from ...domains import portraits
from ...domains.portraits.things.tools import Dice

Pair = tuple[Tensor, Tensor]

_ABSENT, _PRESENT = 0.05, 0.9
_HATS = ("beanie", "cap", "hat", "headphones")


def attribute(name: str, size: int, dice: Dice) -> Pair:
    """One of the domain's attributes, added or taken away."""
    person, things = _scene(dice)
    low, high = (portraits.set_attribute(person, name, value) for value in (_ABSENT, _PRESENT))
    before, after = (low, high) if dice.side() > 0 else (high, low)
    return portraits.render_scene(before, [things], size), portraits.render_scene(after, [things], size)


def factors(names: Sequence[str], size: int, dice: Dice) -> Pair:
    """Some of the domain's factors moved far: colours, light, the size of the eyes."""
    person, things = _scene(dice)
    after = person
    for name in names:
        value = float(person[0, portraits.FACTOR_NAMES.index(name)])
        moved = value + dice.uniform(0.8, 1.2) * (-1 if value > 0 else 1)
        after = portraits.set_attribute(after, name, moved)
    return portraits.render_scene(person, [things], size), portraits.render_scene(after, [things], size)


def thing(kinds: Sequence[str], size: int, dice: Dice) -> Pair:
    """One thing put on, held up or hung behind."""
    person, things = _scene(dice)
    kind = dice.pick(kinds)
    rest = [own for own in things if own.kind != kind and not {own.kind, kind} <= set(_HATS)]
    more = [*rest, portraits.Thing(kind, int(dice.uniform(0, 2**31)))]
    ordered = sorted(more, key=lambda own: portraits.THING_KINDS.index(own.kind))
    return portraits.render_scene(person, [rest], size), portraits.render_scene(person, [ordered], size)


def removal(size: int, dice: Dice) -> Pair:
    """One thing taken away."""
    before, after = thing(("cap", "flower", "phone", "scarf", "earrings", "sticker"), size, dice)
    return after, before


def unedited(size: int, dice: Dice) -> Pair:
    """The same portrait twice."""
    person, things = _scene(dice)
    picture = portraits.render_scene(person, [things], size)
    return picture, picture


def _scene(dice: Dice) -> tuple[Tensor, list[portraits.Thing]]:
    return portraits.sample_factors(1, dice.generator), list(portraits.sample_things(1, dice.generator)[0])


glasses = partial(attribute, "Eyeglasses")
beard = partial(attribute, "Beard")
smile = partial(attribute, "Smiling")
mouth = partial(attribute, "Mouth_Open")
age = partial(attribute, "Old")
make_up = partial(factors, ("lip_colour", "blush"))
clothes = partial(factors, ("clothes_hue",))
hair = partial(factors, ("hair_tone", "hair_warmth"))
eyes = partial(factors, ("eye_size",))
skin = partial(factors, ("skin_tone",))
hat = partial(thing, ("hat", "cap"))
beanie = partial(thing, ("beanie",))
earrings = partial(thing, ("earrings",))
sticker = partial(thing, ("sticker", "tattoo", "flower"))
lettering = partial(thing, ("lettering",))
held_object = partial(thing, ("cup", "phone", "microphone", "face_mask"))
background = partial(thing, ("bokeh", "bricks", "foliage", "stripes", "sky", "books"))
