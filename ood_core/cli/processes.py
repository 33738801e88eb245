"""Several processes, one command: what `accelerate launch` or torchrun starts shares the pictures."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from accelerate import PartialState

T = TypeVar("T")


def own_share(items: list[T]) -> list[T]:
    """What this process is to do of a list that all processes have; all of it where it is alone.

    Returns when every process has come here, so that none takes another's results for files in its way.
    """
    if _alone():
        return items
    state = _state()
    state.wait_for_everyone()
    return items[state.process_index :: state.num_processes]


def wait_for_others() -> None:
    """Return when every process has come here: a launcher ends all when one of them has failed."""
    if not _alone():
        _state().wait_for_everyone()


def own_gpu() -> int:
    """Which of a machine's GPUs is this process's."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def _alone() -> bool:
    return int(os.environ.get("WORLD_SIZE", "1")) == 1


def _state() -> PartialState:
    import torch
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available(), timeout=timedelta(weeks=1))
