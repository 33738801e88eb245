"""The published networks as one bundle: `ood import-official`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..bundle.manifest import MANIFEST, Attribute, Manifest
from ..editing.formats import Norm
from ..errors import BundleError, CheckpointError
from ..progress import Progress
from ..stylegan2 import GeneratorConfig
from .classes import OFFICIAL_CLASSES, OFFICIAL_COUNT, read_classes
from .convert import write_networks
from .direction_files import read_directions
from .formats import recognise
from .mapping import Network, left_out, networks_in
from .reading import read_checkpoint
from .writing import staged, write_safetensors

_STRENGTH = 20.0  # the step of the published scripts, along directions of total length 1
_LICENCE = (
    "that of the imported files: pSp is MIT; StyleGAN2's FFHQ weights are NVIDIA's, for non-commercial use; "
    "the published DiffCAM and deghosting weights state no licence"
)
_PROVENANCE = "imported from the published files: "


@dataclass(frozen=True)
class Imported:
    """What an import found.

    Attributes:
        folder: the bundle.
        resolution: in pixels.
        networks: one line a network: what it is and how large.
        attributes: name → Attribute.
        left_out: parts of the files that nothing here needs.
        notes: what somebody should know, such as attributes without a class.
    """

    folder: Path
    resolution: int
    networks: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


def import_official(
    psp: str | Path,
    diffcam: str | Path,
    deghosting: str | Path,
    directions: str | Path,
    output: str | Path,
    classes: str | Path | None = None,
    norm: Norm = "total",
    half: bool = False,
    variant: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Make a bundle of the published files. One file is in memory at a time, as a view of the disk.

    Args:
        psp, diffcam, deghosting: the three weight files, recognised by their keys. A file of e4e or ReStyle
            can take pSp's place.
        directions: a file or folder of directions; a direction is called after its file.
        output: the bundle's folder.
        classes: a JSON file that says which of the classifier's classes belongs to an attribute:
            {"Smiling": 15, "Beard": [12, -1], "Hat": null}, with the evidence's sign where it is negative.
        norm: the convention of the directions' strengths.
        half: store float16.
        variant: "psp" or "e4e", only where the encoder's file does not say which it is; see `networks_in`.
        overwrite: replace a bundle that is there already.
        progress: told (bytes done, bytes in all, what is written) for each file.

    Raises:
        CheckpointError: if a file is of another kind, damaged, or they do not fit together; nothing is
            written.
    """
    table = None if classes is None else read_classes(classes)
    output = Path(output)
    if (output / MANIFEST).exists() and not overwrite:
        raise CheckpointError(f"{output}: holds a bundle already; --force overwrites it")
    sources = {"psp": Path(psp), "diffcam": Path(diffcam), "deghosting": Path(deghosting)}
    written = _Written()
    with staged(output, overwrite) as folder:
        for name, source in sources.items():
            networks = _read(name, source, variant, written)
            if name == "psp":
                generator = networks[1].config
                found = read_directions(directions, generator.num_styles, generator.w_dim, norm)
            elif name == "diffcam":
                scales = {name: _scale(norm, direction.unit) for name, direction in found.items()}
                attributes, notes = _attributes(scales, networks[0].config.classes, table, source)
            _check_fit(source, networks, generator)
            written.sha256.update(write_networks(networks, folder, half, progress))
            del networks
        tensors = {name: direction.tensor for name, direction in found.items()}
        last = "directions.safetensors"
        written.sha256[last] = write_safetensors(folder / last, tensors, {}, half)
        manifest = Manifest(
            name=output.resolve().name,
            resolution=generator.resolution,
            licence=_LICENCE,
            provenance=_PROVENANCE + ", ".join(path.name for path in sources.values()),
            attributes=attributes,
            architectures=written.architectures,
            sha256=written.sha256,
        )
        (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    described = tuple(written.described)
    return Imported(output, generator.resolution, described, attributes, tuple(written.left_out), notes)


@dataclass
class _Written:
    """What is known of the bundle's files while they are written."""

    architectures: dict[str, dict[str, Any]] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    described: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def _read(name: str, source: Path, variant: str | None, written: _Written) -> list[Network]:
    checkpoint = read_checkpoint(source)
    known = recognise(checkpoint)
    if known.name.partition("-")[0] != name:
        raise CheckpointError(f"{source}: holds {known.title}, expected a {name} file")
    networks = networks_in(checkpoint, variant)
    written.left_out += [f"{source.name}: {part}" for part in left_out(checkpoint, known)]
    written.described += [_describe(network) for network in networks]
    for network in networks:
        written.architectures[network.role] = {"kind": network.kind, **_numbers(network.config)}
    return networks


def _check_fit(source: Path, networks: list[Network], generator: GeneratorConfig) -> None:
    """Whether the networks of one file belong to pSp's generator."""
    for network in networks:
        pairs: tuple[tuple[str, int, int], ...] = ()
        if network.role == "deghoster":
            pairs = (("resolution", network.config.generator.resolution, generator.resolution),)
        elif network.role == "encoder":
            pairs = (
                ("number of styles", network.config.n_styles, generator.num_styles),
                ("style width", network.config.style_dim, generator.w_dim),
            )
        for what, found, expected in pairs:
            if found != expected:
                raise CheckpointError(
                    f"{source}: the {network.role}'s {what} is {found}, the generator's is {expected}"
                )


def _attributes(
    scales: Mapping[str, tuple[float, tuple[float, float]]],
    count: int,
    table: Mapping[str, tuple[int | None, float]] | None,
    source: Path,
) -> tuple[dict[str, Attribute], tuple[str, ...]]:
    """Each direction (name → strength and range) as an attribute, and a line for each without a class."""
    if table is None and count != OFFICIAL_COUNT:
        raise CheckpointError(
            f"{source}: names {count} classes, the published table is for {OFFICIAL_COUNT}; say with "
            "--classes which class belongs to which direction"
        )
    known: Mapping[str, tuple[int | None, float]] = OFFICIAL_CLASSES if table is None else table
    strays = sorted(set(known) - set(scales)) if table is not None else []
    if strays:
        raise CheckpointError(f"--classes: there is no direction '{strays[0]}'; found {', '.join(scales)}")
    attributes, notes = {}, []
    for name, scale in scales.items():
        index, sign = known.get(name, (None, 1.0))
        if index is not None and not 0 <= index < count:
            raise CheckpointError(f"{source}: has no class {index} for '{name}'; expected 0 to {count - 1}")
        if index is None:
            notes.append(f"'{name}' has no class: its mask follows what changes in the picture")
        try:
            attributes[name] = Attribute(name, index, name, sign, *scale)
        except BundleError as error:
            raise CheckpointError(str(error)) from None
    return attributes, tuple(notes)


def _scale(norm: Norm, unit: float) -> tuple[float, tuple[float, float]]:
    """Default strength and useful range: the published ones, or the file's unit and InterFaceGAN's range."""
    return (_STRENGTH, (-1.0, 1.0)) if norm == "total" else (unit, (-10.0, 10.0))


def _numbers(config: Any) -> dict[str, Any]:
    """A configuration as JSON gives it back."""
    numbers: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(config)))
    return numbers


def _describe(network: Network) -> str:
    config = network.config
    details = {
        "generator": lambda: f"StyleGAN2, {config.resolution} px, {config.num_styles} styles",
        "encoder": lambda: f"{_encoder_name(network)}, {config.input_resolution} px",
        "diffcam": lambda: f"ResNet of {sum(config.depths)} blocks, {config.classes} classes",
        "deghoster": lambda: f"{config.in_resolution} to {config.generator.resolution} px",
    }
    size = sum(tensor.numel() for tensor in network.tensors.values()) / 1e6
    return f"{network.role}: {details[network.role]()}, {size:.1f} million numbers"


def _encoder_name(network: Network) -> str:
    meaning = "e4e" if network.config.offsets else "pSp"
    names = {
        "encoder": meaning,
        "encoder/restyle": f"ReStyle on {meaning}, {getattr(network.config, 'iterations', 0)} iterations",
        "encoder/single": "pSp into W",
        "encoder/flat": "pSp into W+ without style heads",
    }
    return names[network.kind]
