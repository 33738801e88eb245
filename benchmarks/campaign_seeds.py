"""Unharmed files of every kind, small, for `campaign.py`."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import io
import json
import shutil
import sys
import tempfile
import zipfile
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageCms, PngImagePlugin

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.conftest import make_tiny_bundle  # noqa: E402
from tests.files.writers import chunk, png, tiff  # noqa: E402

STYLES = (8, 16)  # of the tiny bundle's generator
_SIZE = (24, 32)


def _noise(channels: int, bits: int = 8) -> np.ndarray:
    return np.random.default_rng(channels).integers(0, 1 << bits, (*_SIZE, channels))


def pictures(folder: Path) -> None:
    """Every format, mode and depth that is read, and one that is not."""
    colour, grey = (
        Image.fromarray(_noise(3).astype(np.uint8)),
        Image.fromarray(_noise(1)[:, :, 0].astype(np.uint8)),
    )
    clear = Image.fromarray(_noise(4).astype(np.uint8))
    exif, text = Image.Exif(), PngImagePlugin.PngInfo()
    exif[274], exif[315], exif[0x8769], exif[0x8825] = 6, "the artist", {0x829A: 0.01}, {1: "N"}
    text.add_text("Title", "holiday", zip=True)
    text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta/>")
    said = {
        "exif": exif.tobytes(),
        "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    }
    colour.save(folder / "rgb.png", pnginfo=text, dpi=(300, 300), **said)
    clear.save(folder / "rgba.png")
    grey.convert("P").save(folder / "palette.png", transparency=3)
    colour.save(folder / "camera.jpg", quality=80, comment=b"hello", xmp=b"<x:xmpmeta/>", **said)
    colour.save(folder / "progressive.jpg", progressive=True, subsampling=2)
    colour.convert("CMYK").save(folder / "inks.jpg")
    grey.save(folder / "grey.jpg")
    colour.save(folder / "lossy.webp", **said)
    clear.save(folder / "lossless.webp", lossless=True)
    colour.save(folder / "moving.webp", save_all=True, append_images=[colour.rotate(90)])
    for coding in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "raw"):
        colour.save(folder / f"{coding}.tif", compression=coding, **(said if coding == "raw" else {}))
    colour.save(folder / "jpeg.tif", compression="jpeg")
    colour.save(folder / "pages.tif", save_all=True, append_images=[colour])
    grey.convert("1").save(folder / "fax.tif", compression="group4")
    clear.save(folder / "clear.tif")
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        clear.convert(mode).save(folder / f"{mode}.bmp")
    colour.save(folder / "other.gif")
    _deep_pictures(folder)


def _deep_pictures(folder: Path) -> None:
    """16 bits a channel, and what Pillow does not know."""
    key = chunk(b"tRNS", bytes(6)) + chunk(b"cICP", bytes([9, 18, 0, 1])) + chunk(b"mDCV", bytes(24))
    for colours, channels in ((0, 1), (2, 3), (4, 2), (6, 4)):
        between = key if colours == 2 else b""
        (folder / f"deep{colours}.png").write_bytes(
            png(_noise(channels, 16), colours, 16, colours == 6, between)
        )
    for order, planar in (("<", True), (">", False)):
        deep = tiff(_noise(4, 16), 2, 16, order, planar, "zlib", predictor=True, extra=(1 if planar else 2,))
        (folder / f"deep{planar}.tif").write_bytes(deep)
    (folder / "negative.tif").write_bytes(tiff(_noise(1, 16), 0, 16, ">"))


def clips(folder: Path) -> None:
    """Every container, sound, chapters, a turn."""
    import av

    kinds = {
        "mp4": "libx264",
        "mov": "mpeg4",
        "mkv": "libx264",
        "webm": "libvpx-vp9",
        "m4v": "libx265",
        "avi": "mjpeg",
    }
    for suffix, codec in kinds.items():
        with av.open(str(folder / f"clip.{suffix}"), "w", format={"m4v": "mp4"}.get(suffix)) as file:
            stream = file.add_stream(codec, rate=25, options={"x265-params": "log-level=none", "g": "2"})
            stream.height, stream.width = 48, 64
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            file.metadata["title"] = "holiday"
            sound = None
            if suffix in ("mp4", "mkv", "mov"):
                sound = file.add_stream("aac", rate=44100)
                unit = Fraction(1, 1000)
                entry = {"id": 0, "start": 0, "end": 80, "time_base": unit, "metadata": {"title": "one"}}
                file.set_chapters([entry])
            for seed in range(4):
                pixels = np.random.default_rng(seed).integers(0, 256, (6, 8, 3)).astype(np.uint8)
                large = np.kron(pixels, np.ones((8, 8, 1), np.uint8))
                file.mux(stream.encode(av.VideoFrame.from_ndarray(large, format="rgb24")))
            file.mux(stream.encode())
            if sound is not None:
                _silence(file, sound)


def _silence(file: Any, sound: Any) -> None:
    import av

    tone = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
    tone.sample_rate, tone.pts = 44100, 0
    file.mux(sound.encode(tone))
    file.mux(sound.encode())


def landmarks(folder: Path) -> None:
    """In both forms, with and without a byte order mark; and classes of attributes."""
    face = [[4.0, 5.0], [6.0, 5.0], [5.0, 6.5], [4.2, 8.0], [5.8, 8.0]]
    (folder / "named.json").write_text(
        json.dumps({"a.jpg": [face, face], "größe.png": [face]}), encoding="utf-8"
    )
    (folder / "all.json").write_text(json.dumps([face]), encoding="utf-8-sig")
    (folder / "classes.json").write_text(json.dumps({"Smiling": 15, "Beard": [12, -1], "Hat": None}))


def bundles(folder: Path) -> None:
    """The tiny bundle of the tests."""
    from ood_core.bundle import save_bundle

    save_bundle(make_tiny_bundle(), folder / "bundle")


def fit_checksum(bundle: Path, file: Path) -> None:
    """Let bundle.json say that a file is right."""
    manifest = bundle / "bundle.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["sha256"][file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(content), encoding="utf-8")


def checkpoints(folder: Path) -> None:
    """StyleGAN2 generators under others' names, in every container."""
    from safetensors.torch import save_file

    from ood_core.checkpoints.networks import diffcam_table
    from ood_core.checkpoints.stylegan2_names import MMGEN, ROSINALITY, generator_table
    from ood_core.checkpoints.tables import to_theirs

    tiny = make_tiny_bundle()
    state, config = dict(tiny.generator.state_dict()), tiny.generator.config
    average = state.pop("mapping.w_avg")
    theirs = to_theirs(state, generator_table(config, ROSINALITY), kernels=True)
    content = {"g_ema": theirs, "latent_avg": average}
    torch.save(content, folder / "new.pt")
    torch.save(content, folder / "old.pt", _use_new_zipfile_serialization=False)
    full = {**state, "mapping.w_avg": average}
    mmgen = to_theirs(full, generator_table(config, MMGEN), kernels=True)
    prefixed = {f"generator_ema.{name}": tensor for name, tensor in mmgen.items()}
    torch.save({"state_dict": prefixed, "meta": {"iter": 7}}, folder / "mmgen.pth")
    classifier = to_theirs(dict(tiny.diffcam.state_dict()), diffcam_table(tiny.diffcam.config), kernels=False)
    torch.save(classifier, folder / "diffcam.pt")
    save_file({name: tensor.contiguous() for name, tensor in theirs.items()}, folder / "plain.safetensors")


