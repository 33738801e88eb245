"""Which bundle a picture is edited with: a drawing goes to whoever draws such, a photograph to the other."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from .alignment import Crop, face_detector
from .bundle import Bundle, Precision, installed_bundles, load_bundle, read_manifest
from .bundle.pictures import PictureKind, of_another_kind, picture_kind
from .errors import BundleError
from .finding import SURE, unknown
from .likeness import KNOWN, LIKELY, strangeness
from .sources import Inverted, invert

log = logging.getLogger(__name__)

_QUICK = 256  # side of the pictures up to which a look costs little

AUTOMATIC = "automatic"
"""What fronts call the choice by the picture."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A bundle for a picture, its name among the others, and why: "a photograph, so 'faces-128'"."""

    name: str
    bundle: Bundle
    why: str


class Chooser:
    """Chooses among bundles by the picture; each is loaded when first needed, and once.

    A bundle that names its domain is asked first: it knows its own pictures, and those only. What none of
    these knows is a photograph, and gets the first bundle that names no domain.
    """

    def __init__(
        self,
        folders: Mapping[str, Path] | None = None,
        device: str | torch.device = "cpu",
        precision: Precision = "fp32",
    ) -> None:
        """Read what the bundles say of themselves.

        Args:
            folders: name → folder; None for the installed ones. Those that edit no faces are left out, as
                are those that cannot be read.
            device, precision: as `load_bundle`.

        Raises:
            BundleError: if none is left.
        """
        self.device, self.precision = device, precision
        self._folders = dict(installed_bundles() if folders is None else folders)
        self._loaded: dict[str, Bundle] = {}
        self._kinds: dict[str, PictureKind] = {}
        for name, folder in self._folders.items():
            try:
                manifest = read_manifest(folder)
            except BundleError as error:
                log.info("%s", error)
                continue
            if manifest.frame is not None:
                self._kinds[name] = picture_kind(manifest)
        if not self._kinds:
            raise BundleError("no bundle that edits faces is installed; name the folder of one")

    def names(self, kind: PictureKind) -> list[str]:
        """The bundles of a kind, in their order."""
        return [name for name, own in self._kinds.items() if own == kind]

    def bundle(self, name: str) -> Bundle:
        """One of them, loaded."""
        if name not in self._loaded:
            self._loaded[name] = load_bundle(self._folders[name], self.device, self.precision)
        return self._loaded[name]

    def __call__(self, picture: Tensor) -> Choice:
        """Choose a bundle for a picture [1, 3, H, W] in [-1, 1].

        Raises:
            BundleError: if a bundle that is needed is damaged.
        """
        drawing, photographic = self.names("drawing"), self.names("photograph")
        if len(self._kinds) == 1:
            name = next(iter(self._kinds))
            return Choice(name, self.bundle(name), f"'{name}', the only bundle of faces")
        likely = None
        for name in drawing:
            strange = self._strangeness(picture, self.bundle(name))
            if strange <= KNOWN:
                return self._choice("drawing", name)
            if strange <= LIKELY and likely is None:
                likely = name
        if likely is not None and not len(face_detector()(picture)):
            return self._choice("drawing", likely)
        return self._choice("photograph", (photographic or drawing)[0])

    def _strangeness(self, picture: Tensor, bundle: Bundle) -> float:
        """That of the face the bundle knows best; infinite without a face."""
        picture = picture.to(bundle.generator.mapping.w_avg)
        own = face_detector(bundle.detector, bundle.landmarker)
        return float(min(unknown(picture, own(picture), bundle), default=torch.inf))

    def _choice(self, kind: PictureKind, name: str) -> Choice:
        return Choice(name, self.bundle(name), f"a {kind}, so '{name}'")


def choose_bundle(picture: Tensor, device: str | torch.device = "cpu") -> Choice:
    """The installed bundle for a picture: `edit(picture, choose_bundle(picture).bundle, …)`.

    Args:
        picture: [1, 3, H, W] in [-1, 1].
        device: where its tensors go.

    Raises:
        BundleError: if none is installed, or one is damaged.
    """
    return Chooser(device=device)(picture)


@torch.no_grad()
def first_look(crops: Sequence[Crop], bundle: Bundle) -> Inverted | None:
    """What the bundle's encoder sees in pictures, by which `foretold` speaks before any work.

    Args:
        crops: where the pictures would be edited.
        bundle: a large one or one without an encoder is spared the look, which would be most of the work; the
            edit's own notes say it.

    Returns:
        The inversion, which `pipeline.edit_crops` takes up; None where nobody looked.
    """
    if bundle.encoder is None or bundle.frame is None or bundle.resolution > _QUICK or not crops:
        return None
    return invert(crops, bundle)


def photographed(seen: Inverted | None) -> bool:
    """Whether a first look by a bundle of drawings shows photographs of people, which it does not know."""
    odd = foretold(seen)
    if seen is None or not odd or picture_kind(seen.bundle) != "drawing":
        return False
    pictures = {crop.number: crop.picture for crop in seen.crops if crop.number in odd}
    return any(bool((face_detector()(picture).scores > SURE).any()) for picture in pictures.values())


def foretold(seen: Inverted | None) -> dict[int, str]:
    """What a first look says: picture's number → that its faces are of no kind the bundle knows."""
    if seen is None or seen.bundle.frame is None:
        return {}
    strange = strangeness(seen.original, seen.reconstruction, seen.bundle.foreign[0])
    odd = {crop.number for crop, value in zip(seen.crops, strange.tolist(), strict=True) if value > KNOWN}
    return {number: of_another_kind(seen.bundle) for number in sorted(odd)}
