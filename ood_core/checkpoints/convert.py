"""Files: theirs → safetensors under our names, and ours → theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch

from ..bundle.kinds import network_kinds
from ..errors import CheckpointError
from ..files.networks import read_header
from ..progress import Progress
from .mapping import file_of, networks_in
from .network import Network
from .reading import Checkpoint, read_checkpoint
from .writing import staged, write_safetensors

REST = "original.safetensors"


def convert(
    source: str | Path,
    output: str | Path,
    half: bool = False,
    variant: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Convert somebody's weight file into our safetensors files, or those back into the original file.

    Args:
        source: a weight file of any known format; or a safetensors file of ours, or a folder of them (a
            bundle), to get the original files back.
        output: folder for what is written; made if it is not there.
        half: store our files in half precision. Going back from those gives rounded numbers.
        variant: "psp" or "e4e", only where a file does not say which it is.
        overwrite: replace files that are there already.
        progress: told (bytes done, bytes in all, what is written).

    Returns:
        The files written.

    Raises:
        CheckpointError: if something does not fit; nothing is written then.
    """
    source, output = Path(source), Path(output)
    if source.is_dir():
        return _back(_own_files(source), output, overwrite)
    checkpoint = read_checkpoint(source)
    if "origin" in checkpoint.metadata:
        return _back({source.name: checkpoint}, output, overwrite)
    networks = networks_in(checkpoint, variant)
    with staged(output, overwrite) as folder:
        write_networks(networks, folder, half, progress)
        return [output / path.name for path in sorted(folder.iterdir())]


def write_networks(
    networks: list[Network], folder: Path, half: bool = False, progress: Progress | None = None
) -> dict[str, str]:
    """Write each network as <role>.safetensors.

    Returns:
        File name → sha256.
    """
    total = sum(tensor.nbytes for network in networks for tensor in network.tensors.values())
    done = 0
    written = {}
    for network in networks:
        name = f"{network.role}.safetensors"

        def report(size: int, name: str = name) -> None:
            nonlocal done
            done += size
            if progress is not None:
                progress(done, total, name)

        written[name] = write_safetensors(folder / name, network.tensors, network.metadata, half, report)
    rest = {key: tensor for network in networks for key, tensor in network.rest.items()}
    if rest:
        write_safetensors(folder / REST, rest, {"kind": "rest", "format": networks[0].origin["format"]})
    return written


def _own_files(folder: Path) -> dict[str, Checkpoint]:
    """File name → content of the safetensors files in a folder that were converted from another file."""
    files = {path.name: read_checkpoint(path) for path in sorted(folder.glob("*.safetensors"))}
    own = {name: file for name, file in files.items() if "origin" in file.metadata or name == REST}
    if not own:
        raise CheckpointError(f"{folder}: holds no network that was converted from another file")
    return own


def _back(files: Mapping[str, Checkpoint], output: Path, overwrite: bool) -> list[Path]:
    """Write the original files of our files, one a format."""
    rest = files[REST].tensors if REST in files else {}
    formats: dict[str, dict[str, Network]] = {}
    for name, file in files.items():
        if name != REST:
            network = _network_of(file)
            formats.setdefault(network.origin["format"], {})[network.role] = network
    with staged(output, overwrite) as folder:
        for name, networks in formats.items():
            owes = any(network.origin.get("rest") for network in networks.values())
            if owes and not rest:
                raise CheckpointError(f"{REST} is missing beside {name}'s networks; name their whole folder")
            torch.save(file_of(networks, rest if owes else {}), folder / f"{name}.pt")
        return [output / path.name for path in sorted(folder.iterdir())]


def _network_of(file: Checkpoint) -> Network:
    try:
        origin = json.loads(file.metadata["origin"])
        kind, numbers = read_header(file.metadata)
        config = network_kinds()[kind].config_type(**numbers)
        return Network(kind, config, file.tensors, {"format": origin["format"], **origin})
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{file.path}: its header is damaged ({error!r}); convert it again") from None
