"""NVIDIA's pickles: networks as objects with source code inside, of which only the tensors are read."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from ood_core.checkpoints import convert, read_checkpoint
from ood_core.errors import CheckpointError
from ood_core.files.networks import load_network
from ood_core.stylegan2 import Generator, GeneratorConfig

CONFIG = GeneratorConfig(resolution=8, z_dim=8, w_dim=8, mapping_layers=2, channel_base=64, channel_max=8)
SOURCE = "import pathlib; pathlib.Path('ran').touch()"  # what a careless loader would run


def network() -> Generator:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Generator(CONFIG).eval()


@pytest.mark.parametrize("whole_file", [True, False])
def test_a_pickle_of_networks_gives_the_generator_and_runs_no_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole_file: bool
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    from nvidia_pickle import write_nvidia

    monkeypatch.chdir(tmp_path)
    generator = network()
    path = tmp_path / "network.pkl"
    write_nvidia(path, generator, SOURCE, alone=not whole_file)
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
