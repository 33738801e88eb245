"""What is foreign to a generator: measured on its own samples, or on pictures of its kind."""

from __future__ import annotations

import torch
from torch import Tensor

from ..alignment import Crop, centred
from ..bundle import Bundle
from ..diffcam.mask import mismatch
from ..errors import ImageError
from ..inversion import Inverter, inverter_of
from ..progress import Progress
from ..sources import batches, cut_for
from .sampling import sample_latents

SAMPLES, BY_DESCENT = 32, 8
"""How many own samples are inverted by an encoder, and by descent, which takes hundreds of times as long."""
_QUANTILE = 0.98  # of places where pictures of the domain differ from their reconstruction less than this
_WIDE = 3.0  # from the level where something begins to be foreign to the one where it wholly is
_LEAST, _MOST = 8.0, 80.0  # grey levels: finer is noise, and from here on a colour is another one


@torch.no_grad()
def calibrate(
    bundle: Bundle,
    crops: list[Crop] | None = None,
    inverter: Inverter | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[float, float]:
    """The levels of what is foreign; see `Manifest.foreign`.

    Pictures of the generator's own kind are inverted; where they differ from their reconstruction, at the
    scale at which the mask asks, nothing is foreign. What differs more than nearly all of that begins to be.

    Args:
        bundle: its generator.
        crops: pictures of its kind, without things that it cannot draw; None for its own samples.
        inverter: None for the bundle's.
        seed: of the samples.
        progress: told within every batch.

    Returns:
        Grey levels (begins, wholly is), for `dataclasses.replace(bundle, foreign=…)`.

    Raises:
        ImageError: if there is no picture.
    """
    if crops is None:
        count = BY_DESCENT if bundle.encoder is None and inverter is None else SAMPLES
        pictures = bundle.generator.synthesis(_spread(bundle, sample_latents(bundle, count, seed)))
        crops = list(centred(pictures.clamp(-1, 1)))
    if not crops:
        raise ImageError("there is no picture to calibrate with")
    inverter = inverter or inverter_of(bundle.encoder)
    maps = []
    parts = batches(len(crops), bundle.resolution)
    for number, part in enumerate(parts):
        original = cut_for(bundle, crops[part])
        within = None if progress is None else _part(progress, number, len(parts))
        latents = inverter(original, bundle.generator, within)
        reconstruction = bundle.generator.synthesis(latents).clamp(-1, 1)
        maps.append(mismatch(original, reconstruction, bundle.mask_settings))
        if progress is not None:
            progress(number + 1, len(parts), "calibrating")
    low = min(max(float(torch.cat(maps).flatten().quantile(_QUANTILE)), _LEAST), _MOST)
    return round(low, 1), round(_WIDE * low, 1)


def _spread(bundle: Bundle, latents: Tensor) -> Tensor:
    return latents[:, None].expand(-1, bundle.generator.num_styles, -1)


def _part(progress: Progress, number: int, count: int) -> Progress:
    """A `Progress` for one batch of several."""
    return lambda done, total, note: progress(number * total + done, count * total, "calibrating")
