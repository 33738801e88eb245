"""Training encoder, generator and directions together, on photographs whose latents nobody knows.

The pair is an autoencoder in W+, small pictures first: so a thousand photographs are enough, of which an
adversarial training would learn nothing but the thousand. Some pictures are drawn from the mean of their
styles, so that the space W, in which random pictures are sampled, means something too. In editing phases the
latents of half of a batch move along one attribute's direction: a classifier trained on the labels has to see
the change, everything else has to stay, and a discriminator must not tell the picture from a photograph (He
et al. 2019, AttGAN). Pairs of pictures of one person without and with an attribute are asked for as they are.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from einops import einsum, rearrange
from torch import Tensor, nn

from ..bundle.memory import channels_last
from ..errors import RecipeError
from ..files.networks import save_network
from ..images import resize_area
from ..inversion import GradualStyleEncoder
from ..stylegan2 import Discriminator, Generator
from .augment import foreign_shapes
from .autoencoder_network import Autoencoder, disturb, relative_to
from .autoencoder_recipe import AutoencoderPhase, AutoencoderRecipe
from .captured import Captured
from .encoder import psnr_of
from .face_views import FaceViews
from .generator import r1_penalty
from .label_steps import label_steps
from .labels import read_labels
from .mapping import follow_latents
from .perceptual import load_perceptual, packaged_vgg
from .photographs import load_photographs
from .reader import Reader, balance
from .schedule import phase_at, update_average, warm_then_decay
from .stages import save_directions

if TYPE_CHECKING:
    from accelerate import Accelerator

_SHEET = 8
_IN_W = 0.15  # of the pictures are drawn from the mean of their styles
_JITTER = 0.1  # of the latents, in each one's spread: what lies between two people must be a face as well
_SMALL = 1e-3  # weight of the latents' squares, which nothing else bounds: demodulation hides their size
_CLIPPED = 1.0  # largest norm of a step's gradients
_ENCODER_RATE = 0.4  # of the generator's learning rate
_READER_RATE = 1e-3
_SETTLING = 100  # batches on which the averaged encoder's batch statistics are measured anew


class AutoencoderTask:
    """A task of `loop.train`; what it exports is the average of its networks.

    ``beside``: the recipe's folder, where its labels lie.
    """

    def __init__(
        self, recipe: AutoencoderRecipe, folder: Path, accelerator: Accelerator, beside: Path
    ) -> None:
        self.recipe, self.accelerator = recipe, accelerator
        photographs = load_photographs(folder.parent / "photographs")
        if photographs.recipe.resolution != recipe.generator.resolution:
            raise RecipeError(
                f"The faces were cut out at {photographs.recipe.resolution} px, the generator draws "
                f"{recipe.generator.resolution}: make photographs.toml and autoencoder.toml agree."
            )
        self.photographs = photographs
        self.views = FaceViews(photographs, accelerator.device)
        self.trained_on = photographs.indices(held_out=False)
        self.pairs = photographs.pairs(recipe.pairs.without, recipe.pairs.with_it, held_out=False)
        self.labels = read_labels(beside / recipe.labels, photographs, recipe.attributes)
        self.balance = balance(self.labels[self.trained_on]).to(accelerator.device)
        vgg = beside / recipe.vgg if recipe.vgg else packaged_vgg()
        self.perceptual = load_perceptual(vgg).to(accelerator.device)
        torch.manual_seed(recipe.loop.seed)
        generator = channels_last(Generator(recipe.generator))
        self.model = Autoencoder(generator, GradualStyleEncoder(recipe.encoder), len(recipe.attributes))
        self.model.to(accelerator.device)
        self.discriminator = channels_last(Discriminator(recipe.discriminator)).to(accelerator.device)
        self.reader = Reader(len(recipe.attributes)).to(accelerator.device)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.modules: dict[str, nn.Module] = {
            "model": self.model,
            "average": self.average,
            "discriminator": self.discriminator,
            "reader": self.reader,
        }
        self.learning = [p for name, p in self.model.named_parameters() if ".mapping." not in name]
        on_gpu = accelerator.device.type == "cuda"

        def rate(value: float) -> float | Tensor:  # a number would be recorded along with the step
            return torch.tensor(value, device=accelerator.device) if on_gpu else value

        # the encoder's convolutions have no equalised rate: at the generator's they grew without end
        encoder = list(self.model.encoder.parameters())
        drawing = [p for p in self.learning if all(p is not own for own in encoder)]
        groups = [{"params": drawing, "lr": rate(1e-3)}, {"params": encoder, "lr": rate(1e-3)}]
        adam = torch.optim.Adam(groups, rate(1e-3), (0.9, 0.99), fused=True, capturable=on_gpu)
        against = torch.optim.Adam(
            self.discriminator.parameters(), rate(1e-3), (0.0, 0.99), fused=True, capturable=on_gpu
        )
        reading = torch.optim.AdamW(
            self.reader.parameters(), rate(1e-3), weight_decay=0.05, fused=True, capturable=on_gpu
        )
        self.captured = Captured(accelerator.device)
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "model": adam,
            "discriminator": against,
            "reader": reading,
        }
        self.steps = sum(phase.steps for phase in recipe.phases)

    def step(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """One batch: the autoencoder; then, where the phase has them, the reader and the discriminator."""
        recipe = self.recipe
        phase, local = phase_at(recipe.phases, index)
        self._set_rate(phase.learning_rate * warm_then_decay(local, phase.steps))
        penalised = bool(phase.adversarial) and index % recipe.r1_interval == 0
        if phase.editing and local == 0:
            self._begin_editing()

        def learn(inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
            return self._learn(phase, penalised, inputs)

        scalars = self.captured((phase, penalised), learn, self._inputs(phase, random))
        update_average(self.average, self.model, index, phase.batch, recipe.ema_half_life_kimg)
        return scalars

    @torch.no_grad()
    def _begin_editing(self) -> None:
        """Edits begin as the labels' own steps, and the pairs' where there are any."""
        self._settle()
        device = self.accelerator.device

        def encoded(indices: Tensor) -> Tensor:
            faces = self.photographs.faces(indices).split(64)
            return torch.cat([self.average.encode(part.to(device)).float() for part in faces])

        steps = label_steps(encoded(self.trained_on), self.labels[self.trained_on].to(device))
        if len(self.pairs):
            apart = encoded(self.pairs[:, 1]) - encoded(self.pairs[:, 0])
            steps[self.recipe.attributes.index(self.recipe.pairs.attribute)] = apart.mean(dim=0)
        self.model.steps.copy_(steps)
        self.average.steps.copy_(steps)
        self.average.train()

    def _inputs(self, phase: AutoencoderPhase, random: torch.Generator) -> dict[str, Tensor]:
        """All that a step sees, on the device. Pairs come first; the first half of the batch is edited."""
        count, attributes = phase.batch, len(self.recipe.attributes)
        paired = round(self.recipe.pairs.share * count) // 2 * 2 if len(self.pairs) else 0
        couples = self.pairs[torch.randint(max(1, len(self.pairs)), (paired // 2,), generator=random)]
        couples = torch.cat([couples, couples.flip(1)])
        alone = self.trained_on[torch.randint(len(self.trained_on), (count - paired,), generator=random)]
        first, second = torch.cat([couples[:, 0], alone]), torch.cat([couples[:, 1], alone])
        image, aim = self.views(random, first, second)
        shown, cover = foreign_shapes(image, random, self.recipe.foreign)
        labels = self.labels[first]
        before = labels[: count // 2]
        known = torch.isfinite(before).float()
        chosen = torch.multinomial(known + 1e-6, 1, generator=random)
        chosen[:paired] = self.recipe.attributes.index(self.recipe.pairs.attribute)
        asked = torch.zeros(len(before), attributes).scatter(1, chosen, 1.0)
        before = before.nan_to_num(0.0)
        styles, width = self.recipe.generator.num_styles, self.recipe.generator.w_dim
        on_host = {
            "labels": labels,
            "strengths": asked * (1 - 2 * before),
            "after": before + asked * (1 - 2 * before),
            "weight": torch.where(asked > 0, float(attributes), known),  # as much as all the others together
            "in_w": (torch.rand(count, 1, 1, generator=random) < _IN_W).float(),
            "jitter": _JITTER * torch.randn(count, styles, width, generator=random),
        }
        return {
            **{name: tensor.to(image.device, non_blocking=True) for name, tensor in on_host.items()},
            "image": image,
            "aim": aim[:paired],
            "small": resize_area(shown, self.recipe.encoder.input_resolution),
            "wanted": _at(image, phase.resolution),
            "seen": 1 - _at(cover, phase.resolution),
        }

    def _learn(
        self, phase: AutoencoderPhase, penalised: bool, inputs: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """What a step does on the device; see `Captured`."""
        wanted, seen = inputs["wanted"], inputs["seen"]
        with self.accelerator.autocast():
            latents = self.model.encoder(inputs["small"]).float()
            disturbed = disturb(latents, inputs["in_w"], inputs["jitter"])
            made = self.model.generator.synthesis(disturbed, phase.resolution)
            loss = self._unlike(made, wanted, seen, phase) + _SMALL * latents.square().mean()
            scalars = {"psnr": psnr_of((made.detach().clamp(-1, 1) - wanted).square() * seen)}
            fake = made
            if phase.editing:
                part, edited = self._edited(latents, made, inputs, phase)
                loss = loss + phase.editing * part
                scalars["editing"] = part.detach()
                fake = torch.cat([edited, made[len(edited) :]])
            if phase.adversarial:
                realness = F.softplus(-self.discriminator(fake).float()).mean()
                loss = loss + phase.adversarial * realness
                scalars["realness"] = realness.detach()
        self._descend("model", loss, self.learning)
        if phase.editing:
            scalars["reading"] = self._read(inputs["image"], made.detach(), inputs["labels"])
        if phase.adversarial:
            scalars["discriminator"] = self._discriminate(fake.detach(), inputs["image"], penalised)
        return scalars

    def _unlike(self, made: Tensor, wanted: Tensor, seen: Tensor | float, phase: AutoencoderPhase) -> Tensor:
        """L1 and perceptual distance where something is to be seen."""
        loss = ((made - wanted).abs() * seen).mean()
        if phase.perceptual:
            shown = made * seen + wanted * (1 - seen)
            loss = loss + phase.perceptual * self.perceptual(shown, wanted).mean()
        return loss

    def _edited(
        self, latents: Tensor, made: Tensor, inputs: Mapping[str, Tensor], phase: AutoencoderPhase
    ) -> tuple[Tensor, Tensor]:
        """Edits of the first half of the batch: their loss, and the pictures."""
        strengths, weight, aim = inputs["strengths"], inputs["weight"], inputs["aim"]
        moved = latents[: len(strengths)] + einsum(strengths, self.model.steps, "b a, a l d -> b l d")
        edited = self.model.generator.synthesis(moved)
        logits = self.reader(edited).float()
        reads = F.binary_cross_entropy_with_logits(logits, inputs["after"], reduction="none")
        loss = (reads * weight).sum() / weight.sum()
        loss = loss + self.recipe.stay * (edited - made[: len(edited)].detach()).abs().mean()
        if len(aim):
            loss = loss + self._unlike(edited[: len(aim)], aim, 1.0, phase)
        return loss, edited

    def _read(self, image: Tensor, made: Tensor, labels: Tensor) -> Tensor:
        """Train the reader on photographs and on what the generator makes of them: it must not be fooled by
        marks that only the generator leaves."""
        with self.accelerator.autocast():
            logits = self.reader(torch.cat([image, made])).float()
        twice = torch.cat([labels, labels])
        weight = torch.where(twice == 1, self.balance, torch.ones_like(self.balance)) * torch.isfinite(twice)
        loss = F.binary_cross_entropy_with_logits(logits, twice.nan_to_num(0.0), reduction="none")
        loss = (loss * weight).sum() / weight.sum()
        self._descend("reader", loss, list(self.reader.parameters()))
        return loss.detach()

    def _discriminate(self, fake: Tensor, real: Tensor, penalised: bool) -> Tensor:
        with self.accelerator.autocast():
            on_fake, on_real = self.discriminator(fake).float(), self.discriminator(real).float()
            logistic = F.softplus(on_fake).mean() + F.softplus(-on_real).mean()
        loss = logistic
        if penalised:
            weight = 0.5 * self.recipe.gamma * self.recipe.r1_interval
            loss = loss + weight * r1_penalty(self.discriminator, real)
        self._descend("discriminator", loss, list(self.discriminator.parameters()))
        return logistic.detach()

    def _set_rate(self, rate: float) -> None:
        """Of each part; the reader learns what photographs show at its own pace."""
        drawing, encoding = self.optimisers["model"].param_groups
        (against,) = self.optimisers["discriminator"].param_groups
        (reading,) = self.optimisers["reader"].param_groups
        rates = (drawing, rate), (encoding, _ENCODER_RATE * rate), (against, rate), (reading, _READER_RATE)
        for group, own in rates:
            if isinstance(group["lr"], Tensor):  # from a checkpoint it comes on the CPU
                group["lr"] = group["lr"].to(self.accelerator.device).fill_(own)
            else:
                group["lr"] = own

    def _descend(self, name: str, loss: Tensor, parameters: list[nn.Parameter]) -> None:
        optimiser = self.optimisers[name]
        optimiser.zero_grad(set_to_none=True)
        loss.backward(inputs=parameters)
        nn.utils.clip_grad_norm_(parameters, _CLIPPED)
        optimiser.step()

    @torch.no_grad()
    def sheet(self) -> Tensor:
        """Rows: people never trained on, their inversions, then each attribute added and taken away."""
        indices = self.photographs.indices(held_out=True)
        indices = indices[torch.linspace(0, len(indices) - 1, _SHEET).long()]
        image = self.photographs.faces(indices).to(self.accelerator.device)
        self.average.eval()
        latents = self.average.encode(image)
        rows = [image, self.average.draw(latents)]
        for step in self.average.steps:
            rows += [self.average.draw(latents + step), self.average.draw(latents - step)]
        self.average.train()
        return rearrange(torch.cat(rows).cpu(), "(r c) ch h w -> ch (r h) (c w)", c=_SHEET).clamp(-1, 1)

    @torch.no_grad()
    def export(self, folder: Path) -> None:
        """Write generator, encoder and directions, the encoder's mean moved into w_avg."""
        self._settle()
        model = copy.deepcopy(self.average).cpu().eval()
        faces = self.photographs.faces(self.trained_on)
        latents = torch.cat([model.encode(part) for part in faces.split(64)])
        follow_latents(model.generator.mapping, latents, self.recipe.loop.seed)
        model.encoder = relative_to(model.encoder, model.generator.mapping.w_avg)
        save_network(folder / "generator.safetensors", model.generator)
        save_network(folder / "encoder.safetensors", model.encoder)
        steps = model.steps.detach()
        lengths = {name: float(s.norm()) for name, s in zip(self.recipe.attributes, steps, strict=True)}
        directions = {
            name: s / max(lengths[name], 1e-8) for name, s in zip(self.recipe.attributes, steps, strict=True)
        }
        save_directions(folder, directions, lengths)

    @torch.no_grad()
    def _settle(self) -> None:
        """Measure the averaged encoder's batch statistics: those of the trained one are of other weights."""
        norms: list[Any] = [m for m in self.average.encoder.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean of all batches
        self.average.encoder.train()
        random = torch.Generator().manual_seed(self.recipe.loop.seed)
        batch = self.recipe.phases[-1].batch
        for _ in range(_SETTLING):
            chosen = self.trained_on[torch.randint(len(self.trained_on), (batch,), generator=random)]
            self.average.encode(self.views(random, chosen)[0])
        self.average.encoder.eval()


def _at(picture: Tensor, resolution: int) -> Tensor:
    return picture if picture.shape[-1] == resolution else resize_area(picture, resolution)
