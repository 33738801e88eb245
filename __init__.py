"""ComfyUI's entry point; the library itself is ood_core/.

ComfyUI imports this folder as a package, and there `comfy_api` is at hand. pytest imports this same file too,
bare or as a package depending on the folder's name: hence the guard.
"""

from importlib.util import find_spec

if __package__ and find_spec("comfy_api"):
    from .nodes import comfy_entrypoint

    WEB_DIRECTORY = "./nodes/web"
    __all__ = ["WEB_DIRECTORY", "comfy_entrypoint"]
