"""How many milliseconds does an edit take on a GPU, and its parts?

    python benchmarks/gpu.py [--bundle NAME|DIR] [--batches 1 8] [--compile]

Without --bundle networks of the published sizes with random weights, whose time is that of trained ones.
Rows are precisions, with CUDA graphs, and with --compile torch.compile (minutes to begin with). A first edit
is inversion and edit, a slider step another strength of an inverted picture; the frame at 30 Hz is 33 ms.
Prints a table in Markdown, or that there is no GPU.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from measuring import machine
from torch import Tensor

from ood_core.alignment import centred
from ood_core.bundle import Bundle, load_bundle
from ood_core.bundle.manifest import Attribute
from ood_core.bundle.precision import compute_in
from ood_core.deghosting import Deghoster, DeghosterConfig
from ood_core.diffcam import DiffCamConfig, DifferentialClassifier
from ood_core.inversion import EncoderConfig, GradualStyleEncoder
from ood_core.pipeline import edit_inverted
from ood_core.sources import invert
from ood_core.stylegan2 import Generator, GeneratorConfig

WARM, RUNS = 5, 20
EDIT = "Smiling"


def published_sizes() -> Bundle:
    """A bundle of the published sizes with random weights, on the GPU."""
    torch.manual_seed(0)
    with torch.device("cuda"):
        networks = {
            "generator": Generator(GeneratorConfig()),
            "encoder": GradualStyleEncoder(EncoderConfig()),
            "diffcam": DifferentialClassifier(DiffCamConfig()),
            "deghoster": Deghoster(DeghosterConfig()),
        }
        direction = torch.randn(18, 512)
    for network in networks.values():
        network.eval().requires_grad_(False)
    return Bundle(
        name="published sizes",
        resolution=1024,
        licence="",
        provenance="random weights",
        attributes={EDIT: Attribute(EDIT, 0, EDIT)},
        directions={EDIT: direction},
        **networks,  # type: ignore[arg-type]
    ).to("cuda")


def milliseconds(work: Callable[[], object]) -> float:
    """Median time on the GPU's own clock."""
    for _ in range(WARM):
        work()
    times = []
    for _ in range(RUNS):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        work()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return statistics.median(times)


@contextmanager
def tensor_float(allowed: bool) -> Iterator[None]:
    """TF32 in convolutions and matrix products."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = allowed
    yield
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False


def replayed(network: Callable[[Tensor], Tensor], example: Tensor) -> Callable[[], object]:
    """A network's kernels as one CUDA graph."""
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):  # type: ignore[no-untyped-call]
        for _ in range(3):
            network(example)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        network(example)
    return graph.replay


def whole(bundle: Bundle, picture: Tensor) -> list[Callable[[], object]]:
    """First edit and slider step."""
    name, inverted = next(iter(bundle.attributes)), invert(centred(picture), bundle)
    return [
        lambda: edit_inverted(invert(centred(picture), bundle), {name: 1.0}, "paper"),
        lambda: edit_inverted(inverted, {name: 0.5}, "paper"),
    ]


def parts(bundle: Bundle, picture: Tensor) -> Iterator[tuple[str, list[Callable[[], object]]]]:
    """How they run → synthesis and deghosting."""
    inputs = [invert(centred(picture), bundle).latents, picture]
    networks = [bundle.generator.synthesis, bundle.deghoster]
    pairs = list(zip(networks, inputs, strict=True))
    yield "", [partial(network, x) for network, x in pairs]
    yield ", CUDA graphs", [replayed(network, x) for network, x in pairs]
    yield ", compiled", [partial(torch.compile(network), x) for network, x in pairs]


def rows(bundle: Bundle, batch: int, compiled: bool) -> Iterator[tuple[str, list[float]]]:
    """Name → milliseconds a picture of first edit, slider step, synthesis, deghosting."""
    picture = torch.rand(batch, 3, bundle.resolution, bundle.resolution, device="cuda") * 2 - 1
    for precision in ("fp32", "tf32", "bf16"):
        for network in bundle.networks.values():
            compute_in(network, "bf16" if precision == "bf16" else "fp32")
        with tensor_float(precision == "tf32"):
            edits = [milliseconds(work) / batch for work in whole(bundle, picture)]
            for how, works in parts(bundle, picture):
                if compiled or how != ", compiled":
                    yield precision + how, [*edits, *(milliseconds(work) / batch for work in works)]
                edits = [float("nan")] * 2


@torch.no_grad()
def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--bundle", help="instead of the published sizes")
    options.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    options.add_argument("--compile", action="store_true")
    chosen = options.parse_args()
    if not torch.cuda.is_available():
        sys.exit("There is no CUDA device here: nothing was measured.")
    bundle = load_bundle(chosen.bundle, "cuda") if chosen.bundle else published_sizes()
    print(f"{machine(torch.cuda.get_device_name())}, {bundle.name}, {bundle.resolution} px, `paper`\n")
    print("| batch | ms a picture | first edit | slider step | synthesis | deghosting |")
    print("| --- " * 6 + "|")
    for batch in chosen.batches:
        for name, figures in rows(bundle, batch, chosen.compile):
            print(f"| {batch} | {name} | {' | '.join(f'{value:.1f}' for value in figures)} |")


if __name__ == "__main__":
    main()
