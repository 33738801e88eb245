"""Recipes of a few steps at 32 px, so that a whole bundle is trained in seconds."""

from __future__ import annotations

from pathlib import Path

LOOP = """
[loop]
seed = 1
precision = "no"
log_every = 2
sheet_every = 100
checkpoint_every = 2

[data]
domain = "portraits"
resolution = 32
count = 24
seed = 7
"""

EDITS = """
[edits]
weakest = 0.3
strongest = 1.5
"""

GENERATOR = """
ema_half_life_kimg = 0.01
r1_interval = 2
phases = [
  {resolution = 16, kimg = 0.008, batch = 4, learning_rate = 2e-3},
  {resolution = 32, kimg = 0.008, batch = 4, learning_rate = 2e-3},
  {resolution = 32, kimg = 0.008, batch = 4, learning_rate = 1e-3, adversarial = 0.1, gamma = 0.1},
]
[generator]
resolution = 32
z_dim = 236
w_dim = 16
mapping_layers = 2
lr_multiplier = 1.0
channel_base = 256
channel_max = 16
[discriminator]
resolution = 32
channel_base = 256
channel_max = 16
"""

ENCODER = """
edge_weight = 1.0
phases = [
  {kimg = 0.008, batch = 4, learning_rate = 2e-3, latent = 1.0, image = 0.0, foreign = 0.5},
  {kimg = 0.008, batch = 4, learning_rate = 1e-3, latent = 0.1, image = 1.0, foreign = 0.5},
]
[encoder]
input_resolution = 16
stem = 8
widths = [8, 8, 16, 16]
depths = [1, 1, 1, 1]
n_styles = 8
style_dim = 16
coarse = 2
middle = 5
"""

DIRECTIONS = """
domain = "portraits"
pairs = 32
seed = 3
absent = 0.0
present = 1.0
"""

TUNING = """
kimg = 0.016
batch = 4
generator_rate = 1e-3
encoder_rate = 1e-3
whole_way = 1.0
latent = 0.1
edge_weight = 0.1
change = 2.0
things = 0.5
foreign = 0.5
mapping_kimg = 0.008
mapping_rate = 1e-3
"""

DIFFCAM = """
kimg = 0.016
batch = 4
learning_rate = 1e-3
[diffcam]
input_resolution = 32
base_width = 4
depths = [1, 1, 2, 1]
strides = [1, 2, 2, 1]
split = 1
classes = 7
"""

DEGHOSTER = """
kimg = 0.016
batch = 4
learning_rate = 1e-3
foreign = 0.5
adversarial_from = 0.5
[deghoster]
in_resolution = 16
trunk_channels = 8
growth_channels = 4
trunk_blocks = 1
[weights]
pixel = 1.0
perceptual = 1e-2
adversarial = 1e-3
"""

DECOMPOSER = """
kimg = 0.008
batch = 2
learning_rate = 1e-3
drawn = 0.5
[loop]
seed = 1
precision = "no"
log_every = 2
sheet_every = 100
checkpoint_every = 2
"""

DETECTOR = """
kimg = 0.008
batch = 2
learning_rate = 1e-3
[loop]
seed = 1
precision = "no"
log_every = 2
sheet_every = 100
checkpoint_every = 2
[crowds]
domain = "portraits"
portraits = 3
walls = 1
seed = 7
side = 64
people = 2
blurred = 0.5
foreign = 0.5
[crowds.placing]
smallest = 0.3
largest = 2.0
degrees = 45.0
[weights]
box = 2.0
landmarks = 10.0
"""

LANDMARKER = """
kimg = 0.016
batch = 4
learning_rate = 1e-3
[loop]
seed = 1
precision = "no"
log_every = 2
sheet_every = 100
checkpoint_every = 2
[crowds]
domain = "portraits"
portraits = 3
walls = 1
seed = 7
side = 64
people = 2
blurred = 0.5
foreign = 0.5
[crowds.placing]
smallest = 0.3
largest = 2.0
degrees = 45.0
[landmarker]
side = 16
widths = [2, 2, 2, 2]
hidden = 4
[unsteady]
shift = 0.1
grow = 0.1
degrees = 10.0
"""

BUNDLE = """
name = "tiny-portraits"
licence = "MIT"
provenance = "a test"
weakest = -1.5
strongest = 1.5
half = true
foreign_low = 25.0
foreign_high = 50.0
"""


def write_recipes(folder: Path) -> Path:
    """Write all recipes into a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "generator": GENERATOR + LOOP,
        "encoder": ENCODER + LOOP,
        "directions": DIRECTIONS,
        "tuning": TUNING + LOOP,
        "diffcam": DIFFCAM + EDITS + LOOP,
        "decomposer": DECOMPOSER,
        "deghoster": DEGHOSTER + EDITS + LOOP,
        "detector": DETECTOR,
        "landmarker": LANDMARKER,
        "bundle": BUNDLE,
    }
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder
