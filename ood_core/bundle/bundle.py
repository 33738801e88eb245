"""A bundle: the networks and directions that belong together, as one folder and as one object."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..alignment.frame import Frame
from ..diffcam.mask import FOREIGN
from ..errors import BundleError
from ..files.pictures import PathLike
from ..files.whole import staged_folder
from .manifest import DIRECTIONS, FILES, FINDERS, MANIFEST, NETWORKS, Attribute, read_manifest
from .memory import channels_last
from .precision import Precision, compute_in
from .storage import check_files, read_directions, read_networks, write_changes, write_files

if TYPE_CHECKING:
    from ..alignment.landmarker import Landmarker
    from ..alignment.yunet import YuNet
    from ..decomposition import Decomposer
    from ..deghosting import Deghoster
    from ..diffcam import DifferentialClassifier, MaskSettings
    from ..inversion import FlatStyleEncoder, GradualStyleEncoder
    from ..stylegan2 import Generator

_EMBEDDED = Path(__file__).parents[1] / "bundles"


@dataclass(frozen=True, eq=False)
class Bundle:
    """Everything `edit` needs, checked to fit together. Only the generator is required.

    Attributes:
        name, licence, provenance: for people.
        resolution: side of the square pictures that are edited, in pixels.
        attributes: name → Attribute.
        generator: the networks are in evaluation mode and without gradients.
        encoder: None where pictures are inverted by descent instead.
        diffcam: None where the mask follows what changes in the picture.
        decomposer: None where the mask is measured, and the composite is the result.
        deghoster: what mode paper ends with.
        directions: direction name → [L,D].
        frame: how a face lies in the pictures; None where they show none: centred squares are edited then.
        foreign: grey levels at which a difference from the reconstruction is foreign; see `Manifest`.
        domain: the drawn domain whose factors the generator's z are; empty where z is Gaussian.
        detector: finds the domain's faces; None where the built-in one does (`alignment.face_detector`).
        landmarker: says where exactly their landmarks are; None where the detector's will do.

    Raises:
        BundleError: if sizes, classes or directions contradict each other.
    """

    name: str
    resolution: int
    licence: str
    provenance: str
    attributes: Mapping[str, Attribute]
    generator: Generator
    encoder: GradualStyleEncoder | FlatStyleEncoder | None = None
    diffcam: DifferentialClassifier | None = None
    decomposer: Decomposer | None = None
    deghoster: Deghoster | None = None
    directions: Mapping[str, Tensor] = field(default_factory=dict)
    frame: Frame | None = Frame()
    foreign: tuple[float, float] = FOREIGN
    domain: str = ""
    detector: YuNet | None = None
    landmarker: Landmarker | None = None

    def __post_init__(self) -> None:
        styles, width = self.generator.config.num_styles, self.generator.config.w_dim
        self._agree("resolution", self.resolution, self.generator.config.resolution, "generator")
        if self.deghoster is not None:
            found = self.deghoster.config.generator.resolution
            self._agree("resolution", self.resolution, found, "deghoster")
        if self.encoder is not None:
            self._agree("number of styles", styles, self.encoder.config.n_styles, "encoder")
            self._agree("style width", width, self.encoder.config.style_dim, "encoder")
        classes = 0 if self.diffcam is None else self.diffcam.config.classes
        for attribute in self.attributes.values():
            direction = self.directions.get(attribute.direction)
            shape = None if direction is None else tuple(direction.shape)
            self._agree(f"direction '{attribute.direction}'", (styles, width), shape, "directions")
            if attribute.diffcam_class not in (None, *range(classes)):
                raise BundleError(f"bundle '{self.name}': the classifier lacks the class of {attribute}")

    def _agree(self, what: str, expected: object, found: object, where: str) -> None:
        if expected != found:
            raise BundleError(f"bundle '{self.name}': {what} of {where} is {found}, expected {expected}")

    @property
    def networks(self) -> dict[str, nn.Module]:
        """Kind → network, in the order of bundle.json."""
        return {kind: getattr(self, kind) for kind in NETWORKS if getattr(self, kind) is not None}

    @property
    def mask_settings(self) -> MaskSettings:
        """The faithful mask's scales, with this bundle's own sense of what is foreign."""
        from ..diffcam import MaskSettings

        low, high = self.foreign
        return MaskSettings(foreign_low=low, foreign_high=high)

    @property
    def attribute_directions(self) -> dict[str, Tensor]:
        """Attribute name → the direction [L,D] along which it grows."""
        return {name: self.directions[attribute.direction] for name, attribute in self.attributes.items()}

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """Attribute name → lowest and highest strength with which results are good."""
        return {name: attribute.range for name, attribute in self.attributes.items()}

    @property
    def default_strengths(self) -> dict[str, float]:
        """Attribute name → length of the edit of strength 1.0, in units of its direction."""
        return {name: attribute.default_strength for name, attribute in self.attributes.items()}

    def to(self, device: str | torch.device) -> Bundle:
        """This bundle with all tensors on a device, kernels channels last. Networks are moved, not copied."""
        moved: dict[str, Any] = {kind: channels_last(net.to(device)) for kind, net in self.networks.items()}
        directions = {name: direction.to(device) for name, direction in self.directions.items()}
        return dataclasses.replace(self, **moved, directions=directions)


def installed_bundles() -> dict[str, Path]:
    """Name → folder of the bundles that came with the package, by name. Nothing in them is read."""
    return {path.parent.name: path.parent for path in sorted(_EMBEDDED.glob(f"*/{MANIFEST}"))}


def find_bundle(name_or_folder: PathLike | None = None) -> Path:
    """The folder of an installed bundle, or the folder named; None means the usual one.

    That is the first installed bundle whose own domain draws its pictures: everything can be tried and
    measured with it.

    Raises:
        BundleError: if there is no such bundle.
    """
    installed = installed_bundles()
    if name_or_folder is None:
        if not installed:
            raise BundleError("no bundle is installed; name the folder of one")
        return next(
            (f for f in installed.values() if read_manifest(f).domain), next(iter(installed.values()))
        )
    if str(name_or_folder) in installed:
        return installed[str(name_or_folder)]
    folder = Path(name_or_folder)
    if not folder.is_dir():
        names = ", ".join(installed) or "none"
        raise BundleError(f"there is no bundle '{name_or_folder}', nor such a folder; installed: {names}")
    return folder


def load_bundle(
    name_or_folder: PathLike | None = None,
    device: str | torch.device = "cpu",
    precision: Precision = "fp32",
) -> Bundle:
    """Load a bundle: every file against its checksum, every tensor as float32, every network strictly.

    Args:
        name_or_folder: an installed bundle's name or a bundle's folder; None for the usual one.
        device: where the tensors go.
        precision: in which the networks compute; "bf16" is faster and smaller where the device has it, and
            off by about a grey level.

    Raises:
        OodError: if there is no such precision.
        BundleError: if the bundle, or one of its files, is missing, damaged or inconsistent.
    """
    folder = find_bundle(name_or_folder)
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    bundle = Bundle(
        name=manifest.name,
        resolution=manifest.resolution,
        licence=manifest.licence,
        provenance=manifest.provenance,
        attributes=manifest.attributes,
        directions=read_directions(folder, manifest),
        frame=manifest.frame,
        foreign=manifest.foreign,
        domain=manifest.domain,
        **read_networks(folder, manifest),
    )
    for kind, network in bundle.networks.items():
        if kind not in FINDERS:  # finding faces stays exact: it decides where everything else looks
            compute_in(network, precision)
    return bundle.to(device)


def update_bundle(bundle: Bundle, folder: PathLike) -> None:
    """Write what is cheap to change of a bundle that lies in a folder: attributes, directions, levels.

    Its networks are left as they are. Everything is written beside the folder first, bundle.json last.

    Raises:
        BundleError: if the folder holds no bundle, came with the package, or writing fails.
    """
    folder = Path(folder)
    if folder.resolve() in (path.resolve() for path in installed_bundles().values()):
        raise BundleError(f"'{folder.name}' came with the package and stays as it is; give -o DIR for a copy")
    manifest = read_manifest(folder)
    try:
        with staged_folder(folder) as partial:
            write_changes(bundle, manifest, partial)
        if not bundle.directions:
            (folder / DIRECTIONS).unlink(missing_ok=True)
    except OSError as error:
        raise BundleError(f"{folder}: the bundle cannot be written ({error.strerror or error})") from error


def save_bundle(
    bundle: Bundle, folder: PathLike, overwrite: bool = False, dtype: torch.dtype = torch.float32
) -> None:
    """Write a bundle's files; other files in the folder (model card, examples) are left alone.

    Everything is written beside the folder first and moved in at the end, bundle.json last.

    Args:
        bundle: what to write; not changed.
        folder: where; made if it does not exist.
        overwrite: replace a bundle that is there already.
        dtype: of the stored kernels, matrices and directions; `torch.float16` halves the files. Loading gives
            float32 in any case.

    Raises:
        BundleError: if the folder holds a bundle and `overwrite` is false, a weight does not fit `dtype`,
            or writing fails.
    """
    folder = Path(folder)
    present = [name for name in (*FILES, MANIFEST) if (folder / name).exists()]
    if present and not overwrite:
        raise BundleError(f"{folder}: holds a bundle already ({present[0]}); overwriting was not asked for")
    try:
        with staged_folder(folder) as partial:
            write_files(bundle, partial, dtype)
            written = {path.name for path in partial.iterdir()}
        for name in FILES:
            if name not in written:  # a part that the bundle there had before
                (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise BundleError(f"{folder}: the bundle cannot be written ({error.strerror or error})") from error
