"""Whether a generator knows a face is read from the face, not from the light it stands in."""

from __future__ import annotations

import pytest
import torch

from ood_core.likeness import strangeness

DICE = torch.Generator().manual_seed(4)
FACE = torch.rand(3, 3, 128, 128, generator=DICE) * 1.8 - 0.9
DRAWN = (FACE + 0.3 * torch.rand(3, 1, 128, 128, generator=DICE)).clamp(-1, 1)


def test_in_the_dark_a_face_is_no_better_known_than_in_the_light() -> None:
    light = strangeness(FACE, DRAWN, 14.0)
    for share in (0.5, 0.2):
        dark = strangeness(FACE * share - 1 + share, DRAWN * share - 1 + share, 14.0)
        assert bool((dark >= 0.99 * light).all())


def test_the_same_picture_is_known_and_a_face_without_any_contrast_gives_a_number() -> None:
    assert strangeness(FACE, FACE, 14.0).tolist() == [0, 0, 0]
    flat = torch.zeros(1, 3, 128, 128)
    assert strangeness(flat, flat, 14.0).tolist() == [0]
    assert bool(torch.isfinite(strangeness(flat, flat + 1, 14.0)).all())


def test_strangeness_grows_with_the_difference_and_falls_with_the_level() -> None:
    near, far = strangeness(FACE, FACE.lerp(DRAWN, 0.5), 14.0), strangeness(FACE, DRAWN, 14.0)
    assert bool((far > near).all()) and far.tolist() == pytest.approx(
        (2 * strangeness(FACE, DRAWN, 28.0)).tolist()
    )


def test_a_picture_without_colours_is_compared_in_its_own_tone() -> None:
    """A generator paints lips red, and a black-and-white drawing is of its kind all the same."""
    grey = FACE.mean(dim=1, keepdim=True).expand(-1, 3, -1, -1)
    shift = torch.tensor([0.3, -0.153, 0.0])[:, None, None]  # a tint of no brightness
    assert float(strangeness(grey * 0.6, grey * 0.6 + shift, 14.0).max()) < 0.1
    assert float(strangeness(FACE * 0.6, FACE * 0.6 + shift, 14.0).min()) > 1
