"""Bundles: the networks and directions that belong together, as one folder and as one object."""

from .bundle import Bundle, find_bundle, installed_bundles, load_bundle, save_bundle, update_bundle
from .manifest import MANIFEST, Attribute, Manifest, read_manifest
from .precision import Precision

__all__ = [
    "MANIFEST",
    "Attribute",
    "Bundle",
    "Manifest",
    "Precision",
    "find_bundle",
    "installed_bundles",
    "load_bundle",
    "read_manifest",
    "save_bundle",
    "update_bundle",
]
