"""Sockets and widgets of the core nodes that the templates use, as ComfyUI 0.3.64 has them.

Type → (inputs in order, outputs). An input is (name, type) for a socket, (name, type, default) for a widget.
tests/comfyui runs every template in ComfyUI itself, which would notice a difference.
"""

from __future__ import annotations

from typing import Any

Definition = tuple[list[tuple[Any, ...]], list[tuple[str, str]]]

IMAGE, MASK, LATENT, VAE = "IMAGE", "MASK", "LATENT", "VAE"

CORE: dict[str, Definition] = {
    "PreviewImage": ([("images", IMAGE)], []),
    "SaveImage": ([("images", IMAGE), ("filename_prefix", "STRING", "ComfyUI")], []),
    "MaskPreview": ([("mask", MASK)], []),
    "PreviewAny": ([("source", "*")], []),
    "ImageSharpen": (
        [
            ("image", IMAGE),
            ("sharpen_radius", "INT", 1),
            ("sigma", "FLOAT", 1.0),
            ("alpha", "FLOAT", 1.0),
        ],
        [("IMAGE", IMAGE)],
    ),
    "ImageCrop": (
        [
            ("image", IMAGE),
            ("width", "INT", 512),
            ("height", "INT", 512),
            ("x", "INT", 0),
            ("y", "INT", 0),
        ],
        [("IMAGE", IMAGE)],
    ),
    "ImageScale": (
        [
            ("image", IMAGE),
            ("upscale_method", "COMBO", "bicubic"),
            ("width", "INT", 512),
            ("height", "INT", 512),
            ("crop", "COMBO", "disabled"),
        ],
        [("IMAGE", IMAGE)],
    ),
    "ImageBlur": (
        [("image", IMAGE), ("blur_radius", "INT", 1), ("sigma", "FLOAT", 1.0)],
        [("IMAGE", IMAGE)],
    ),
    "ImageScaleToTotalPixels": (
        [("image", IMAGE), ("upscale_method", "COMBO", "lanczos"), ("megapixels", "FLOAT", 1.0)],
        [("IMAGE", IMAGE)],
    ),
    "UNETLoader": (
        [
            ("unet_name", "COMBO", "qwen_image_edit_fp8_e4m3fn.safetensors"),
            ("weight_dtype", "COMBO", "default"),
        ],
        [("MODEL", "MODEL")],
    ),
    "CLIPLoader": (
        [
            ("clip_name", "COMBO", "qwen_2.5_vl_7b_fp8_scaled.safetensors"),
            ("type", "COMBO", "qwen_image"),
            ("device", "COMBO", "default"),
        ],
        [("CLIP", "CLIP")],
    ),
    "VAELoader": ([("vae_name", "COMBO", "qwen_image_vae.safetensors")], [("VAE", VAE)]),
    "ModelSamplingAuraFlow": ([("model", "MODEL"), ("shift", "FLOAT", 3.0)], [("MODEL", "MODEL")]),
    "TextEncodeQwenImageEdit": (
        [("clip", "CLIP"), ("prompt", "STRING", ""), ("vae", VAE), ("image", IMAGE)],
        [("CONDITIONING", "CONDITIONING")],
    ),
    "ImageStitch": (
        [
            ("image1", IMAGE),
            ("image2", IMAGE),
            ("direction", "COMBO", "right"),
            ("match_image_size", "BOOLEAN", True),
            ("spacing_width", "INT", 0),
            ("spacing_color", "COMBO", "white"),
        ],
        [("IMAGE", IMAGE)],
    ),
    "ImageCompositeMasked": (
        [
            ("destination", IMAGE),
            ("source", IMAGE),
            ("mask", MASK),
            ("x", "INT", 0),
            ("y", "INT", 0),
            ("resize_source", "BOOLEAN", False),
        ],
        [("IMAGE", IMAGE)],
    ),
    "CheckpointLoaderSimple": (
        [("ckpt_name", "COMBO", "v1-5-pruned-emaonly-fp16.safetensors")],
        [("MODEL", "MODEL"), ("CLIP", "CLIP"), ("VAE", VAE)],
    ),
    "CLIPTextEncode": ([("clip", "CLIP"), ("text", "STRING", "")], [("CONDITIONING", "CONDITIONING")]),
    "VAEEncode": ([("pixels", IMAGE), ("vae", VAE)], [("LATENT", LATENT)]),
    "VAEDecode": ([("samples", LATENT), ("vae", VAE)], [("IMAGE", IMAGE)]),
    "SetLatentNoiseMask": ([("samples", LATENT), ("mask", MASK)], [("LATENT", LATENT)]),
    "KSampler": (
        [
            ("model", "MODEL"),
            ("positive", "CONDITIONING"),
            ("negative", "CONDITIONING"),
            ("latent_image", LATENT),
            ("seed", "INT", 0),
            ("steps", "INT", 20),
            ("cfg", "FLOAT", 6.0),
            ("sampler_name", "COMBO", "dpmpp_2m"),
            ("scheduler", "COMBO", "karras"),
            ("denoise", "FLOAT", 0.4),
        ],
        [("LATENT", LATENT)],
    ),
}

NEWER: dict[str, dict[str, Any]] = {"ImageScaleToTotalPixels": {"resolution_steps": 1}}
"""What newer versions of ComfyUI require besides. The editor fills it in, but an API file must name it.
0.3.64 ignores it."""

ROWS: dict[str, tuple[str, ...]] = {"OOD_Edit": ("attribute_2", "attribute_3", "attribute_4")}
"""Behind all other widgets in newer versions: a choice, and below it the strength of what was chosen."""
