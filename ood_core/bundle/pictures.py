"""Which kind of picture a bundle knows: drawings if it names the domain that draws them, else photographs."""

from __future__ import annotations

from typing import Literal, Protocol

from ..alignment.frame import Frame
from ..errors import BundleError
from .bundle import installed_bundles
from .manifest import read_manifest

PictureKind = Literal["drawing", "photograph"]


class _Described(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def domain(self) -> str: ...
    @property
    def frame(self) -> Frame | None: ...


def picture_kind(bundle: _Described) -> PictureKind:
    """The kind that a bundle, or what its bundle.json says, was made for."""
    return "drawing" if bundle.domain else "photograph"


def of_another_kind(bundle: _Described) -> str:
    """What is said, before any work, of a picture that a bundle's generator does not know."""
    said = f"this is no picture of the kind that '{bundle.name}' draws: expect little of the edit"
    other = next(iter(knowing("photograph")), None) if picture_kind(bundle) == "drawing" else None
    if other is not None:
        return f"{said}; for photographs choose the bundle '{other}'"
    return f"{said}; edit it with any other program, and 'keep' puts only that edit back"


def left_alone(bundle: _Described) -> str:
    """What is said of a photograph that is not edited, because nobody chose this bundle, which knows none."""
    return (
        "this is a photograph, and no installed bundle knows photographs, so it is left as it is: edit it "
        "with any other program, and 'keep' puts only that edit back; or try all the same, and choose the "
        f"bundle '{bundle.name}' yourself"
    )


def knowing(kind: PictureKind) -> list[str]:
    """The installed bundles of faces of a kind, by name; those that cannot be read are left out."""
    found = []
    for name, folder in installed_bundles().items():
        try:
            manifest = read_manifest(folder)
        except BundleError:
            continue  # loading it says what is wrong
        if manifest.frame is not None and picture_kind(manifest) == kind:
            found.append(name)
    return found
