"""What a bundle holds, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .manifest import NETWORKS, STAND_INS

if TYPE_CHECKING:
    from .bundle import Bundle
    from .manifest import Attribute

_FINDERS_STAND_INS = {
    "detector": "no detector: the built-in face detector stands in",
    "landmarker": "no landmarker: the detector's own landmarks are used",
}
"""What does the work of networks that hardly any bundle has; of the others `manifest.STAND_INS` says it."""


def describe(bundle: Bundle) -> str:
    """Size, networks, what stands in for those that are missing, and the attributes; a few lines."""
    side, networks = bundle.resolution, bundle.networks
    said = STAND_INS | _FINDERS_STAND_INS
    missing = [said[kind] for kind in NETWORKS if kind not in networks]
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
