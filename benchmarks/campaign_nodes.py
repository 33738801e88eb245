"""Calls of the pack's nodes with inputs as no widget would give them, for `campaign.py`.

A call is described by a small JSON file, so that it can be kept and repeated: the node, a seed, and which of
its inputs are harmed. What is not harmed is what the node before it in a graph would hand over.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from campaign_seeds import ROOT, directions, load_module
from torch import Tensor

SIDES = ((1, 1), (1, 40), (40, 3), (33, 47), (40, 40), (64, 48))
WORDS = (
    "",
    " ",
    "\0",
    "Smiling",
    "smiling",
    "Smiling=",
    "=1",
    "Old=nan",
    "low=1e999",
    "../../etc",
    "ä" * 3000,
)
_WIRINGS = {  # optional sockets of which a node needs one set
    "OOD_Invert": (("image",), ("crop",)),
    "OOD_Edit": (("image",), ("crop",), ("image", "mask")),
    "OOD_DiffCAM": (("latents",), ("original", "edited")),
    "OOD_Composite": (("edit",), ("mask", "original", "edited")),
    "OOD_Deghost": (("edit",), ("coarse", "original", "mask")),
    "OOD_KeepOriginal": ((), ("mask",)),
    "OOD_PasteBack": ((), ("mask",)),
}
_KEEPING = ("OOD_Edit", "OOD_Deghost", "OOD_KeepOriginal", "OOD_PasteBack")
NUMBERS = (0, -1, 1, 3, 17, 2**31, -(2**63), 10**30, 0.5, -0.0, 1e-30, 1e30, float("nan"), float("inf"))


class Nodes:
    """The pack's nodes over the tests' stand-in for ComfyUI, and good values for each of their sockets.

    Args:
        models: folder for the bundle and directions that they load.
    """

    def __init__(self, models: Path) -> None:
        tests = load_module("campaign_conftest", ROOT / "tests/conftest.py")
        standin = load_module("campaign_node_standin", ROOT / "tests/nodes/standin.py")
        from ood_core.bundle import save_bundle

        save_bundle(tests.make_tiny_bundle(), models / "ood" / "tiny", overwrite=True)
        (models / "ood" / "directions").mkdir(exist_ok=True)
        directions(models / "ood" / "directions")
        standin.install(models)
        options = {"submodule_search_locations": [str(ROOT)]}
        pack = load_module("campaign_node_pack", ROOT / "__init__.py", **options)
        found = asyncio.run(asyncio.run(pack.comfy_entrypoint()).get_node_list())
        self.classes = {each.define_schema().node_id: each for each in found}
        with torch.inference_mode():
            self.good = self._good()

    def _good(self) -> dict[str, list[Any]]:
        """Socket kind → values; what nodes hand over comes from running them."""
        run = {name.removeprefix("OOD_"): each.execute for name, each in self.classes.items()}
        numbers = torch.Generator().manual_seed(0)
        image = 0.4 + 0.2 * torch.rand(1, 40, 40, 3, generator=numbers)
        other = (image + 0.3 * (torch.arange(40) > 20)[None, None, :, None]).clamp(0, 1)
        bundle = run["LoadBundle"]("tiny")[0]
        latents = run["Invert"](bundle, image)[0]
        edited = run["LatentEdit"](latents, "Smiling", 1.0)[0]
        settings = {"mode": "faithful", "threshold": 0.0, "grow": 0.0, "feather": 0.0}
        found = run["DiffCAM"](**settings, latents=edited)[0]
        crop = run["AlignFace"](image, bundle, align="never")[0]
        direction = run["FindDirections"](bundle)[0]
        landmarks = [[[12.0, 15.0], [28.0, 15.0], [20.0, 22.0], [14.0, 30.0], [26.0, 30.0]]]
        return {
            "IMAGE": [image, other, image.repeat(2, 1, 1, 1)],
            "MASK": [torch.zeros(1, 40, 40), (image[..., 0] > 0.5).float()],
            "OOD_BUNDLE": [bundle],
            "OOD_LATENT": [latents, edited],
            "OOD_EDIT": [found, run["Composite"](found)[0]],
            "OOD_CROP": [crop],
            "OOD_DIRECTION": [direction],
            "FACE_LANDMARKS": [{"faces": landmarks}, landmarks],
        }

    def call(self, described: dict[str, Any]) -> None:
        """Run one call.

        Raises:
            AssertionError: if an input was changed in place, pictures come out that are no pictures, or an
                edit goes beyond its mask.
            Exception: whatever the node raises.
        """
        node = self.classes[described["node"]]
        numbers = random.Random(described["seed"])
        inputs, wiring = {}, numbers.choice(_WIRINGS.get(described["node"], ((),)))
        for socket in node.define_schema().inputs:
            harmed = socket.id in described["harmed"]
            wanted = socket.id in wiring
            if socket.options.get("optional") and not (harmed or wanted or numbers.random() < 0.1):
                continue
            value = self._value(socket, numbers)
            inputs[socket.id] = harm(value, self.good, numbers) if harmed else value
        before = {name: value.clone() for name, value in inputs.items() if _real(value)}
        with torch.inference_mode():
            outputs = node.execute(**inputs)
        for name, tensor in before.items():
            assert torch.equal(tensor.nan_to_num(), inputs[name].nan_to_num()), (
                f"'{name}' was changed in place"
            )
        for index, socket in enumerate(node.define_schema().outputs):
            if socket.kind in ("IMAGE", "MASK"):
                check(outputs[index], socket.kind, wide=any(map(_wide, inputs.values())))
        if described["node"] in _KEEPING and inputs.get("mode") != "paper":
            check_outside(outputs[0], outputs[1], inputs)

    def _value(self, socket: Any, numbers: random.Random) -> Any:
        if socket.id in ("present", "absent"):
            return self.good["IMAGE"][socket.id == "absent"].repeat(5, 1, 1, 1)  # the fewest that do
        if socket.kind in self.good:
            return numbers.choice(self.good[socket.kind])
        options = socket.options.get("options") or []
        if socket.id == "attribute":
            return numbers.choice(("Smiling", "Old"))
        if socket.id == "bundle":
            return "tiny"
        if options and numbers.random() < 0.2:
            return numbers.choice(options)
        if socket.id == "align":
            return "never"  # noise has no faces
        if options:
            return socket.options.get("default", options[0])
        return socket.options.get("default", {"INT": 1, "FLOAT": 1.0}.get(socket.kind, "Smiling"))


def describe(names: list[str], sockets: Callable[[str], list[str]], numbers: random.Random) -> dict[str, Any]:
    """A random call: usually one input is harmed, sometimes several."""
    name = numbers.choice(names)
    inputs = sockets(name)
    count = min(len(inputs), numbers.choice((1, 1, 1, 1, 2, 3)))
    return {"node": name, "seed": numbers.randrange(2**31), "harmed": numbers.sample(inputs, count)}


def harm(value: Any, good: dict[str, list[Any]], numbers: random.Random) -> Any:
    """Something else in a value's place."""
    if numbers.random() < 0.15:  # another socket's value, or nothing
        return numbers.choice([None, [], {}, "text", 3, *(each[0] for each in good.values())])
    if isinstance(value, Tensor):
        return _harmed_tensor(value, numbers)
    if isinstance(value, str):
        return numbers.choice(WORDS)
    if isinstance(value, int | float):
        return numbers.choice(NUMBERS)
    if isinstance(value, dict | list):
        return numbers.choice(
            ({}, [], {"faces": None}, [[[1, 2]]], [[["a", "b"]] * 5], {"faces": [[[9e99] * 2] * 5]})
        )
    return numbers.choice((None, "text", 0, good["IMAGE"][0]))


