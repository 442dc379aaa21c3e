"""Golden gradients of encoders: of several losses with respect to every weight of tiny BERT, DistilBERT and RoBERTa.

A plain reverse-mode differentiation over numpy in float64, of the simplest operations only (sums, products, quotients,
powers, exp, erf, tanh, reductions, indexing), so that it shares no formula with the rules it checks: layer
normalisation, Gelu, softmax and the losses are spelt out from their definitions. Each gradient is checked here against
central differences along a random direction. The weights are those that scripts/random-encoder.mjs draws.

Needs Python 3 with numpy, and Node. Writes libs/onnx-graph/src/differentiate/golden-gradients.json. From the root:
    npm run build && python3 scripts/golden-gradients.py
    npx prettier --write libs/onnx-graph/src/differentiate/golden-gradients.json
"""
import json
import math
import subprocess
import tempfile

import numpy as np

TARGET = "libs/onnx-graph/src/differentiate/golden-gradients.json"
SHAPE = {"layers": 2, "hidden": 8, "heads": 2, "intermediate": 16, "vocab": 30, "maxPosition": 10, "weightScale": 0.4, "seed": 5}
ROWS, TOKENS = 4, 6
LENGTHS = [6, 4, 2, 5]
CLASSES = 3
np_erf = np.vectorize(math.erf)


class Value:
    """A node of the computation: data, and how its gradient goes on to what it was computed from."""

    # Arrays leave arithmetic with values to the values.
    __array_ufunc__ = None

    def __init__(self, data, sources=()):
        self.data, self.sources, self.gradient = np.asarray(data, dtype=np.float64), sources, None

    def __add__(self, other):
        other = lift(other)
        return Value(self.data + other.data, [(self, lambda g: g), (other, lambda g: g)])

    def __mul__(self, other):
        other = lift(other)
        return Value(self.data * other.data, [(self, lambda g: g * other.data), (other, lambda g: g * self.data)])

    def __pow__(self, power):
        return Value(self.data**power, [(self, lambda g: g * power * self.data ** (power - 1))])

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -lift(other)

    def __truediv__(self, other):
        return self * lift(other) ** -1.0

    __radd__, __rmul__ = __add__, __mul__

    def __matmul__(self, other):
        swap = lambda a: np.swapaxes(a, -1, -2)
        return Value(self.data @ other.data, [(self, lambda g: g @ swap(other.data)), (other, lambda g: swap(self.data) @ g)])

    def apply(self, function, slope):
        return Value(function(self.data), [(self, lambda g: g * slope(self.data))])

    def sum(self, axis=None, keepdims=False):
        def back(g):
            return np.broadcast_to(g if keepdims or axis is None else np.expand_dims(g, axis), self.data.shape)

        return Value(self.data.sum(axis=axis, keepdims=keepdims), [(self, back)])

    def mean(self, axis):
        return self.sum(axis, keepdims=True) / self.data.shape[axis]

    def moved(self, function, inverse):
        return Value(function(self.data), [(self, inverse)])

    def reshape(self, *shape):
        return self.moved(lambda a: a.reshape(shape), lambda g: g.reshape(self.data.shape))

    def transpose(self, *order):
        return self.moved(lambda a: a.transpose(order), lambda g: g.transpose(np.argsort(order)))

    def __getitem__(self, index):
        def back(g):
            whole = np.zeros_like(self.data)
            np.add.at(whole, index, g)
            return whole

        return Value(self.data[index], [(self, back)])

    def backward(self):
        order, seen = [], set()

        def visit(value):
            if id(value) not in seen:
                seen.add(id(value))
                for source, _ in value.sources:
                    visit(source)
                order.append(value)

        visit(self)
        self.gradient = np.ones_like(self.data)
        for value in reversed(order):
            for source, back in value.sources:
                gradient = fitted(back(value.gradient), source.data.shape)
                source.gradient = gradient if source.gradient is None else source.gradient + gradient


def lift(value):
    return value if isinstance(value, Value) else Value(value)


def fitted(gradient, shape):
    """Sums a gradient over the axes that were broadcast."""
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and gradient.shape[axis] != 1:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return gradient


exp = lambda x: x.apply(np.exp, np.exp)
log = lambda x: x.apply(np.log, lambda a: 1 / a)
tanh = lambda x: x.apply(np.tanh, lambda a: 1 - np.tanh(a) ** 2)
erf = lambda x: x.apply(np_erf, lambda a: 2 / math.sqrt(math.pi) * np.exp(-(a**2)))
activations = {
    "gelu": lambda x: 0.5 * x * (1.0 + erf(x / math.sqrt(2))),
    "gelu_new": lambda x: 0.5 * x * (1.0 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3.0))),
}


