"""NVIDIA's pickles: networks as objects with source code inside, of which only the tensors are read."""

from __future__ import annotations

import pickle
import sys
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from ood_core.checkpoints import convert, read_checkpoint
from ood_core.checkpoints.tables import fir_kernel
from ood_core.errors import CheckpointError
from ood_core.files.networks import load_network
from ood_core.stylegan2 import Generator, GeneratorConfig

CONFIG = GeneratorConfig(resolution=8, z_dim=8, w_dim=8, mapping_layers=2, channel_base=64, channel_max=8)
SOURCE = "import pathlib; pathlib.Path('ran').touch()"  # what a careless loader would run


@pytest.fixture
def their_modules(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """Their modules' names, as far as pickling needs them: (the reconstructing function, EasyDict)."""
    persistence, util = ModuleType("torch_utils.persistence"), ModuleType("dnnlib.util")

    def _reconstruct_persistent_obj(meta: object) -> None: ...

    easy = type("EasyDict", (dict,), {"__module__": "dnnlib.util"})
    _reconstruct_persistent_obj.__module__ = "torch_utils.persistence"
    _reconstruct_persistent_obj.__qualname__ = "_reconstruct_persistent_obj"
    persistence._reconstruct_persistent_obj = _reconstruct_persistent_obj  # type: ignore[attr-defined]
    util.EasyDict = easy  # type: ignore[attr-defined]
    for name, module in {"torch_utils.persistence": persistence, "dnnlib.util": util}.items():
        monkeypatch.setitem(sys.modules, name.partition(".")[0], ModuleType(name.partition(".")[0]))
        monkeypatch.setitem(sys.modules, name, module)
    return _reconstruct_persistent_obj, easy


def persistent(rebuild: Any, easy: Any, name: str, module: torch.nn.Module) -> Any:
    """A module as their persistence pickles it: a call with its state and its source."""
    state = {
        "_parameters": OrderedDict(module._parameters),
        "_buffers": OrderedDict(module._buffers),
        "_modules": OrderedDict(
            (key, persistent(rebuild, easy, key, part)) for key, part in module._modules.items() if part
        ),
        "training": False,
        "_init_kwargs": easy(conv_clamp=256),
    }
    if name in ("conv0", "conv1") or (name.startswith("b") and name[1:].isdigit()):
        state["_buffers"]["resample_filter"] = fir_kernel(1.0)
    meta = {"type": "class", "version": 6, "module_src": SOURCE, "class_name": name, "state": state}

    class Persistent:
        def __reduce__(self) -> tuple[Any, tuple[Any]]:
            return rebuild, (easy(meta),)

    return Persistent()


def network() -> Generator:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Generator(CONFIG).eval()


@pytest.mark.parametrize("whole_file", [True, False])
def test_a_pickle_of_networks_gives_the_generator_and_runs_no_source(
    their_modules: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole_file: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    generator = network()
    pickled = persistent(*their_modules, "Generator", generator)
    path = tmp_path / "network.pkl"
    if whole_file:
        rest = {"D": None, "training_set_kwargs": their_modules[1](path="x"), "augment_pipe": None}
        path.write_bytes(pickle.dumps({"G": pickled, "G_ema": pickled, **rest}))
    else:
        torch.save(pickled, path)  # a tuned generator alone, as PTI saves it
    (written,) = convert(path, tmp_path / "ours")
    ours = load_network(written, Generator)
    for name, tensor in generator.state_dict().items():
        assert torch.equal(ours.state_dict()[name], tensor), name
    assert not (tmp_path / "ran").exists()


def test_a_tensorflow_pickle_is_told_how_to_convert_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("dnnlib.tflib.network")
    module.Network = type("Network", (), {"__module__": "dnnlib.tflib.network"})  # type: ignore[attr-defined]
    for name in ("dnnlib", "dnnlib.tflib"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "dnnlib.tflib.network", module)
    (tmp_path / "tf.pkl").write_bytes(pickle.dumps((module.Network(), module.Network())))
    with pytest.raises(CheckpointError, match=r"TensorFlow.*legacy\.py"):
        read_checkpoint(tmp_path / "tf.pkl")
