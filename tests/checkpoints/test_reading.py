"""Files are read as data: whole ones give their tensors, all others one plain error."""

from __future__ import annotations

import argparse
import collections
import os
import pickle
import random
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from ood_core.checkpoints import read_checkpoint
from ood_core.errors import CheckpointError

Save = Callable[..., Path]


@pytest.mark.parametrize("legacy", [False, True])
def test_both_containers_of_torch_give_what_was_saved(save: Save, legacy: bool) -> None:
    tensors = collections.OrderedDict(
        plain=torch.randn(3, 4),
        view=torch.randn(8)[2:5],
        transposed=torch.randn(2, 3).t(),
        whole=torch.arange(4),
        half=torch.randn(3).half(),
        empty=torch.empty(0, 3),
        scalar=torch.tensor(2.5),
        parameter=torch.nn.Parameter(torch.randn(2)),
    )
    content = {
        "state_dict": tensors,
        "linear": torch.nn.Linear(2, 3).state_dict(),
        "opts": {"encoder_type": "GradualStyleEncoder", "rates": [0.1, 0.2], "flag": None},
        "args": argparse.Namespace(path="/somewhere", size=32),
        "seen": {1, 2},
    }
    found = read_checkpoint(save(content, legacy=legacy))
    for name, tensor in tensors.items():
        assert torch.equal(found.tensors[f"state_dict/{name}"], tensor.detach()), name
        assert found.tensors[f"state_dict/{name}"].dtype == tensor.dtype
    assert torch.equal(found.tensors["linear/weight"], content["linear"]["weight"])
    assert found.values["opts/encoder_type"] == "GradualStyleEncoder"
    assert found.values["opts/rates/1"] == 0.2
    assert found.values["args/size"] == 32


def test_safetensors_give_what_was_saved(tmp_path: Path) -> None:
    save_file({"a": torch.arange(3.0)}, tmp_path / "a.bin", metadata={"kind": "x"})
    found = read_checkpoint(tmp_path / "a.bin")
    assert torch.equal(found.tensors["a"], torch.arange(3.0))
    assert found.metadata == {"kind": "x"}


def test_writing_to_a_tensor_that_was_read_changes_no_file(save: Save) -> None:
    path = save({"a": torch.zeros(4)})
    before = path.read_bytes()
    read_checkpoint(path).tensors["a"].fill_(1)
    assert path.read_bytes() == before


class Attack:
    """Runs a command where a careless reader loads it."""

    def __init__(self, target: Path) -> None:
        self.command = f"touch {target}"

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self.command,)


@pytest.mark.parametrize("container", ["zip", "legacy", "bare"])
def test_a_pickle_that_wants_to_run_code_is_refused_by_name_and_runs_nothing(
    save: Save, tmp_path: Path, container: str
) -> None:
    content = {"state_dict": {"a": torch.zeros(2)}, "opts": Attack(tmp_path / "ran")}
    if container == "bare":
        path = tmp_path / "network.pkl"
        path.write_bytes(pickle.dumps(content["opts"]))
    else:
        path = save(content, legacy=container == "legacy")
    with pytest.raises(CheckpointError, match=r"refused, it wants to load '(posix|nt)\.system'") as refusal:
        read_checkpoint(path)
    assert str(path) in str(refusal.value)
    assert not (tmp_path / "ran").exists()


def test_code_in_embedded_bytes_is_refused_too(tmp_path: Path) -> None:
    """torch.storage._load_from_bytes loads anything: a way around many restricted readers."""
    inner = pickle.dumps(Attack(tmp_path / "ran"))

    class Outer:
        def __reduce__(self) -> tuple[object, tuple[bytes]]:
            return torch.storage._load_from_bytes, (inner,)

    path = tmp_path / "network.pkl"
    path.write_bytes(pickle.dumps({"G_ema": Outer()}))
    with pytest.raises(CheckpointError, match="refused"):
        read_checkpoint(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "stand_in",
    [b"ccollections\nOrderedDict\n", b"ctorch._utils\n_rebuild_tensor_v2\n", b"cargparse\nNamespace\n"],
)
def test_a_pickle_cannot_change_what_stands_in_for_its_names(tmp_path: Path, stand_in: bytes) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(b"\x80\x02" + stand_in + b"(N}X\x08\x00\x00\x00__call__K\x01stb.")
    with pytest.raises(CheckpointError, match="damaged"):
        read_checkpoint(path)
    assert read_checkpoint_works(tmp_path)


def read_checkpoint_works(folder: Path) -> bool:
    torch.save(collections.OrderedDict(a=torch.ones(2)), folder / "good.pt")
    return bool(read_checkpoint(folder / "good.pt").tensors["a"].eq(1).all())


