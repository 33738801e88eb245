"""Register Edit: an edited picture of any size, brought onto its original."""

from __future__ import annotations

import comfy.model_management as mm
import torch
from comfy_api.latest import io
from torch import Tensor

from ..ood_core.registration import register
from .checks import checked
from .schema import schema
from .tensors import from_mask, same_batch, to_image, to_picture
from .work import progress_bar


class RegisterEdit(io.ComfyNode):
    """The first stage of Keep Original by itself, in front of DiffCAM or nodes of other packs."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            "RegisterEdit",
            "Register Edit",
            ("align images", "undo shift", "undo zoom", "match colour"),
            description="Brings an edited picture onto its original: shift, zoom, turn, smooth warps, colour "
            "and light, fitted on what did not change. When unsure it only resizes, and says so.",
            inputs=[
                io.Image.Input("original", tooltip="The picture before the edit."),
                io.Image.Input("edited", tooltip="What an editor made of it, of any size."),
            ],
            outputs=[
                io.Image.Output(
                    display_name="registered",
                    tooltip="The edited picture in the original's place, size, colour and light.",
                ),
                io.Mask.Output(
                    display_name="coverage", tooltip="White where the edited picture reaches the original."
                ),
                io.String.Output(
                    display_name="report", tooltip="Shift, zoom, turn and confidence; one line per image."
                ),
            ],
        )

    @classmethod
    @checked
    def execute(cls, original: Tensor, edited: Tensor) -> io.NodeOutput:
        device, report = mm.get_torch_device(), progress_bar()
        pairs = same_batch(original=to_picture(original, "original"), edited=to_picture(edited, "edited"))
        registered, coverage, lines, total = [], [], [], len(pairs[0])
        with torch.no_grad():
            for done, (before, after) in enumerate(zip(*(batch.split(1) for batch in pairs), strict=True)):
                report(done, total, "Register")
                found = register(before.to(device), after.to(device))
                registered.append(to_image(found.registered))
                coverage.append(from_mask(found.coverage))
                lines.append(found.report.line)
        report(total, total, "done")
        return io.NodeOutput(torch.cat(registered), torch.cat(coverage), "\n".join(lines))
