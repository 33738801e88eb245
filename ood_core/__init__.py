"""Edit portraits in a GAN's latent space and keep what the GAN cannot draw.

from . import edit, load_bundle
from .files.pictures import load_image, save_image

result = edit(load_image("portrait.png"), load_bundle("portraits-128"), {"Smiling": 1.0})
save_image("smiling.png", result.final)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bundle import Bundle, installed_bundles, load_bundle, save_bundle
    from .errors import OodError
    from .pipeline import EditResult, edit

__version__ = "0.1.0"
__all__ = ["Bundle", "EditResult", "OodError", "edit", "installed_bundles", "load_bundle", "save_bundle"]

_HOME = {"edit": "pipeline", "EditResult": "pipeline", "OodError": "errors"}


def __getattr__(name: str) -> object:
    """Import a public name when first asked for: torch costs seconds that `ood --help` need not pay."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME.get(name, 'bundle')}", __name__), name)
