"""Loaded into the test server: makes small those sizes of models that stand in ComfyUI's code, not in a file.

Architectures, names of weights, tokenizers and the way that pictures take through them stay ComfyUI's own.
"""

from __future__ import annotations

import functools
from typing import Any

from comfy.ldm.qwen_image.model import QwenImageTransformer2DModel
from comfy.ldm.wan.vae import WanVAE
from comfy.text_encoders import llama
from comfy.text_encoders.llama import Qwen25_7BVLI_Config
from comfy.text_encoders.qwen_vl import Qwen2VLVisionTransformer

NODE_CLASS_MAPPINGS: dict[str, type] = {}


def shrink(kind: Any, **sizes: int) -> None:
    """Have a class built with these sizes, whatever it is asked for."""
    build = kind.__init__

    @functools.wraps(build)
    def small(self: Any, *args: Any, **wanted: Any) -> None:
        build(self, *args, **(wanted | sizes))

    kind.__init__ = small


WIDTH = 256
shrink(QwenImageTransformer2DModel, num_attention_heads=2, joint_attention_dim=WIDTH)
shrink(WanVAE, dim=4)
shrink(
    Qwen25_7BVLI_Config, hidden_size=WIDTH, intermediate_size=512, num_hidden_layers=2, num_attention_heads=4
)
klein_reader = getattr(llama, "Qwen3_4BConfig", None)
if klein_reader is not None:  # ComfyUI knows it by its width, and takes its states after layers 9, 18 and 27
    shrink(
        klein_reader, intermediate_size=64, num_hidden_layers=28, num_attention_heads=2, num_key_value_heads=1
    )
shrink(Qwen2VLVisionTransformer, hidden_size=64, intermediate_size=128, num_heads=2, num_layers=2)
