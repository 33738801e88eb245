"""The part of ComfyUI's Python interface that the nodes use, so that they can be tested without ComfyUI.

Names and signatures are those of ComfyUI 0.3.64; tests/comfyui runs the same nodes in the real one.
"""

from __future__ import annotations

import enum
import sys
from dataclasses import dataclass, field
from functools import partial
from importlib.machinery import ModuleSpec
from inspect import Parameter, Signature
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch

MODULES = (
    "comfy", "comfy.model_management", "comfy.model_patcher", "comfy.utils", "comfy_api", "comfy_api.latest",
    "folder_paths",
)  # fmt: skip


class Cancelled(Exception):
    """What ComfyUI's progress bar raises after Cancel."""


class Socket:
    """An input or output: what it was made from."""

    def __init__(self, kind: str, id: str | None = None, **options: Any) -> None:
        self.kind, self.id, self.options = kind, id, options
        self.optional = bool(options.get("optional"))
        self.min, self.max = options.get("min"), options.get("max")

    def get_io_type(self) -> str:
        return self.kind


_COMMON = ("display_name", "optional", "tooltip", "lazy")
_KNOWN = {
    "INT": ("default", "min", "max", "step", "control_after_generate", "display_mode"),
    "FLOAT": ("default", "min", "max", "step", "round", "display_mode"),
    "STRING": ("default", "multiline", "placeholder"),
    "COMBO": ("default", "options"),
    "BOOLEAN": ("default",),
}


def socket_type(name: str) -> Any:
    """A type with Input and Output, whose constructors refuse what ComfyUI's would refuse."""
    known = (*_COMMON, *_KNOWN.get(name, ()))

    class Input(Socket):
        def __init__(self, id: str, **given: Any) -> None:
            assert set(given) <= set(known), f"ComfyUI's {name} input has no {set(given) - set(known)}"
            super().__init__(name, id, **given)

    parameters = [Parameter(option, Parameter.KEYWORD_ONLY) for option in known]
    Input.__init__.__signature__ = Signature(parameters)  # what the nodes ask before they pass an option
    return SimpleNamespace(io_type=name, Input=Input, Output=partial(Socket, name))


class NumberDisplay(str, enum.Enum):
    number = "number"
    slider = "slider"


@dataclass
class Schema:
    node_id: str
    display_name: str | None = None
    category: str = "sd"
    inputs: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    description: str = ""
    is_output_node: bool = False


class NodeOutput:
    def __init__(self, *args: Any, ui: Any = None) -> None:
        self.result, self.ui = args, ui

    def __getitem__(self, index: int) -> Any:
        return self.result[index]


class PreviewImage:
    """Keeps pictures instead of writing them."""

    def __init__(self, images: torch.Tensor, cls: Any = None) -> None:
        self.images = images

    def as_dict(self) -> dict[str, Any]:
        return {"images": list(self.images), "animated": (False,)}


class DynamicCombo:
    """A list whose choices bring inputs with them; newer versions have it, tests of rows put it there."""

    @dataclass
    class Option:
        key: str
        inputs: list[Any]

    class Input(Socket):
        def __init__(self, id: str, options: list[Any], tooltip: str = "") -> None:
            super().__init__("COMFY_DYNAMICCOMBO_V3", id, tooltip=tooltip)
            self.options = options


class ComfyNode:
    """Base of V3 nodes."""


class ComfyExtension:
    """Base of V3 extensions."""


class ModelPatcher:
    def __init__(self, model: torch.nn.Module, load_device: Any, offload_device: Any) -> None:
        self.model, self.load_device, self.offload_device = model, load_device, offload_device


class ProgressBar:
    """Remembers what it was told; with `cancel_after` it raises, as ComfyUI's hook does."""

    cancel_after: int | None = None
    told: list[tuple[int, int]] = []

    def __init__(self, total: int) -> None:
        self.total, self.current = total, 0

    def update_absolute(self, value: int, total: int | None = None, preview: Any = None) -> None:
        self.current, self.total = value, total or self.total
        ProgressBar.told.append((self.current, self.total))
        if ProgressBar.cancel_after is not None and len(ProgressBar.told) > ProgressBar.cancel_after:
            raise Cancelled

    def update(self, value: int) -> None:
        self.update_absolute(self.current + value)


def install(models: Path) -> None:
    """Put the stand-ins into sys.modules; `models` is ComfyUI's models folder."""
    modules = {name: ModuleType(name) for name in MODULES}
    for name, module in modules.items():
        module.__spec__ = ModuleSpec(name, loader=None)
    io = SimpleNamespace(
        Custom=socket_type, Schema=Schema, NodeOutput=NodeOutput, ComfyNode=ComfyNode,
        NumberDisplay=NumberDisplay, Image=socket_type("IMAGE"), Mask=socket_type("MASK"),
        Int=socket_type("INT"), Float=socket_type("FLOAT"), String=socket_type("STRING"),
        Boolean=socket_type("BOOLEAN"),
        Combo=socket_type("COMBO"),
    )  # fmt: skip
    ui = SimpleNamespace(PreviewImage=PreviewImage, PreviewText=lambda text: ("text", text))
    vars(modules["comfy_api.latest"]).update(io=io, ui=ui, ComfyExtension=ComfyExtension)
    vars(modules["comfy.model_patcher"]).update(ModelPatcher=ModelPatcher)
    vars(modules["comfy.utils"]).update(ProgressBar=ProgressBar)
    vars(modules["comfy.model_management"]).update(
        get_torch_device=lambda: torch.device("cpu"),
        unet_offload_device=lambda: torch.device("cpu"),
        intermediate_device=lambda: torch.device("cpu"),
        throw_exception_if_processing_interrupted=lambda: None,
        load_models_gpu=lambda patchers, memory_required=0, force_full_load=False: None,
    )
    vars(modules["folder_paths"]).update(models_dir=str(models), folder_names_and_paths={})
    modules["comfy"].model_management = modules["comfy.model_management"]
    sys.modules.update(modules)
