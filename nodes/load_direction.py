"""Load Direction: a direction of one's own, from a file."""

from __future__ import annotations

from pathlib import Path

from comfy_api.latest import io

from ..ood_core.checkpoints.direction_files import CHANNELS, SUFFIXES, read_direction
from ..ood_core.errors import OodError
from .checks import checked
from .models import BundleHandle, model_folders
from .schema import OodDirection, bundle_input, schema, widget
from .sockets import Direction

_SUBFOLDER = "directions"
_READ = (*SUFFIXES, CHANNELS)
_UNITS = ("raw", "total", "layer")


def direction_files() -> dict[str, Path]:
    """Name → file, in models/ood/directions."""
    found: dict[str, Path] = {}
    for folder in (models / _SUBFOLDER for models in model_folders()):
        for path in sorted(folder.glob("**/*")):
            if path.suffix.lower() in _READ:
                found.setdefault(path.relative_to(folder).as_posix(), path)
    return found


class LoadDirection(io.ComfyNode):
    """Nothing in the file is ever run."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "LoadDirection",
            "Load Edit Direction",
            ("load direction", "interfacegan", "sefa", "latent boundary"),
            description="Loads an editing direction for the bundle's generator from models/ood/directions "
            f"({', '.join(_READ)}), for the direction socket of Edit Latents and Sweep Edit Strength.",
            inputs=[
                bundle_input(),
                widget(
                    io.Combo,
                    "file",
                    options=list(direction_files()) or ["none found"],
                    tooltip="A file in models/ood/directions, with one vector as wide as the latents, "
                    "or one such vector per style.",
                ),
                widget(
                    io.String,
                    "name",
                    default="",
                    tooltip="Which direction of the file; empty where it holds only one. "
                    "@2-7 at its end takes these styles only.",
                ),
                widget(
                    io.Combo,
                    "unit",
                    options=list(_UNITS),
                    default="raw",
                    tooltip="What the numbers mean. raw: as they are in the file. total: brought to length 1 "
                    "over all styles. layer: to length 1 in each style, as InterFaceGAN does.",
                ),
                widget(
                    io.Float,
                    "scale",
                    default=1.0,
                    min=-1000.0,
                    max=1000.0,
                    step=0.1,
                    tooltip="How many such units a strength of 1 moves.",
                ),
            ],
            outputs=[
                OodDirection.Output(
                    display_name="direction",
                    tooltip="For the direction socket of Edit Latents or Sweep Edit Strength.",
                ),
            ],
        )

    @classmethod
    def fingerprint_inputs(cls, file: str, **_: object) -> tuple[int, int]:
        """Load again when the file changed."""
        status = direction_files()[file].stat()
        return status.st_mtime_ns, status.st_size

    @classmethod
    @checked
    def execute(cls, bundle: BundleHandle, file: str, name: str, unit: str, scale: float) -> io.NodeOutput:
        path = direction_files().get(file)
        if path is None:
            raise OodError(f"There is no direction '{file}' in {model_folders()[-1] / _SUBFOLDER}.")
        if unit not in _UNITS:
            raise OodError(f"There is no unit '{unit}'. Known: {', '.join(_UNITS)}.")
        generator = bundle.bundle.generator
        width = (generator.config.num_styles, generator.config.w_dim)
        found, vector = read_direction(path, *width, name, unit, generator.synthesis)
        return io.NodeOutput(Direction(found, scale * vector))
