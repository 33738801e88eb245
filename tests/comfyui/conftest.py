"""These tests need a ComfyUI: COMFYUI_PATH names its folder, and this Python can run it.

COMFYUI_FRONTEND names the folder of another frontend than the one that this Python has (the ``static`` of a
comfyui-frontend-package).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMFYUI = os.environ.get("COMFYUI_PATH", "")
FRONTEND = os.environ.get("COMFYUI_FRONTEND", "")
_HERE = Path(__file__).parent
_BESIDE = ("probe", "small_models")
"""What the server loads besides the pack."""


def _module(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"ood_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def comfyui_path() -> Path:
    if not COMFYUI:
        pytest.skip("COMFYUI_PATH is not set: nothing was tried in a real ComfyUI")
    return Path(COMFYUI)


@pytest.fixture(scope="session")
def api(comfyui_path: Path) -> Any:
    """The module comfyui_server."""
    return _module("comfyui_server")


@pytest.fixture(scope="session")
def server(
    comfyui_path: Path, api: Any, tmp_path_factory: pytest.TempPathFactory, tiny_bundle_folder: Path
) -> Iterator[Any]:
    """A server with this pack, a probe, and bundles under the names that the templates use."""
    folder = tmp_path_factory.mktemp("comfyui")
    for name in ("custom_nodes", "models/ood", "input", "output", "temp", "user"):
        (folder / name).mkdir(parents=True)
    (folder / "custom_nodes" / "ood-editing").symlink_to(ROOT, target_is_directory=True)
    for name in _BESIDE:
        shutil.copy(_HERE / f"{name}.py", folder / "custom_nodes" / f"ood_{name}.py")
    for name in ("portraits-128", "ffhq-1024"):  # the first only stands in where the pack brings none
        _tiny_for_templates(tiny_bundle_folder, folder / "models" / "ood" / name)
    _portrait(folder / "input" / "example.png")
    running = api.Server(comfyui_path, folder, FRONTEND)
    yield running
    running.close()


@pytest.fixture
def checkpoints(server: Any, comfyui_path: Path) -> Iterator[None]:
    """Random weights for the diffusion templates; afterwards the files are missing again."""
    models = server.folder / "models"
    script = _HERE / "random_checkpoints.py"
    subprocess.run([sys.executable, script, models], cwd=comfyui_path, check=True)
    yield
    for kind in ("checkpoints", "diffusion_models", "text_encoders", "vae"):
        for path in (models / kind).glob("*.safetensors"):
            path.unlink()


def _portrait(path: Path) -> None:
    """A drawn face under the name of ComfyUI's own example picture, which shows none."""
    import torch

    from ood_core import save_image
    from ood_core.domains.portraits import render_scene, sample_factors

    factors = sample_factors(1, torch.Generator().manual_seed(4))
    save_image(path, render_scene(factors, [()], 512))


def _tiny_for_templates(source: Path, target: Path) -> None:
    """The tiny bundle with the attributes that the templates name."""
    from dataclasses import replace

    from ood_core.bundle import load_bundle, save_bundle

    bundle = load_bundle(source)
    glasses = replace(bundle.attributes["Old"], name="Eyeglasses", diffcam_class=1)
    attributes = {**bundle.attributes, "Eyeglasses": glasses}
    save_bundle(replace(bundle, name=target.name, attributes=attributes), target)
