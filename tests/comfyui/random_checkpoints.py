"""Random weights under the names of the files that the diffusion templates ask for.

Run in ComfyUI's folder: ``python random_checkpoints.py MODELS``. Keys and shapes are those of ComfyUI's own
classes, and its detection has to recognise them. Stable Diffusion 1.5 has one block per level, all of one
width; its text encoder and autoencoder have their full size. Qwen-Image-Edit has the sizes of `small_models`;
FLUX.2 klein is as wide and deep as its file, but for the text encoder.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

HERE = Path(__file__).resolve().parent
_FOLDER = Path(sys.argv[1])
sys.path.insert(0, str(Path.cwd()))
sys.argv = [sys.argv[0], "--cpu"]

import comfy.options  # noqa: E402

comfy.options.enable_args_parsing()

import comfy.ops  # noqa: E402
import comfy.text_encoders.flux  # noqa: E402
from comfy.ldm.models.autoencoder import AutoencoderKL  # noqa: E402
from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel  # noqa: E402
from comfy.ldm.qwen_image.model import QwenImageTransformer2DModel  # noqa: E402
from comfy.ldm.wan.vae import WanVAE  # noqa: E402
from comfy.sd1_clip import SD1ClipModel  # noqa: E402
from comfy.text_encoders.llama import Qwen25_7BVLI  # noqa: E402

OPS = comfy.ops.disable_weight_init
UNET = {
    "image_size": 32,
    "in_channels": 4,
    "out_channels": 4,
    "model_channels": 320,  # by which ComfyUI knows the model
    "num_res_blocks": [1, 1, 1, 1],
    "channel_mult": [1, 1, 1, 1],
    "transformer_depth": [1, 1, 1, 0],
    "transformer_depth_output": [1, 1, 1, 1, 1, 1, 0, 0],
    "transformer_depth_middle": 1,
    "use_spatial_transformer": True,
    "context_dim": 768,
    "num_heads": 8,
    "legacy": False,
}
PICTURES = {"z_channels": 4, "resolution": 256, "in_channels": 3, "out_ch": 3, "ch": 128, "double_z": True}
PICTURES |= {"ch_mult": [1, 2, 4, 4], "num_res_blocks": 2, "attn_resolutions": [], "dropout": 0.0}
KLEIN = {
    "in_channels": 128,
    "out_channels": 128,
    "vec_in_dim": None,
    "context_in_dim": 3 * 2560,
    "hidden_size": 256,
    "mlp_ratio": 3.0,
    "num_heads": 2,
    "depth": 1,
    "depth_single_blocks": 1,
    "axes_dim": [32] * 4,
    "theta": 2000,
    "patch_size": 1,
    "qkv_bias": False,
    "guidance_embed": False,
    "txt_ids_dims": [3],
    "global_modulation": True,
    "mlp_silu_act": True,
    "ops_bias": False,
}


def weights(network: nn.Module, prefix: str = "", instead_of: str = "") -> dict[str, Tensor]:
    """Seeded random weights, scaled so that values neither grow nor fade on their way."""
    dice = torch.Generator().manual_seed(0)
    found = {}
    for name, tensor in network.state_dict().items():
        if tensor.ndim > 1:
            drawn = torch.randn(tensor.shape, generator=dice) / tensor[0].numel() ** 0.5
        else:
            drawn = torch.full(tensor.shape, 0.0 if name.endswith("bias") else 1.0)
        found[prefix + name.removeprefix(instead_of)] = drawn.to(torch.bfloat16).contiguous()
    return found


def save(kind: str, name: str, tensors: dict[str, Tensor]) -> None:
    (_FOLDER / kind).mkdir(parents=True, exist_ok=True)
    save_file(tensors, _FOLDER / kind / name)


def stable_diffusion() -> dict[str, Tensor]:
    """A whole checkpoint of version 1.5."""
    text = weights(SD1ClipModel(), "cond_stage_model.", "clip_l.")
    beside = ("text_projection.weight", "logit_scale")  # which checkpoints of 1.5 lack
    return (
        weights(UNetModel(**UNET, operations=OPS), "model.diffusion_model.")
        | weights(AutoencoderKL(ddconfig=PICTURES, embed_dim=4), "first_stage_model.")
        | {name: tensor for name, tensor in text.items() if not name.endswith(beside)}
    )


def klein() -> None:
    """FLUX.2 klein 4B, which newer versions know: one block of each kind, two heads."""
    from comfy.ldm.flux.model import Flux
    from comfy.text_encoders.llama import Qwen3_4B

    transformer = Flux(**KLEIN, operations=OPS)
    save("diffusion_models", "flux-2-klein-4b-fp8.safetensors", weights(transformer))
    reader = Qwen3_4B({}, torch.bfloat16, "cpu", OPS)
    save("text_encoders", "qwen_3_4b.safetensors", weights(reader))
    pictures = PICTURES | {"z_channels": 32, "batch_norm_latent": True}
    save("vae", "flux2-vae.safetensors", weights(AutoencoderKL(ddconfig=pictures, embed_dim=32)))


def main() -> None:
    """Write them."""
    spec = importlib.util.spec_from_file_location("small_models", HERE / "small_models.py")
    assert spec is not None and spec.loader is not None
    save("checkpoints", "v1-5-pruned-emaonly-fp16.safetensors", stable_diffusion())
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    editor = QwenImageTransformer2DModel(num_layers=1, operations=OPS)
    save("diffusion_models", "qwen_image_edit_fp8_e4m3fn.safetensors", weights(editor))
    reader = Qwen25_7BVLI({}, torch.float32, "cpu", OPS)
    save("text_encoders", "qwen_2.5_vl_7b_fp8_scaled.safetensors", weights(reader))
    save("vae", "qwen_image_vae.safetensors", weights(WanVAE(z_dim=16)))
    if hasattr(comfy.text_encoders.flux, "klein_te"):
        klein()


if __name__ == "__main__":
    main()
