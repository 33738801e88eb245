"""Weights without training: any of the published manifests filled with reproducible numbers.

A tensor follows from its full name and the first rule of data/weight_rules.json whose pattern is found in it:

1. seed = first eight bytes of SHA-256(name in UTF-8), little-endian;
2. x = numpy's PCG64(seed), standard normals as float64, rounded to float32;
3. in float64, rounded once: `normal` offset + scale·x; `fan_in` gain/√fan_in·x with fan_in the product of all
   dimensions but the first; `exp` exp(scale·x); `const` value; `fir` gain·outer([1,3,3,1],[1,3,3,1])/64.

The published code was run on files filled this way; data/goldens.npz holds what it gave.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

DATA = Path(__file__).parent / "data"
DISCS = (
    (512, 560, 330, (224, 172, 140)),
    (390, 470, 56, (250, 250, 245)),
    (634, 470, 56, (250, 250, 245)),
    (390, 470, 24, (60, 40, 30)),
    (634, 470, 24, (60, 40, 30)),
    (512, 730, 84, (170, 60, 70)),
    (512, 180, 130, (30, 90, 160)),
    (820, 820, 110, (20, 200, 80)),
)  # x, y, radius, colour, in painting order


@cache
def manifests() -> dict[str, Any]:
    """File name → its nested {key: [shape, dtype]}."""
    return json.loads(gzip.decompress((DATA / "manifests.json.gz").read_bytes()))


@cache
def _rules() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    rules = json.loads((DATA / "weight_rules.json").read_text())["rules"]
    return [(re.compile(pattern), rule) for pattern, rule in rules]


def seed_of(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")


def normals(name: str, shape: Iterable[int]) -> np.ndarray[Any, Any]:
    """Standard normals of a name, float32."""
    shape = tuple(shape)
    random = np.random.Generator(np.random.PCG64(seed_of(name)))
    return random.standard_normal(math.prod(shape)).astype(np.float32).reshape(shape)


def tensor(name: str, shape: list[int], dtype: str = "float32") -> Tensor:
    """The pseudo-weight of a full name."""
    rule = next(rule for pattern, rule in _rules() if pattern.search(name))
    if rule["kind"] == "const":
        values = np.full(shape, rule["value"], np.float64)
    elif rule["kind"] == "fir":
        values = rule["gain"] * np.outer([1.0, 3, 3, 1], [1.0, 3, 3, 1]) / 64
    else:
        values = normals(name, shape).astype(np.float64)
        if rule["kind"] == "normal":
            values = rule.get("offset", 0.0) + rule["scale"] * values
        elif rule["kind"] == "fan_in":
            values *= rule["gain"] / math.sqrt(math.prod(shape[1:]))
        else:
            values = np.exp(rule["scale"] * values)
    return torch.from_numpy(np.ascontiguousarray(values.astype(dtype)).reshape(shape))


def checkpoint(manifest: str) -> dict[str, Any]:
    """The whole content of a published file, filled."""
    entries = manifests()[manifest]
    if "state_dict" not in entries:
        return {name: tensor(name, *entry) for name, entry in entries.items()}
    state = {name: tensor(name, *entry) for name, entry in entries["state_dict"].items()}
    return {
        "state_dict": state,
        "latent_avg": tensor("latent_avg", *entries["latent_avg"]),
        "opts": entries["opts"],
    }


def picture() -> Tensor:
    """The test picture, [1,3,1024,1024] in [-1,1]: eight discs on a gradient, and noise, in integers only."""
    y, x = np.mgrid[0:1024, 0:1024].astype(np.int64)
    image = np.stack([255 * x // 1023, 255 * y // 1023, 255 - 255 * (x + y) // 2046], axis=-1)
    for cx, cy, radius, colour in DISCS:
        image[(x - cx) ** 2 + (y - cy) ** 2 <= radius**2] = colour
    raw = np.random.PCG64(seed_of("input.image")).random_raw(image.size)
    image = np.clip(image + (raw >> np.uint64(59)).astype(np.int64).reshape(image.shape) - 16, 0, 255)
    values = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))).float()
    return ((values / 255.0 - 0.5) / 0.5)[None]


def blocky(name: str, shape: tuple[int, ...], repeat: int) -> Tensor:
    """Normals times one half, each repeated along height and width."""
    values = torch.from_numpy(normals(name, shape)) * 0.5
    return values.repeat_interleave(repeat, -2).repeat_interleave(repeat, -1)


def direction(name: str) -> Tensor:
    """A direction [18,512] as published files hold it: float64 and of no particular length."""
    return torch.from_numpy(normals(f"input.direction.{name}", (18, 512)).astype(np.float64))
