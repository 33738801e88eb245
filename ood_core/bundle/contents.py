"""What a bundle holds, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bundle import Bundle
    from .manifest import Attribute

_STAND_INS = {
    "encoder": "descent from the average face stands in, which is slower",
    "diffcam": "the change itself decides what the mask is",
    "deghoster": "the blend stands as it is",
    "detector": "the built-in face detector stands in",
    "landmarker": "the detector's own landmarks are used",
}
"""Network kind → what happens where a bundle lacks it."""


def describe(bundle: Bundle) -> str:
    """Size, networks, what stands in for those that are missing, and the attributes; a few lines."""
    side, networks = bundle.resolution, bundle.networks
    missing = [f"no {kind}: {said}" for kind, said in _STAND_INS.items() if kind not in networks]
    names = ", ".join(bundle.attributes) or "nothing by name"
    head = f"{bundle.name}: {side}×{side} pixels, {bundle.licence}"
    return "\n".join([head, f"networks: {', '.join(networks)}", *missing, f"edits: {names}"])


def list_attributes(bundle: Bundle) -> str:
    """Where a bundle comes from, and each of its attributes with its useful strengths; one per line."""
    side = bundle.resolution
    head = f"{bundle.name}: {side}×{side} pixels, {bundle.licence}. {bundle.provenance}"
    return "\n".join([head, *(_line(attribute) for attribute in bundle.attributes.values())])


def _line(attribute: Attribute) -> str:
    low, high = attribute.range
    known = "" if attribute.diffcam_class is not None else "; the classifier does not know it"
    return f"{attribute.name}: useful strengths {low:+g} to {high:+g}{known}"
