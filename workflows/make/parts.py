"""What several templates are made of: pictures, edits, and groups of nodes."""

from __future__ import annotations

from typing import Any

from graph import Graph, Wire

BUNDLE = "portraits-128"
PERSON = {"person": 4, "thing": "hat", "size": 512}
OTHER = {"person": 11, "thing": "microphone", "size": 512}
THIRD = {"person": 10, "thing": "phone", "size": 512}
FOURTH = {"person": 19, "thing": "bokeh", "size": 512}
EDIT = {"attribute": "Eyeglasses", "strength": 1.0}
BOTH = ({"attribute": "Beard", "strength": 1.0}, {"attribute": "Smiling", "strength": 1.0})
IN_APP = {"attribute": "Old", "strength": 1.0}
SWEPT = {"attribute": "Smiling"}

PICTURE, CHANGE, RESULT = "1 Your picture", "2 What to change", "3 Result"


def begin(about: str, width: int = 300, height: int = 200, **person: Any) -> tuple[Graph, Wire, Wire]:
    """The first group: a note, a bundle, a drawn portrait; returns bundle and image."""
    graph = Graph()
    graph.group(PICTURE)
    graph.column(width)
    graph.note(about, height)
    (bundle, _) = graph.add("OOD_LoadBundle", bundle=BUNDLE)
    (image,) = graph.add("OOD_ExamplePortrait", **(PERSON | person))
    return graph, bundle, image


def end(graph: Graph, image: Wire, both: Wire, prefix: str, width: int = 700, show: int = 350) -> None:
    """The last group: before and after side by side, and the result to save."""
    graph.group(RESULT)
    graph.column(width)
    graph.add("PreviewImage", "Before and after", show=show, images=both)
    graph.add("SaveImage", "Save the result", show=280, images=image, filename_prefix=f"ood/{prefix}")


def edited(graph: Graph, width: int = 340, **values: Any) -> tuple[Wire, Wire, Wire]:
    """The second group: one Edit Portrait; returns image, mask, and before and after."""
    graph.group(CHANGE)
    graph.column(width)
    image, mask, *_, both = graph.add("OOD_Edit", show=200, **values)
    return image, mask, both


def latents_to_mask(graph: Graph, bundle: Wire, original: Wire) -> tuple[Wire, Wire]:
    """Invert, Edit Latents and DiffCAM side by side; returns the edit and its mask."""
    graph.group(CHANGE)
    graph.column(225)
    latents, before = graph.add("OOD_Invert", bundle=bundle, image=original)
    graph.column(240)
    latents, _ = graph.add("OOD_LatentEdit", show=270, latents=latents, **EDIT)
    graph.add("PreviewImage", "Before the edit", show=250, images=before)
    graph.group(RESULT)
    graph.column(240)
    making, mask, *_ = graph.add("OOD_DiffCAM", show=270, latents=latents)
    return making, mask


def back_into_the_picture(graph: Graph, image: Wire, mask: Wire, sampled: Wire, vae: Wire) -> None:
    """The second row of the group: what was sampled, laid over the edited picture through the mask."""
    graph.row(560)
    graph.column(225)
    graph.column(230)
    (decoded,) = graph.add(
        "VAEDecode",
        samples=sampled.via((1780, 222), (1780, 470), (1768, 506), (1500, 515), (957, 515)),
        vae=vae,
    )
    graph.column(225)
    (joined,) = graph.add(
        "ImageCompositeMasked",
        destination=image.via((676, 542), (1225, 542)),
        source=decoded,
        mask=mask.via((660, 552), (1225, 552)),
    )
    graph.column(250)
    graph.add("SaveImage", "Save the result", show=220, images=joined, filename_prefix="ood/refined")
