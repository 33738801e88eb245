"""Other people's weight files, read without running anything in them and mapped onto our networks."""

from .convert import convert
from .formats import FORMATS, recognise
from .mapping import networks_in
from .network import Network
from .reading import Checkpoint, read_checkpoint

__all__ = ["FORMATS", "Checkpoint", "Network", "convert", "networks_in", "read_checkpoint", "recognise"]
