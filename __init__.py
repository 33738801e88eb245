"""ComfyUI's entry point; the library itself is ood_core/.

ComfyUI imports this folder as a package. pytest imports this same file as a bare module without one, and there
relative imports cannot work: hence the guard.
"""

from pathlib import Path

if __package__ and (Path(__file__).parent / "nodes").is_dir():
    from .nodes import comfy_entrypoint

    WEB_DIRECTORY = "./nodes/web"
    __all__ = ["WEB_DIRECTORY", "comfy_entrypoint"]
