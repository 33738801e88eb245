"""The last step of a run: its stages' files as one bundle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..alignment.frame import Frame
from ..bundle import Bundle, save_bundle
from ..bundle.manifest import FINDERS, NETWORKS, Attribute
from .recipe import load_recipe
from .stages import finished_directions, finished_network, result

_OPTIONAL = (*FINDERS, "decomposer", "deghoster")


@dataclass(frozen=True)
class BundleRecipe:
    """What bundle.json says that training does not know.

    ``weakest``, ``strongest``: the useful range of strengths. ``half``: store weights as float16.
    ``foreign_low``, ``foreign_high``, ``domain``: as the manifest's.
    """

    name: str
    licence: str
    provenance: str
    weakest: float
    strongest: float
    half: bool
    foreign_low: float
    foreign_high: float
    domain: str = ""


def assemble(recipe: Path, run: Path) -> Path:
    """Write ``run/bundle`` out of the finished stages.

    Args:
        recipe: bundle.toml.
        run: the run's folder.

    Returns:
        The bundle's folder.

    Raises:
        RecipeError: if a stage is missing.
        BundleError: if the stages do not fit together.
    """
    bundle = bundle_of(recipe, run)
    dtype = torch.float16 if load_recipe(recipe, BundleRecipe).half else torch.float32
    save_bundle(bundle, run / "bundle", overwrite=True, dtype=dtype)
    return run / "bundle"


def bundle_of(recipe: Path, run: Path) -> Bundle:
    """The bundle of the stages that are finished; see `assemble` for arguments and errors.

    Those that only some bundles have may be missing.
    """
    about = load_recipe(recipe, BundleRecipe)
    photographic = result(run, "autoencoder").exists()
    optional = (*_OPTIONAL, "diffcam") if photographic else _OPTIONAL
    kinds = [kind for kind in NETWORKS if kind not in optional or result(run, kind).exists()]
    networks: dict[str, Any] = {kind: finished_network(run, kind) for kind in kinds}
    framed = run / ("photographs" if photographic else "detector") / "frame.json"
    directions, strengths = finished_directions(run)
    attributes = {
        name: Attribute(
            name=name,
            diffcam_class=index if "diffcam" in networks else None,
            direction=name,
            default_strength=strength,
            range=(about.weakest, about.strongest),
        )
        for index, (name, strength) in enumerate(strengths.items())
    }
    return Bundle(
        name=about.name,
        resolution=networks["generator"].config.resolution,
        licence=about.licence,
        provenance=about.provenance,
        attributes=attributes,
        directions=directions,
        frame=Frame(**json.loads(framed.read_text(encoding="utf-8"))) if framed.exists() else Frame(),
        foreign=(about.foreign_low, about.foreign_high),
        domain=about.domain,
        **networks,
    )
