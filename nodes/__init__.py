"""ComfyUI nodes over ood_core. Thin: sockets, tensors in and out, devices; the work is the library's."""

from .extension import comfy_entrypoint

__all__ = ["comfy_entrypoint"]
