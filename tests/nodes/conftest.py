"""The pack as ComfyUI imports it, over the stand-ins of standin.py and the tiny bundle."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
PACK = "ood_pack_under_test"


def load(name: str, path: Path, **options: Any) -> ModuleType:
    """Import a file under a name of our choice."""
    spec = importlib.util.spec_from_file_location(name, path, **options)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def standin() -> ModuleType:
    return load("ood_standin", Path(__file__).with_name("standin.py"))


@pytest.fixture(scope="session")
def pack(
    standin: ModuleType, tmp_path_factory: pytest.TempPathFactory, tiny_bundle_folder: Path
) -> Iterator[ModuleType]:
    """The pack's root module, with the bundles 'tiny' and 'another' in models/ood."""
    from ood_core.bundle import load_bundle, save_bundle

    models = tmp_path_factory.mktemp("models")
    shutil.copytree(tiny_bundle_folder, models / "ood" / "tiny")
    another = load_bundle(tiny_bundle_folder)
    another.generator.synthesis.b4.const.data.mul_(0.5)
    save_bundle(dataclasses.replace(another, name="another"), models / "ood" / "another")
    standin.install(models)
    yield load(PACK, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    for name in list(sys.modules):
        if name in standin.MODULES or name.startswith(PACK):
            del sys.modules[name]


@pytest.fixture(scope="session")
def node_classes(pack: ModuleType) -> list[type]:
    """What the extension hands to ComfyUI."""
    extension = asyncio.run(pack.comfy_entrypoint())
    return asyncio.run(extension.get_node_list())


@pytest.fixture(scope="session")
def nodes(node_classes: list[type]) -> dict[str, Any]:
    """Node id without prefix → class."""
    return {cls.define_schema().node_id.removeprefix("OOD_"): cls for cls in node_classes}


@pytest.fixture
def bundle(nodes: dict[str, Any]) -> Any:
    """The tiny bundle as Load Bundle gives it."""
    with torch.inference_mode():
        return nodes["LoadBundle"].execute("tiny")[0]


@pytest.fixture(autouse=True)
def quiet_progress(standin: ModuleType) -> Iterator[None]:
    yield
    standin.ProgressBar.told.clear()
    standin.ProgressBar.cancel_after = None
