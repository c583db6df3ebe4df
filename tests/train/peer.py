"""The training step of docs/generator.md section 5 in PyTorch: both networks, three losses, two heads, Adam.

Written from the document, not from the C code. Weights come as one vector in the order of the model file, generator first.
"""

import torch
from torch import nn
from torch.nn import functional as F

BLOCKS = 6


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        conv = lambda: nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.body = nn.Sequential(conv(), nn.InstanceNorm2d(c), nn.ReLU(), conv(), nn.InstanceNorm2d(c))

    def forward(self, x):
        return x + self.body(x)


def generator(n):
    def after(layer):
        return [layer, nn.InstanceNorm2d(layer.out_channels), nn.ReLU()]

    layers = after(nn.Conv2d(3, n, 7, padding=3, bias=False))
    layers += after(nn.Conv2d(n, 2 * n, 3, stride=2, padding=1, bias=False))
    layers += after(nn.Conv2d(2 * n, 4 * n, 3, stride=2, padding=1, bias=False))
    layers += [Block(4 * n) for _ in range(BLOCKS)]
    layers += after(nn.ConvTranspose2d(4 * n, 2 * n, 3, stride=2, padding=1, output_padding=1, bias=False))
    layers += after(nn.ConvTranspose2d(2 * n, n, 3, stride=2, padding=1, output_padding=1, bias=False))
    return nn.Sequential(*layers, nn.Conv2d(n, 3, 7, padding=3, bias=False))


def discriminator(views, d):
    def conv(i, o, stride):
        return nn.Conv2d(i, o, 4, stride=stride, padding=1, bias=False)

    layers = [conv(views, d, 2), nn.LeakyReLU(0.2)]
    for i, o, stride in ((d, 2 * d, 2), (2 * d, 4 * d, 2), (4 * d, 8 * d, 1)):
        layers += [conv(i, o, stride), nn.InstanceNorm2d(o), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, conv(8 * d, 1, 1))


def planes(image, crop, dtype):
    """Bytes (y, x, c) as a tensor [1][3][y][x]."""
    return torch.tensor(bytearray(image), dtype=torch.uint8).view(1, crop, crop, 3).permute(0, 3, 1, 2).to(dtype)


class Trainer:
    def __init__(self, channels=64, width=64, crop=64, head="phase", loss="bce", dtype=torch.float32):
        self.crop, self.head, self.loss, self.dtype = crop, head, loss, dtype
        self.generator = generator(channels).to(dtype)
        self.discriminator = discriminator(6 if head == "phase" else 3, width).to(dtype)
        for network in (self.generator, self.discriminator):
            for p in network.parameters():
                nn.init.normal_(p, 0, 0.02)
        adam = lambda network: torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999))
        self.adams = adam(self.generator), adam(self.discriminator)

    def parameters(self):
        return [*self.generator.parameters(), *self.discriminator.parameters()]

    def set_weights(self, vector):
        at = 0
        with torch.no_grad():
            for p in self.parameters():
                p.copy_(vector[at : at + p.numel()].view_as(p))
                at += p.numel()
        assert at == len(vector)

    def gradients(self):
        return [p.grad.reshape(-1) for p in self.parameters()]

    def view(self, u):
        return torch.cat((torch.cos(torch.pi * u), torch.sin(torch.pi * u)), 1) if self.head == "phase" else torch.tanh(u)

    def view_target(self, image):
        byte = planes(image, self.crop, self.dtype)
        return self.view((byte + 0.5) / 128) if self.head == "phase" else byte / 127.5 - 1

    def judge(self, logits, real, fool=False):
        if self.loss == "bce":
            return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))
        if self.loss == "lsgan":
            return ((logits - float(real)) ** 2).mean()
        if fool:
            return -logits.mean()
        return F.relu(1 - logits if real else 1 + logits).mean()

    def step(self, source, target):
        """Losses (generator, real, fake) before the change of weights."""
        of_generator, of_discriminator = self.adams
        u = self.generator(planes(source, self.crop, self.dtype) / 127.5 - 1)
        fake = self.view(u)
        self.discriminator.requires_grad_(False)
        loss = self.judge(self.discriminator(fake), True, fool=True)
        of_generator.zero_grad()
        loss.backward()
        self.discriminator.requires_grad_(True)
        of_discriminator.zero_grad()
        real = self.judge(self.discriminator(self.view_target(target)), True)
        false = self.judge(self.discriminator(fake.detach()), False)
        ((real + false) / 2).backward()
        of_generator.step()
        of_discriminator.step()
        return loss.item(), real.item(), false.item()


# ---- weights and images that C makes alike (tests/support/sequence.c) ----
def sequence(state, count):
    values = []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state)
    return values


def sequence_weights(count):
    return torch.tensor([((v >> 8) / 2**24 - 0.5) * 0.07 for v in sequence(1, count)], dtype=torch.float64)


def sequence_images(size, step):
    return (bytes(v >> 24 for v in sequence(start + step, size)) for start in (1000, 2000))


def run(channels, width, crop, head, loss, steps, dtype=torch.float64):
    """Gradients of the first step, tensor by tensor, and the losses of all."""
    trainer = Trainer(channels, width, crop, head, loss, dtype)
    trainer.set_weights(sequence_weights(sum(p.numel() for p in trainer.parameters())).to(torch.float32).to(dtype))
    gradients, losses = None, []
    for i in range(steps):
        losses.append(trainer.step(*sequence_images(crop * crop * 3, i)))
        if i == 0:
            gradients = [g.clone() for g in trainer.gradients()]
    return gradients, losses
