"""Whatever files somebody has, as one bundle: `ood import`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..alignment.frame import Frame
from ..bundle.manifest import DIRECTIONS, MANIFEST, Attribute, Manifest, file_of
from ..editing.formats import Direction, Norm
from ..errors import CheckpointError
from ..files.networks import load_network
from ..progress import Progress
from ..stylegan2 import Generator, GeneratorConfig
from .attributes import attributes_of
from .classes import read_classes
from .convert import write_networks
from .describing import check_fit, described
from .direction_files import CHANNELS, read_channels, read_directions
from .formats import recognise
from .mapping import left_out, networks_in
from .network import Network
from .own_files import own_network
from .reading import Checkpoint, read_checkpoint
from .writing import staged, write_safetensors

_LICENCE = (
    "that of the imported files: pSp is MIT; StyleGAN2's FFHQ weights are NVIDIA's, for non-commercial use; "
    "the published DiffCAM and deghosting weights state no licence"
)


@dataclass(frozen=True)
class Imported:
    """What an import found.

    Attributes:
        folder: the bundle.
        manifest: its bundle.json.
        networks: one line a network: what it is and how large.
        left_out: parts of the files that nothing here needs.
        notes: what somebody should know, such as attributes without a class.
    """

    folder: Path
    manifest: Manifest
    networks: tuple[str, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def resolution(self) -> int:
        """In pixels."""
        return self.manifest.resolution

    @property
    def attributes(self) -> dict[str, Attribute]:
        """Name → attribute."""
        return dict(self.manifest.attributes)


@dataclass(frozen=True)
class Wishes:
    """How files are imported.

    Attributes:
        classes: a JSON file that says which of the classifier's classes belongs to an attribute:
            {"Smiling": 15, "Beard": [12, -1], "Hat": null}, with the evidence's sign where it is negative.
        norm: the convention of the directions' strengths.
        half: store float16.
        variant: "psp" or "e4e", only where the encoder's file does not say which it is; see `networks_in`.
        finish: look for faces and directions in the generator and calibrate its levels, where the files do
            not say.
    """

    classes: str | Path | None = None
    norm: Norm = "total"
    half: bool = False
    variant: str | None = None
    finish: bool = True


@dataclass
class _Found:
    """What the files held, and what is known of the bundle's while they are written."""

    generator: GeneratorConfig
    holder: Path
    classes: int | None = None
    architectures: dict[str, dict[str, object]] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    networks: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def import_files(
    files: Sequence[str | Path],
    output: str | Path,
    wishes: Wishes = Wishes(),
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Make the best bundle that some files allow. One file is in memory at a time, as a view of the disk.

    Args:
        files: weight files of any known format, in any order, and files or folders of directions. Only a
            generator is required; alone, or in an encoder's file.
        output: the bundle's folder.
        wishes: how.
        overwrite: replace a bundle that is there already.
        progress: told (done, in all, what is being done).

    Raises:
        CheckpointError: if there is no generator, a file is of no known kind, damaged, or they do not fit
            together; nothing is written.
    """
    from .finishing import finish

    table = None if wishes.classes is None else read_classes(wishes.classes)
    output = Path(output)
    if (output / MANIFEST).exists() and not overwrite:
        raise CheckpointError(f"{output}: holds a bundle already; --force overwrites it")
    weights, directions = _sorted([Path(file) for file in files])
    found = _generator_among(weights, wishes.variant)
    with staged(output, overwrite) as folder:
        for path in weights:
            _write(path, folder, wishes, found, progress)
        read = _directions(directions, found.generator, wishes.norm, folder)
        attributes, notes = attributes_of(read, wishes.norm, found.classes, table, found.holder)
        found.notes += notes
        if read:
            tensors = {name: direction.tensor for name, direction in read.items()}
            found.sha256[DIRECTIONS] = write_safetensors(folder / DIRECTIONS, tensors, {}, wishes.half)
        manifest = _manifest(output, weights, found, attributes)
        (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
        if wishes.finish:
            manifest, more = finish(folder, manifest, progress)
            found.notes += more
    return Imported(output, manifest, tuple(found.networks), tuple(found.left_out), tuple(found.notes))


def _manifest(
    output: Path, weights: Sequence[Path], found: _Found, attributes: dict[str, Attribute]
) -> Manifest:
    faces = "encoder" in found.architectures
    return Manifest(
        name=output.resolve().name,
        resolution=found.generator.resolution,
        licence=_LICENCE if faces else "that of the imported file",
        provenance="imported from: " + ", ".join(path.name for path in weights),
        architectures=found.architectures,  # type: ignore[arg-type]
        attributes=attributes,
        sha256=found.sha256,
        frame=Frame() if faces else None,
    )


def _sorted(files: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Weight files, and files and folders of directions."""
    weights: list[Path] = []
    directions: list[Path] = []
    for path in files:
        (directions if _holds_directions(path) else weights).append(path)
    return weights, directions


def _holds_directions(path: Path) -> bool:
    """Folders, arrays, tables, and files of a few small tensors that are no network."""
    if path.is_dir() or path.suffix.lower() in (".npy", ".npz", CHANNELS):
        return True
    tensors = read_checkpoint(path).tensors
    return (
        bool(tensors)
        and all(tensor.numel() < 1 << 20 and tensor.ndim <= 3 for tensor in tensors.values())
        and (not any("." in name for name in tensors))
    )


def _networks(path: Path, variant: str | None) -> tuple[list[Network], list[str]]:
    """The networks of a file, theirs or ours, and what of it is not used."""
    checkpoint: Checkpoint = read_checkpoint(path)
    if (own := own_network(checkpoint)) is not None:
        return [own], []
    known = recognise(checkpoint)
    return networks_in(checkpoint, variant), left_out(checkpoint, known)


def _generator_among(weights: Sequence[Path], variant: str | None) -> _Found:
    """The generator that the bundle is about: of a lone generator's file and an encoder's, the encoder's."""
    holders = {path: _networks(path, variant)[0] for path in weights}
    named = {
        path: networks for path, networks in holders.items() if any(n.role == "generator" for n in networks)
    }
    if not named:
        raise CheckpointError("none of these files holds a StyleGAN2 generator; name one as well")
    best = max(named, key=lambda path: len(named[path]))
    others = [str(path) for path in named if path != best]
    if others and len(named[best]) == max(len(named[Path(other)]) for other in others):
        raise CheckpointError(f"{best} and {others[0]} both hold a generator; name one of them")
    generator = next(network for network in named[best] if network.role == "generator")
    return _Found(generator.config, best)


def _directions(
    paths: Sequence[Path], generator: GeneratorConfig, norm: Norm, folder: Path
) -> dict[str, Direction]:
    """All directions of some files; the folder holds the generator whose channels some of them name."""
    found: dict[str, Direction] = {}
    for path in paths:
        if path.suffix.lower() == CHANNELS:
            synthesis = load_network(folder / file_of("generator"), Generator).synthesis
            read = read_channels(path, synthesis)
        else:
            read = read_directions(path, generator.num_styles, generator.w_dim, norm)
        for name, direction in read.items():
            if name in found:
                raise CheckpointError(f"{path}: a direction '{name}' was read already; rename one")
            found[name] = direction
    return found


def _write(path: Path, folder: Path, wishes: Wishes, found: _Found, progress: Progress | None) -> None:
    """Write what the bundle takes from one file."""
    networks, unused = _networks(path, wishes.variant)
    if path != found.holder:
        unused += [network.role for network in networks if network.role == "generator"]
        networks = [network for network in networks if network.role != "generator"]
    found.left_out += [f"{path.name}: {part}" for part in unused]
    for network in networks:
        if network.role in found.architectures:
            raise CheckpointError(f"{path}: a second {network.role}; name one file that holds it")
        check_fit(path, network, found.generator)
        numbers: dict[str, object] = json.loads(json.dumps(vars(network.config), default=vars))
        found.architectures[network.role] = {"kind": network.kind, **numbers}
        found.networks.append(described(network))
        if network.role == "diffcam":
            found.classes = network.config.classes
    found.sha256.update(write_networks(networks, folder, wishes.half, progress))
