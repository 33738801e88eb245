"""What travels on the sockets of our own: everything that pictures and masks in 0..1 cannot carry.

All tensors lie on the CPU between nodes; the networks travel as the bundle's handle, under ComfyUI's care.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor

from ..ood_core.alignment import Crop
from ..ood_core.errors import OodError
from ..ood_core.results import Masked
from ..ood_core.sources import Inverted, Pair
from .models import BundleHandle

T = TypeVar("T")

_HOLDERS = (Crop, Inverted, Pair, Masked)  # of tensors, for `on`


@dataclass(frozen=True, eq=False)
class Crops:
    """OOD_CROP: where in some images the nodes behind work.

    Attributes:
        crops: at least one per image.
        image: the IMAGE, [P,H,W,C] in 0..1, whose very values come back outside of edits.
        handle: the bundle that they were cut out for, if any.
        side: width and height in pixels of the crops as other nodes see them; None where they do not.
    """

    crops: tuple[Crop, ...]
    image: Tensor
    handle: BundleHandle | None = None
    side: int | None = None


@dataclass(frozen=True, eq=False)
class Latents:
    """OOD_LATENT: crops, their latents, and how those were edited.

    Attributes:
        handle: the bundle.
        inverted: crops, reconstruction, and the latents before any edit.
        codes: the latents now, [N,L,D].
        edits: attribute → strength, so far.
        directions: name → the edit of strength 1, of directions that the bundle lacks.
        image: as `Crops`.
    """

    handle: BundleHandle
    inverted: Inverted
    codes: Tensor
    edits: Mapping[str, float]
    directions: Mapping[str, Tensor]
    image: Tensor


@dataclass(frozen=True, eq=False)
class EditInMaking:
    """OOD_EDIT: an edit after one of its stages.

    Attributes:
        handle: the bundle; None where plain pictures came in without one.
        stage: what the stages so far have found, `Masked` or more.
        own: the user's own mask, [P,1,H,W] in [0,1], or None.
        image: as `Crops`.
    """

    handle: BundleHandle | None
    stage: Masked
    own: Tensor | None
    image: Tensor


@dataclass(frozen=True, eq=False)
class Direction:
    """OOD_DIRECTION: a name and the edit of strength 1, [L,D]."""

    name: str
    vector: Tensor


def needed(value: T | None, what: str) -> T:
    """What a node cannot work without.

    Raises:
        OodError: naming the sockets that are open.
    """
    if value is None:
        raise OodError(f"Connect {what}.")
    return value


def bundle_of(bundle: BundleHandle | None, crop: Crops | None) -> BundleHandle:
    """The bundle that is connected, or the one that came with the crops.

    Raises:
        OodError: if there is neither.
    """
    travelling = None if crop is None else crop.handle
    return needed(
        bundle or travelling, "bundle from Load Edit Bundle, or crop from an Align Face that has one"
    )


def on(value: Any, device: torch.device | str) -> Any:
    """Tensors, and what holds them in dataclasses, tuples and mappings, on a device; bundles stay."""
    if isinstance(value, Tensor):
        return value.detach().to(device)
    if isinstance(value, dict):
        return {key: on(item, device) for key, item in value.items()}
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(on(item, device) for item in value)
    if isinstance(value, _HOLDERS):
        changed = {field.name: on(getattr(value, field.name), device) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **changed)
    return value
