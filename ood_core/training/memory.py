"""How tensors lie in memory."""

from ..memory import channels_last

__all__ = ["channels_last"]
