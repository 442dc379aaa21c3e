"""Writes adamw.golden.json: 20 steps of AdamW in float64, straight from the paper, for finetune/optimizer.spec.ts.

Algorithm 2 of Loshchilov and Hutter 2019 (arXiv:1711.05101) with the decay scaled by the learning rate, and gradients clipped
by their global norm as torch.nn.utils.clip_grad_norm_ does. Plain Python; no package is needed.
Run: python3 adamw_golden.py > adamw.golden.json
"""
import json
import math

BETA1, BETA2, EPSILON, DECAY, MAX_NORM = 0.9, 0.999, 1e-8, 0.05, 1.0
STEPS = 20
SIZES = {"weight": (6, True), "bias": (4, False)}


def start(name, i):
    return math.sin(1.7 * i + len(name))


def gradient(name, i, step):
    # Of very different sizes, so that clipping matters in some steps only.
    return math.cos(2.3 * i + 0.9 * step + len(name)) * (0.05 if step % 3 else 2.0)


def rate(step):
    return 1e-2 * (1 - step / 25)


values = {name: [start(name, i) for i in range(size)] for name, (size, _) in SIZES.items()}
first = {name: [0.0] * size for name, (size, _) in SIZES.items()}
second = {name: [0.0] * size for name, (size, _) in SIZES.items()}
given, norms = [], []
begin = {name: list(v) for name, v in values.items()}
for t in range(1, STEPS + 1):
    g = {name: [gradient(name, i, t) for i in range(size)] for name, (size, _) in SIZES.items()}
    given.append(g)
    norm = math.sqrt(sum(x * x for v in g.values() for x in v))
    norms.append(norm)
    scale = min(1.0, MAX_NORM / (norm + 1e-6))
    lr = rate(t - 1)
    for name, (size, decays) in SIZES.items():
        for i in range(size):
            x = g[name][i] * scale
            w = values[name][i] * (1 - lr * DECAY if decays else 1)
            first[name][i] = BETA1 * first[name][i] + (1 - BETA1) * x
            second[name][i] = BETA2 * second[name][i] + (1 - BETA2) * x * x
            m = first[name][i] / (1 - BETA1**t)
            v = second[name][i] / (1 - BETA2**t)
            values[name][i] = w - lr * m / (math.sqrt(v) + EPSILON)
print(
    json.dumps(
        {
            "settings": {"beta1": BETA1, "beta2": BETA2, "epsilon": EPSILON, "weightDecay": DECAY, "maxNorm": MAX_NORM},
            "rates": [rate(step) for step in range(STEPS)],
            "start": begin,
            "gradients": given,
            "norms": norms,
            "end": values,
            "mean": first,
            "square": second,
        },
        indent=1,
    )
)