def _harmed_tensor(value: Tensor, numbers: random.Random) -> Tensor:
    height, width = numbers.choice(SIDES)
    batch = numbers.choice((0, 1, 2, 3, 5))
    channels = (numbers.choice((0, 1, 2, 3, 4, 5)),) if value.ndim == 4 else ()
    random = torch.Generator().manual_seed(numbers.randrange(2**31))
    made = torch.rand(batch, height, width, *channels, generator=random)
    kinds: tuple[Callable[[], Tensor], ...] = (
        lambda: made,
        lambda: value.half(),
        lambda: value.bfloat16(),
        lambda: value.double(),
        lambda: (value * 255).to(torch.uint8),
        lambda: value > 0.5,
        lambda: value.to(torch.int64),
        lambda: value.to(torch.complex64),
        lambda: value.to("meta"),
        lambda: value.to_sparse(),
        lambda: torch.full_like(
            value, numbers.choice((float("nan"), float("inf"), -float("inf"), 1e30, -5.0))
        ),
        lambda: torch.where(torch.rand(value.shape, generator=random) < 0.01, torch.nan, value),
        lambda: value.movedim(-1, 1),
        lambda: value[0],
        lambda: value[None],
        lambda: value.flip(2)[:, ::2, ::3],
        lambda: value[..., :0],
        lambda: torch.tensor(0.5),
        lambda: value.expand(3, *value.shape[1:]) if len(value) == 1 else value[:1],
    )
    return numbers.choice(kinds)()


def check(picture: Any, kind: str, wide: bool) -> None:
    """What ComfyUI's next node takes for granted; values out of range come out only where they came in."""
    assert isinstance(picture, Tensor) and picture.ndim == (4 if kind == "IMAGE" else 3), f"no {kind}"
    assert picture.dtype == torch.float32 and picture.device.type == "cpu", f"{kind} of {picture.dtype}"
    assert bool(torch.isfinite(picture).all()), f"{kind} holds NaN"
    assert wide or (float(picture.min()) >= 0 and float(picture.max()) <= 1), f"{kind} out of range"


def check_outside(picture: Tensor, mask: Tensor, inputs: dict[str, Any]) -> None:
    """Where the mask is 0, the very values that came in."""
    holder = inputs.get("crop") or inputs.get("edit")
    source = holder.image if holder is not None else inputs.get("image", inputs.get("original"))
    colours = source[..., :3].float().repeat(len(picture) // len(source), 1, 1, 1).expand_as(picture)
    masks = mask.repeat(len(picture) // len(mask), 1, 1)
    assert torch.equal(picture[masks == 0], colours[masks == 0]), "changed outside of the mask"


def _wide(value: Any) -> bool:
    return _real(value) and value.is_floating_point() and bool(((value < 0) | (value > 1)).any())


def _real(value: Any) -> bool:
    return isinstance(value, Tensor) and value.device.type == "cpu" and value.layout == torch.strided
