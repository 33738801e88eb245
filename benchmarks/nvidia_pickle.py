"""Files as NVIDIA's code writes them: networks as objects that carry the source of their classes.

`torch_utils/persistence.py` of stylegan2-ada-pytorch and stylegan3 pickles a module as a call of one function
with its attributes and the text of the file that its class stands in. Their own loader runs that text.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import torch
from torch import nn

from ood_core.checkpoints.tables import fir_kernel
from ood_core.stylegan2 import Generator
from ood_core.stylegan2.layers import SynthesisLayer

SOURCE = "raise SystemExit('the source in a pickle was run')\n"


def write_nvidia(path: Path, generator: Generator, source: str = SOURCE, alone: bool = False) -> None:
    """Write a generator, whose names are NVIDIA's already, as their training does.

    Args:
        path: of the file.
        generator: as it is.
        source: what a careless loader would run.
        alone: by `torch.save` and without the rest of a training, as PTI keeps tuned generators.
    """
    with _their_names() as (rebuild, easy):
        network = _persistent(generator, "Generator", source, rebuild, easy)
        if alone:
            torch.save(network, path)
            return
        rest = {"D": None, "augment_pipe": None, "training_set_kwargs": easy(path="x", resolution=8)}
        path.write_bytes(pickle.dumps({"G": network, "G_ema": network, **rest}))


@contextmanager
def _their_names() -> Iterator[tuple[Any, Any]]:
    """Their reconstructing function and dictionary, as far as pickling asks for them: by name."""

    def _reconstruct_persistent_obj(meta: object) -> None: ...

    persistence, util = ModuleType("torch_utils.persistence"), ModuleType("dnnlib.util")
    easy = type("EasyDict", (dict,), {"__module__": "dnnlib.util"})
    _reconstruct_persistent_obj.__module__ = persistence.__name__
    _reconstruct_persistent_obj.__qualname__ = "_reconstruct_persistent_obj"
    persistence._reconstruct_persistent_obj = _reconstruct_persistent_obj  # type: ignore[attr-defined]
    util.EasyDict = easy  # type: ignore[attr-defined]
    packages = {module.__name__.partition(".")[0]: module for module in (persistence, util)}
    found = {**{name: ModuleType(name) for name in packages}, **{m.__name__: m for m in (persistence, util)}}
    with mock.patch.dict(sys.modules, found):
        yield _reconstruct_persistent_obj, easy


def _persistent(module: nn.Module, name: str, source: str, rebuild: Any, easy: Any) -> Any:
    """A module as something that is pickled as theirs."""
    state = {key: value for key, value in module.__dict__.items() if key.startswith("_") or key == "training"}
    parts = module._modules.items()
    state["_modules"] = {key: _persistent(part, key, source, rebuild, easy) for key, part in parts if part}
    state["_init_kwargs"] = easy(conv_clamp=256)
    if isinstance(module, SynthesisLayer) or (name.startswith("b") and name[1:].isdigit()):
        state["_buffers"] = {**module._buffers, "resample_filter": fir_kernel(1.0)}
    meta = {"type": "class", "version": 6, "module_src": source, "class_name": name, "state": state}

    class Persistent:
        def __reduce__(self) -> tuple[Any, ...]:
            return rebuild, (meta,), None

    return Persistent()
