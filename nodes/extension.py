"""The list of nodes, in the order of the menu."""

from __future__ import annotations

import logging

from comfy_api.latest import ComfyExtension, io

logger = logging.getLogger(__name__)


class OodExtension(ComfyExtension):
    """What ComfyUI registers."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """All nodes; an error while importing them is logged whole, which ComfyUI alone would not do."""
        try:
            return _nodes()
        except Exception:
            logger.exception("OOD Editing: the nodes cannot be loaded")
            raise


def _nodes() -> list[type[io.ComfyNode]]:
    from .align_face import AlignFace
    from .attributes import Attributes
    from .composite import Composite
    from .deghost import Deghost
    from .diffcam import DiffCam
    from .edit import Edit
    from .example_photograph import ExamplePhotograph
    from .example_portrait import ExamplePortrait
    from .find_directions import FindDirections
    from .invert import Invert
    from .keep_original import KeepOriginal
    from .latent_edit import LatentEdit
    from .learn_direction import LearnDirection
    from .load_bundle import LoadBundle
    from .load_direction import LoadDirection
    from .paste_back import PasteBack
    from .register_edit import RegisterEdit
    from .strength_sweep import StrengthSweep

    return [
        LoadBundle,
        ExamplePortrait,
        ExamplePhotograph,
        Invert,
        LatentEdit,
        DiffCam,
        Composite,
        Deghost,
        Edit,
        KeepOriginal,
        RegisterEdit,
        StrengthSweep,
        LoadDirection,
        FindDirections,
        LearnDirection,
        Attributes,
        AlignFace,
        PasteBack,
    ]


async def comfy_entrypoint() -> OodExtension:
    """Where ComfyUI starts."""
    return OodExtension()