def test_whole_modules_are_refused_by_name(save: Save) -> None:
    with pytest.raises(CheckpointError, match=r"torch\.nn\.modules\.linear\.Linear"):
        read_checkpoint(save(torch.nn.Linear(2, 2)))


def test_torchscript_is_refused_because_it_is_code(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(torch.nn.Linear(2, 2)).save(tmp_path / "script.pt")
    with pytest.raises(CheckpointError, match="TorchScript"):
        read_checkpoint(tmp_path / "script.pt")


def repacked(path: Path, compression: int, **records: bytes) -> Path:
    """A zip with some records replaced."""
    with zipfile.ZipFile(path) as old:
        content = {name: old.read(name) for name in old.namelist()}
    content.update({name: data for name in content for key, data in records.items() if name.endswith(key)})
    with zipfile.ZipFile(path, "w", compression) as new:
        for name, data in content.items():
            new.writestr(name, data)
    return path


def test_a_zip_bomb_is_refused_before_it_unpacks(save: Save) -> None:
    path = repacked(save({"a": torch.zeros(1 << 20)}), zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000
    with pytest.raises(CheckpointError, match="packed"):
        read_checkpoint(path)


def test_tensors_that_claim_more_than_the_file_holds_are_refused(save: Save) -> None:
    with pytest.raises(CheckpointError, match="a bomb"):
        read_checkpoint(save({"a": torch.zeros(1).expand(1 << 20, 1 << 10)}))


def test_a_tensor_that_reaches_beyond_its_numbers_is_refused(save: Save) -> None:
    path = save({"a": torch.zeros(16, 16)})
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        code = archive.read(name)
    damaged = code.replace(b"K\x10K\x10\x86", b"K\x10K\x20\x86", 1)
    assert damaged != code
    with pytest.raises(CheckpointError, match="'a'"):
        read_checkpoint(repacked(path, zipfile.ZIP_STORED, **{"data.pkl": damaged}))


def test_a_huge_memo_index_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(b"\x80\x02N" + b"r" + struct.pack("<I", 2**32 - 1) + b".")
    assert read_checkpoint(path).tensors == {}


def test_containers_that_contain_themselves_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    loop: dict[str, object] = {}
    loop["again"] = [loop, loop]
    path.write_bytes(pickle.dumps(loop, protocol=2))
    with pytest.raises(CheckpointError, match="nested"):
        read_checkpoint(path)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_file_cut_off_anywhere_is_refused(save: Save, legacy: bool) -> None:
    path = save({"state_dict": torch.nn.Linear(4, 4).state_dict(), "opts": {"a": 1}}, legacy=legacy)
    whole = path.read_bytes()
    for end in sorted(random.Random(0).sample(range(1, len(whole)), 60)):
        path.write_bytes(whole[:end])
        with pytest.raises(CheckpointError):
            read_checkpoint(path)


@pytest.mark.parametrize("legacy", [False, True])
def test_flipped_bits_are_refused_or_harmless_but_never_anything_else(save: Save, legacy: bool) -> None:
    path = save({"state_dict": torch.nn.Linear(4, 4).state_dict(), "opts": {"a": 1}}, legacy=legacy)
    whole, chance = path.read_bytes(), random.Random(1)
    for _ in range(150):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            read_checkpoint(path)
        except CheckpointError as error:
            assert str(path) in str(error)


def test_flipped_bits_in_weights_are_noticed(save: Save) -> None:
    path = save({"a": torch.full((64,), 1.5)})
    whole = path.read_bytes()
    path.write_bytes(whole.replace(struct.pack("<f", 1.5), struct.pack("<f", 1.75), 1))
    with pytest.raises(CheckpointError, match="checksum"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>quota exceeded</html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS pointer"),
        (b"\x89PNG\r\n\x1a\n", "no weight file"),
        (b"PK\x03\x04 and then nothing", "cut off or damaged"),
        (b"\x80\x04garbage", "damaged"),
        (b"\x10\x00\x00\x00\x00\x00\x00\x00{not json at all", "cut off or damaged"),
    ],
)
def test_what_is_no_weight_file_is_said_to_be_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=said) as refusal:
        read_checkpoint(path)
    assert str(path) in str(refusal.value)


def test_a_file_that_is_not_there_is_said_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_checkpoint(tmp_path / "gone.pt")


def test_a_zip_that_is_not_torch_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(CheckpointError, match=r"data\.pkl"):
        read_checkpoint(tmp_path / "a.pt")