def in_zip(content: bytes) -> bytes:
    """A pickle as torch's container holds it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", content)
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/data/0", bytes(64))
    return file.getvalue()


def directions(folder: Path) -> None:
    """Arrays of one style and of all, in every format."""
    from safetensors.torch import save_file

    random = np.random.default_rng(0)
    one, every = random.normal(size=(1, STYLES[1])), random.normal(size=STYLES).astype(np.float32)
    np.save(folder / "one.npy", one)
    np.save(folder / "every.npy", every)
    np.savez(folder / "named.npz", Smiling=every, Old=one)
    np.savez_compressed(folder / "packed.npz", every)
    torch.save({"Smiling": torch.from_numpy(every)}, folder / "torch.pt")
    save_file({"Smiling": torch.from_numpy(every)}, folder / "safe.safetensors")


def recipes(folder: Path) -> None:
    """Those that ship."""
    for path in (ROOT / "ood_core/training/recipes").rglob("*.toml"):
        if path.name != "bundle.toml":
            shutil.copy(path, folder / path.name)


def recipe_types() -> list[type]:
    """What recipes are read into."""
    from ood_core.training import _task
    from ood_core.training.directions import DirectionsRecipe

    names = ("generator", "encoder", "tuning", "diffcam", "detector", "landmarker", "deghoster", "judge")
    return [DirectionsRecipe, *(_task(name)[1] for name in names)]


def workflows(folder: Path) -> None:
    """The templates whose nodes of ours take from each other alone, with a small picture."""
    for path in sorted((ROOT / "workflows/api").glob("*.json")):
        text = path.read_text(encoding="utf-8").replace('"size": 512', '"size": 64')
        graph = json.loads(text)
        ours = {name: node["inputs"] for name, node in graph.items() if node["class_type"].startswith("OOD_")}
        links = [value[0] for inputs in ours.values() for value in inputs.values() if isinstance(value, list)]
        if set(links) <= set(ours):
            (folder / path.name).write_text(text, encoding="utf-8")


def load_module(name: str, path: Path, **options: Any) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path, **options)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def nodes() -> dict[str, Any]:
    """Node id → class, over the tests' stand-in for ComfyUI."""
    load_module("campaign_standin", ROOT / "tests/nodes/standin.py").install(
        Path(tempfile.gettempdir()) / "no-models"
    )
    pack = load_module("campaign_pack", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    found = asyncio.run(asyncio.run(pack.comfy_entrypoint()).get_node_list())
    return {each.define_schema().node_id: each for each in found}