def log_softmax(x):
    shifted = x - x.data.max(axis=-1, keepdims=True)
    return shifted - log(exp(shifted).sum(axis=-1, keepdims=True))


def linear(w, name, x):
    return x @ w[f"{name}.weight"].transpose(1, 0) + w[f"{name}.bias"]


def layer_norm(w, name, x, epsilon):
    centred = x - x.mean(-1)
    return centred / ((centred**2.0).mean(-1) + epsilon) ** 0.5 * w[f"{name}.weight"] + w[f"{name}.bias"]


def attention(q, k, v, mask, heads):
    rows, tokens, hidden = q.data.shape
    split = lambda x: x.reshape(rows, tokens, heads, hidden // heads).transpose(0, 2, 1, 3)
    scores = split(q) @ split(k).transpose(0, 1, 3, 2) / math.sqrt(hidden // heads)
    weights = exp(log_softmax(scores + np.where(mask[:, None, None, :] == 1, 0.0, -1e30)))
    return (weights @ split(v)).transpose(0, 2, 1, 3).reshape(rows, tokens, hidden)


NAMES = {
    "bert": ("encoder.layer", ["attention.self.query", "attention.self.key", "attention.self.value"],
             ["attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"]),
    "distilbert": ("transformer.layer", ["attention.q_lin", "attention.k_lin", "attention.v_lin"],
                   ["attention.out_lin", "sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm"]),
}
NAMES["roberta"] = NAMES["bert"]


def encode(family, w, config, ids, mask, types):
    epsilon = 1e-12 if family == "distilbert" else config["layer_norm_eps"]
    act = activations[config["activation" if family == "distilbert" else "hidden_act"]]
    positions = np.tile(np.arange(ids.shape[1]), (ids.shape[0], 1))
    if family == "roberta":
        seen = ids != config["pad_token_id"]
        positions = np.cumsum(seen, axis=1) * seen + config["pad_token_id"]
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][positions]
    if family != "distilbert":
        x = x + w["embeddings.token_type_embeddings.weight"][types]
    x = layer_norm(w, "embeddings.LayerNorm", x, epsilon)
    prefix, parts, (dense, norm, intermediate, output, last_norm) = NAMES[family]
    for i in range(SHAPE["layers"]):
        p = f"{prefix}.{i}"
        q, k, v = (linear(w, f"{p}.{part}", x) for part in parts)
        attended = linear(w, f"{p}.{dense}", attention(q, k, v, mask, SHAPE["heads"]))
        x = layer_norm(w, f"{p}.{norm}", x + attended, epsilon)
        x = layer_norm(w, f"{p}.{last_norm}", x + linear(w, f"{p}.{output}", act(linear(w, f"{p}.{intermediate}", x))), epsilon)
    return x


def mean_pooled(x, mask):
    return (x * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)


def cross_entropy(x, w, mask, given):
    """With class weights and label smoothing, as PyTorch defines them."""
    logs = log_softmax(linear(w, "head", mean_pooled(x, mask)))
    weights, smoothing, labels = np.array(given["classWeights"]), given["smoothing"], given["labels"]
    total = sum(weights[label] for label in labels)
    loss = lift(0.0)
    for row, label in enumerate(labels):
        loss = loss - (1 - smoothing) * weights[label] * logs[row, label]
        loss = loss - (logs[row] * weights).sum() * (smoothing / CLASSES)
    return loss / total


def binary_cross_entropy(x, w, mask, given):
    logits = linear(w, "head", x[:, 0])
    targets = np.array([[float(c in of) for c in range(CLASSES)] for of in given["labels"]])
    probability = lambda z: (1.0 + exp(-z)) ** -1.0
    costs = log(probability(logits)) * targets + log(probability(-logits)) * (1 - targets)
    return -costs.sum() / targets.size


def cosines(x, mask, temperature):
    pooled = mean_pooled(x, mask)
    directions = pooled / ((pooled**2.0).sum(axis=1, keepdims=True)) ** 0.5
    return directions @ directions.transpose(1, 0) / temperature


def pairs(x, w, mask, given):
    """InfoNCE: the second half are the partners of the first."""
    half = ROWS // 2
    logs = log_softmax(cosines(x, mask, given["temperature"])[:half, half:])
    return -sum((logs[i, i] for i in range(half)), lift(0.0)) / half


def same_class(x, w, mask, given):
    similar, labels = cosines(x, mask, given["temperature"]), given["labels"]
    loss, anchors = lift(0.0), 0
    for i, label in enumerate(labels):
        others = [j for j in range(ROWS) if j != i]
        alike = [j for j in others if labels[j] == label]
        anchors += 1 if alike else 0
        logs = log_softmax(similar[i][others])
        for j in alike:
            loss = loss - logs[others.index(j)] / len(alike)
    return loss / anchors


def masked_words(x, w, mask, given):
    """A decoder that shares its matrix with the word embeddings, as BERT's has it, behind nothing but its bias."""
    logs = log_softmax(x.reshape(ROWS * TOKENS, -1)[np.array(given["positions"])] @ w["embeddings.word_embeddings.weight"].transpose(1, 0) + w["decoder.bias"])
    count = len(given["labels"])
    return -sum((logs[i, label] for i, label in enumerate(given["labels"])), lift(0.0)) / count


def read_safetensors(path):
    with open(path, "rb") as file:
        content = file.read()
    start = 8 + int.from_bytes(content[:8], "little")
    tensors = {}
    for name, entry in json.loads(content[8:start]).items():
        first, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(content[start + first:start + end], dtype="<f4").reshape(entry["shape"]).astype(np.float64)
    return tensors


def generate(folder, family, gelu):
    flags = {"weights": None, "output": folder, "family": family, "gelu": gelu}
    command = ["node", "scripts/random-encoder.mjs"]
    for name, value in {**SHAPE, **flags}.items():
        command.append("--" + "".join(f"-{c.lower()}" if c.isupper() else c for c in name))
        if value is not None:
            command.append(str(value))
    subprocess.run(command, check=True)
    with open(f"{folder}/config.json") as file:
        return json.load(file), read_safetensors(f"{folder}/model.safetensors")


def numbers(array):
    return [float(f"{value:.8g}") for value in np.ravel(array)]


CASES = [
    ("bert", "erf-decomposed", cross_entropy, {"labels": [0, 2, 1, 2], "classWeights": [1, 2, 0.5], "smoothing": 0.1}),
    ("distilbert", "tanh-decomposed", binary_cross_entropy, {"labels": [[0, 2], [], [1], [2]]}),
    ("roberta", "erf-decomposed", same_class, {"labels": [0, 1, 0, 0], "temperature": 0.2}),
    ("bert", "tanh-decomposed", pairs, {"temperature": 0.1}),
    ("bert", "erf-decomposed", masked_words, {"positions": [1, 3, 8, 19], "labels": [12, 9, 9, 20]}),
]

cases = []
for family, gelu, loss_of, given in CASES:
    with tempfile.TemporaryDirectory() as folder:
        config, tensors = generate(folder, family, gelu)
    rng = np.random.default_rng(11)
    ids = rng.integers(5, SHAPE["vocab"], (ROWS, TOKENS))
    ids[0, 2] = ids[0, 1]
    types, mask = np.zeros((ROWS, TOKENS), dtype=int), np.zeros((ROWS, TOKENS), dtype=int)
    for row, length in enumerate(LENGTHS):
        ids[row, length:] = config["pad_token_id"]
        mask[row, :length] = 1
    if family == "bert":
        types[0, 4:] = 1
    added = {}
    if loss_of in (cross_entropy, binary_cross_entropy):
        added = {"head.weight": rng.normal(0, 0.5, (CLASSES, SHAPE["hidden"])), "head.bias": rng.normal(0, 0.5, CLASSES)}
    if loss_of is masked_words:
        added = {"decoder.bias": rng.normal(0, 0.5, SHAPE["vocab"])}
    # The values that float32 holds.
    added = {name: value.astype(np.float32).astype(np.float64) for name, value in added.items()}
    tensors = {**tensors, **added}

    def loss(tensors):
        weights = {name: Value(tensor) for name, tensor in tensors.items()}
        return weights, loss_of(encode(family, weights, config, ids, mask, types), weights, mask, given)

    weights, value = loss(tensors)
    value.backward()
    gradients = {name: weight.gradient for name, weight in weights.items() if weight.gradient is not None}
    for name, gradient in gradients.items():
        direction = rng.normal(size=gradient.shape)
        at = lambda h: loss({**tensors, name: tensors[name] + h * direction})[1].data
        slope, h = float((gradient * direction).sum()), 1e-4
        expected = float(8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
        assert abs(slope - expected) < 1e-6 * max(1, abs(expected)), (family, name, slope, expected)
    cases.append({
        "options": {"family": family, "gelu": gelu, **SHAPE}, "loss": loss_of.__name__, "given": given,
        "dims": [ROWS, TOKENS], "inputIds": ids.ravel().tolist(), "attentionMask": mask.ravel().tolist(),
        "tokenTypeIds": types.ravel().tolist(), "value": float(value.data),
        "added": {name: numbers(tensor) for name, tensor in added.items()},
        "gradients": {name: numbers(gradient) for name, gradient in gradients.items()},
    })

with open(TARGET, "w") as file:
    json.dump({"madeBy": "scripts/golden-gradients.py", "versions": {"numpy": np.__version__}, "cases": cases}, file)
