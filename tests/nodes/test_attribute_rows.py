"""Further attributes of an edit, chosen in rows of their own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

ROWS = ["attribute_2", "attribute_3", "attribute_4"]
OLD = {"attribute_2": {"attribute_2": "Old", "strength": -0.5}}
AS_IT_IS = {"align": "never"}


@pytest.fixture(autouse=True)
def newer_version(standin: ModuleType, pack: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A ComfyUI that has DynamicCombo."""
    from comfy_api.latest import io

    monkeypatch.setattr(io, "DynamicCombo", standin.DynamicCombo, raising=False)
    monkeypatch.setattr(io, "Hidden", SimpleNamespace(unique_id="UNIQUE_ID"), raising=False)
    with torch.inference_mode():
        yield


@contextmanager
def refused(says: str) -> Iterator[None]:
    with pytest.raises(Exception, match=says) as caught:
        yield
    assert "OodError" in [base.__name__ for base in type(caught.value).__mro__]


def portrait() -> torch.Tensor:
    return torch.rand(1, 48, 48, 3, generator=torch.Generator().manual_seed(0))


def test_rows_stand_behind_everything_that_saved_graphs_hold_by_position(nodes: dict[str, Any]) -> None:
    assert [socket.id for socket in nodes["Edit"].define_schema().inputs][-3:] == ROWS


def test_versions_without_them_take_a_text(nodes: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from comfy_api.latest import io

    monkeypatch.delattr(io, "DynamicCombo")
    names = [socket.id for socket in nodes["Edit"].define_schema().inputs]
    assert not set(ROWS) & set(names) and "more" in names


def test_a_row_edits_as_the_text_does(nodes: dict[str, Any], bundle: Any) -> None:
    first = (bundle, "Smiling", 1.0, portrait())
    row = nodes["Edit"].execute(*first, **OLD, **AS_IT_IS)
    text = nodes["Edit"].execute(*first, more="Old=-0.5", **AS_IT_IS)
    alone = nodes["Edit"].execute(*first, attribute_2={"attribute_2": "none"}, **AS_IT_IS)
    assert torch.equal(row[3], text[3]) and row[5] == text[5]
    assert not torch.equal(row[3], alone[3])


def test_an_attribute_has_one_strength(nodes: dict[str, Any], bundle: Any) -> None:
    first = (bundle, "Old", 1.0, portrait())
    for twice in (OLD, {"more": "Old=1"}):
        with refused("'Old' is named twice"):
            nodes["Edit"].execute(*first, **twice, **AS_IT_IS)


def test_a_row_of_which_comfyui_hands_on_nothing_is_refused(nodes: dict[str, Any], bundle: Any) -> None:
    """It leaves out choices that it does not know: an edit would be missing without a word."""

    class Running(nodes["Edit"]):
        hidden = SimpleNamespace(unique_id="3", prompt={"3": {"inputs": {"attribute_3": "Smilin"}}})

    with refused(r"'attribute_3' cannot be 'Smilin'.*Smiling"):
        Running.execute(bundle, "Old", 1.0, portrait(), **AS_IT_IS)


@pytest.mark.parametrize("strength", [math.nan, "much", None])
def test_a_strength_is_a_number(nodes: dict[str, Any], bundle: Any, strength: Any) -> None:
    row = {"attribute_2": "Old", "strength": strength}
    with refused("'strength' must be a finite number"):
        nodes["Edit"].execute(bundle, "Smiling", 1.0, portrait(), attribute_2=row, **AS_IT_IS)
