"""bundle.json: what a bundle holds, readable without its weights."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..alignment.frame import Frame
from ..diffcam.mask import FOREIGN
from ..errors import BundleError
from ..files.paths import unreadable
from ..files.texts import read_json
from ..files.whole import finish_placing

MANIFEST = "bundle.json"
FORMAT = 1
NETWORKS = ("generator", "encoder", "diffcam", "decomposer", "deghoster", "detector", "landmarker")
"""What a bundle may hold, in the order of bundle.json. Only the generator is required."""
FINDERS = ("detector", "landmarker")
"""Those that look for faces."""
DIRECTIONS = "directions.safetensors"
FILES = (*(f"{kind}.safetensors" for kind in NETWORKS), DIRECTIONS)
STAND_INS = {
    "encoder": "no encoder: pictures are inverted by descent, which takes longer",
    "diffcam": "no classifier: the mask follows what changes in the picture",
    "decomposer": "no decomposition network: the mask is measured from differences of colour",
    "deghoster": "no deghosting network: mode paper needs one, mode faithful does not",
    "directions": "no directions yet: 'ood directions find' looks for some in the generator",
    "frame": "no face frame: the centred square of a picture is edited, and nobody looks for faces",
}
"""What does the work of a part that a bundle lacks."""
_WORDS = {str: "a text", int: "a whole number", float: "a number", dict: "an object", list: "a list"}


@dataclass(frozen=True)
class Attribute:
    """One thing a bundle can edit.

    Attributes:
        name: what users call it.
        diffcam_class: the differential classifier's class, or None where it has none for this attribute.
        direction: the tensor in directions.safetensors along which the attribute grows.
        sign: 1 where the class's evidence grows with the attribute, -1 where the class is its opposite
            ("No_Beard" for "Beard").
        default_strength: length of the edit of strength 1.0, in units of the direction.
        range: strengths between which results are good, (lowest, highest), in units of the default.
    """

    name: str
    diffcam_class: int | None
    direction: str
    sign: float = 1.0
    default_strength: float = 1.0
    range: tuple[float, float] = (-1.0, 1.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "range", tuple(self.range))
        numbers = (self.sign, self.default_strength, *self.range)
        if not all(math.isfinite(number) for number in numbers) or abs(self.sign) != 1:
            raise BundleError(f"attribute '{self.name}': sign must be ±1, the other numbers finite: {self}")
        if len(self.range) != 2 or self.range[0] >= self.range[1]:
            raise BundleError(f"attribute '{self.name}': range must be [lowest, highest], found {self.range}")
        if self.diffcam_class is not None and self.diffcam_class < 0:
            raise BundleError(f"attribute '{self.name}': diffcam_class cannot be {self.diffcam_class}")


@dataclass(frozen=True)
class Manifest:
    """bundle.json as an object.

    Attributes:
        name, licence, provenance: for people.
        resolution: side of the bundle's square pictures in pixels.
        architectures: network kind → the numbers its configuration is rebuilt from.
        attributes: name → Attribute, in the order in which they are shown.
        sha256: file name → its expected checksum, as 64 hexadecimal digits.
        frame: how a face lies in the bundle's pictures; bundle.json may leave it out, then as in FFHQ. None,
            "null" in bundle.json, where the pictures show no faces.
        foreign: grey levels by which a picture differs from its reconstruction where it begins to be, and
            wholly is, what this generator cannot draw; lower, the better the bundle inverts its own domain.
            bundle.json may leave it out.
        domain: the drawn domain whose factors the generator's z are (`domains.to_z`); empty, as for every
            published generator, where z is Gaussian. bundle.json may leave it out.
    """

    name: str
    resolution: int
    licence: str
    provenance: str
    architectures: Mapping[str, Mapping[str, Any]]
    attributes: Mapping[str, Attribute]
    sha256: Mapping[str, str]
    frame: Frame | None = Frame()
    foreign: tuple[float, float] = FOREIGN
    domain: str = ""

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """One sentence for each part that is not there, saying what does its work."""
        there = {*self.architectures, *(["directions"] if self.attributes else [])}
        there |= set() if self.frame is None else {"frame"}
        return tuple(sentence for part, sentence in STAND_INS.items() if part not in there)

    def to_json(self) -> str:
        """The text of bundle.json."""
        fields = dataclasses.asdict(self)
        fields["attributes"] = [dataclasses.asdict(attribute) for attribute in self.attributes.values()]
        return json.dumps({"format": FORMAT, **fields}, indent=2, ensure_ascii=False) + "\n"


def file_of(kind: str) -> str:
    """The weight file of a network kind."""
    return f"{kind}.safetensors"


def read_manifest(folder: Path) -> Manifest:
    """Read and check a bundle's bundle.json; no weight file is opened.

    Raises:
        BundleError: if the file is missing, is not JSON, or a field is missing or of the wrong kind.
    """
    path = folder / MANIFEST
    with contextlib.suppress(OSError):  # in a folder that cannot be written to it is read as it is
        finish_placing(folder)
    if why := unreadable(path):
        raise BundleError(f"{folder}: is no bundle: cannot read {MANIFEST} ({why})")
    data = read_json(path, BundleError, "restore the bundle")
    if not isinstance(data, dict):
        raise BundleError(f"{path}: must be an object, found {data!r:.40}; restore the bundle")
    version = _field(data, "format", int, path)
    if version != FORMAT:
        raise BundleError(f"{path}: has format {version}, this version reads {FORMAT}; update ood-editing")
    architectures = _field(data, "architectures", dict, path)
    sha256 = _field(data, "sha256", dict, path)
    named = ("generator", *architectures, *(name.removesuffix(".safetensors") for name in sha256))
    own = [kind for kind in NETWORKS if kind in named]
    attributes = _attributes(_field(data, "attributes", list, path), path)
    files = [*map(file_of, own), *([DIRECTIONS] if attributes or DIRECTIONS in sha256 else [])]
    return Manifest(
        name=_field(data, "name", str, path),
        resolution=_field(data, "resolution", int, path),
        licence=_field(data, "licence", str, path),
        provenance=_field(data, "provenance", str, path),
        architectures={kind: _field(architectures, kind, dict, path) for kind in own},
        attributes=attributes,
        sha256={name: _field(sha256, name, str, path) for name in files},
        frame=_frame(data, path),
        domain=_field(data, "domain", str, path) if "domain" in data else "",
        foreign=_foreign(_field(data, "foreign", list, path), path) if "foreign" in data else FOREIGN,
    )


def _frame(manifest: Mapping[str, Any], path: Path) -> Frame | None:
    if manifest.get("frame", {}) is None:
        return None
    if "frame" not in manifest:
        return Frame()
    data, where = _field(manifest, "frame", dict, path), f"{path}: frame"
    keys = ("eyes", "mouth", "down", *(["spread"] if "spread" in data else []))
    return Frame(*(float(_field(data, key, float, where)) for key in keys))


def _foreign(levels: list[Any], path: Path) -> tuple[float, float]:
    found = [float(_checked(level, float, "foreign", path)) for level in levels]
    if len(found) != 2 or not 0 <= found[0] < found[1] < math.inf:
        raise BundleError(f"{path}: foreign must be two levels, the lower one first, found {levels}")
    return found[0], found[1]


def _attributes(entries: list[Any], path: Path) -> dict[str, Attribute]:
    attributes: dict[str, Attribute] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise BundleError(f"{path}: each attribute must be an object, found {entry!r:.40}")
        name = _field(entry, "name", str, path)
        if name in attributes:
            raise BundleError(f"{path}: attribute '{name}' is listed twice")
        where = f"{path}: attribute '{name}'"
        index, span = entry.get("diffcam_class"), _field(entry, "range", list, where)
        attributes[name] = Attribute(
            name=name,
            diffcam_class=None if index is None else _checked(index, int, "diffcam_class", where),
            direction=_field(entry, "direction", str, where),
            sign=_field(entry, "sign", float, where),
            default_strength=_field(entry, "default_strength", float, where),
            range=tuple(_checked(number, float, "range", where) for number in span),  # type: ignore[arg-type]
        )
    return attributes


def _field(data: Mapping[str, Any], key: str, kind: type, where: Path | str) -> Any:
    if key not in data:
        raise BundleError(f"{where}: '{key}' is missing; restore the bundle")
    return _checked(data[key], kind, key, where)


def _checked(value: Any, kind: type, key: str, where: Path | str) -> Any:
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or isinstance(value, bool):
        raise BundleError(f"{where}: '{key}' must be {_WORDS[kind]}, found {value!r:.40}; restore the bundle")
    return value
