"""Golden values of encoders: all hidden states and the logits of tiny BERT, DistilBERT and RoBERTa classifiers.

A plain implementation of the three in float64, after "Attention Is All You Need" (2017), BERT (2018), RoBERTa (2019)
and DistilBERT (2019), and the definitions of Gelu (Hendrycks, Gimpel 2016). It shares nothing with the code it checks
but the weights, which scripts/random-encoder.mjs draws and leaves in model.safetensors.

Needs Python 3 with numpy, and Node. Writes test/support/random-encoder/golden.json. Run from the repository root:
    npm run build && python3 scripts/golden-encoder.py && npx prettier --write test/support/random-encoder/golden.json
"""
import json
import math
import subprocess
import tempfile

import numpy as np

TARGET = "test/support/random-encoder/golden.json"
SHAPE = {"layers": 2, "hidden": 16, "heads": 2, "intermediate": 32, "vocab": 60, "maxPosition": 12, "weightScale": 0.25, "labels": 3, "seed": 7}
ROWS, TOKENS = 3, 7
LENGTHS = [7, 4, 2]

erf = np.vectorize(math.erf)
activations = {
    "gelu": lambda x: 0.5 * x * (1 + erf(x / math.sqrt(2))),
    "gelu_new": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
}


def read_safetensors(path):
    with open(path, "rb") as file:
        content = file.read()
    start = 8 + int.from_bytes(content[:8], "little")
    tensors = {}
    for name, entry in json.loads(content[8:start]).items():
        first, end = entry["data_offsets"]
        values = np.frombuffer(content[start + first:start + end], dtype="<f4")
        tensors[name] = values.reshape(entry["shape"]).astype(np.float64)
    return tensors


def linear(w, name, x):
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def layer_norm(w, name, x, epsilon):
    mean = x.mean(axis=-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * w[f"{name}.weight"] + w[f"{name}.bias"]


def attention(q, k, v, mask, heads):
    """q, k, v [rows, tokens, hidden]; mask [rows, tokens], 0 where nothing may look."""
    context = np.zeros_like(q)
    size = q.shape[2] // heads
    for row in range(q.shape[0]):
        seen = mask[row] == 1
        for head in range(heads):
            part = slice(head * size, (head + 1) * size)
            scores = q[row, :, part] @ k[row, seen, part].T / math.sqrt(size)
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            weights /= weights.sum(axis=1, keepdims=True)
            context[row, :, part] = weights @ v[row, seen, part]
    return context


def bert_like(w, config, ids, mask, types, prefix):
    """BERT and RoBERTa differ in where positions start and in the number of token types."""
    epsilon, heads = config["layer_norm_eps"], config["num_attention_heads"]
    act = activations[config["hidden_act"]]
    positions = np.tile(np.arange(ids.shape[1]), (ids.shape[0], 1))
    if prefix == "roberta":
        pad = config["pad_token_id"]
        positions = np.full(ids.shape, pad)
        for row in range(ids.shape[0]):
            seen = 0
            for i, token in enumerate(ids[row]):
                if token != pad:
                    seen += 1
                    positions[row, i] = pad + seen
    e = f"{prefix}.embeddings"
    x = w[f"{e}.word_embeddings.weight"][ids] + w[f"{e}.position_embeddings.weight"][positions] + w[f"{e}.token_type_embeddings.weight"][types]
    states = [layer_norm(w, f"{e}.LayerNorm", x, epsilon)]
    for i in range(config["num_hidden_layers"]):
        x, p = states[-1], f"{prefix}.encoder.layer.{i}"
        q, k, v = (linear(w, f"{p}.attention.self.{part}", x) for part in ("query", "key", "value"))
        attended = linear(w, f"{p}.attention.output.dense", attention(q, k, v, mask, heads))
        x = layer_norm(w, f"{p}.attention.output.LayerNorm", x + attended, epsilon)
        inner = act(linear(w, f"{p}.intermediate.dense", x))
        states.append(layer_norm(w, f"{p}.output.LayerNorm", x + linear(w, f"{p}.output.dense", inner), epsilon))
    first = states[-1][:, 0]
    if prefix == "bert":
        return states, linear(w, "classifier", np.tanh(linear(w, "bert.pooler.dense", first)))
    return states, linear(w, "classifier.out_proj", np.tanh(linear(w, "classifier.dense", first)))


def distilbert(w, config, ids, mask):
    epsilon, act = 1e-12, activations[config["activation"]]
    e = "distilbert.embeddings"
    x = w[f"{e}.word_embeddings.weight"][ids] + w[f"{e}.position_embeddings.weight"][None, : ids.shape[1]]
    states = [layer_norm(w, f"{e}.LayerNorm", x, epsilon)]
    for i in range(config["n_layers"]):
        x, p = states[-1], f"distilbert.transformer.layer.{i}"
        q, k, v = (linear(w, f"{p}.attention.{part}_lin", x) for part in ("q", "k", "v"))
        attended = linear(w, f"{p}.attention.out_lin", attention(q, k, v, mask, config["n_heads"]))
        x = layer_norm(w, f"{p}.sa_layer_norm", x + attended, epsilon)
        inner = act(linear(w, f"{p}.ffn.lin1", x))
        states.append(layer_norm(w, f"{p}.output_layer_norm", x + linear(w, f"{p}.ffn.lin2", inner), epsilon))
    pooled = np.maximum(linear(w, "pre_classifier", states[-1][:, 0]), 0)
    return states, linear(w, "classifier", pooled)


def generate(folder, family, gelu):
    flags = {"weights": None, "output": folder, "family": family, "gelu": gelu, "task": "sequence-classification"}
    command = ["node", "scripts/random-encoder.mjs"]
    for name, value in {**SHAPE, **flags}.items():
        command.append("--" + "".join(f"-{c.lower()}" if c.isupper() else c for c in name))
        if value is not None:
            command.append(str(value))
    subprocess.run(command, check=True)
    with open(f"{folder}/config.json") as file:
        return json.load(file), read_safetensors(f"{folder}/model.safetensors")


def numbers(array):
    return [round(float(value), 7) for value in np.ravel(array)]


cases = []
for family in ("bert", "distilbert", "roberta"):
    for activation, gelu in (("erf", "erf-decomposed"), ("tanh", "tanh-decomposed")):
        with tempfile.TemporaryDirectory() as folder:
            config, w = generate(folder, family, gelu)
        rng = np.random.default_rng(11)
        ids = rng.integers(5, SHAPE["vocab"], (ROWS, TOKENS))
        first, last = (0, 2) if family == "roberta" else (2, 3)
        types = np.zeros((ROWS, TOKENS), dtype=int)
        mask = np.zeros((ROWS, TOKENS), dtype=int)
        for row, length in enumerate(LENGTHS):
            ids[row, 0], ids[row, length - 1], ids[row, length:] = first, last, config["pad_token_id"]
            mask[row, :length] = 1
        if family == "bert":
            types[0, 4:] = 1
        if family == "distilbert":
            states, logits = distilbert(w, config, ids, mask)
        else:
            states, logits = bert_like(w, config, ids, mask, types, family)
        assert len(states) == SHAPE["layers"] + 1 and logits.shape == (ROWS, SHAPE["labels"])
        cases.append({
            "options": {"family": family, **SHAPE}, "activation": activation,
            "dims": [ROWS, TOKENS], "inputIds": ids.ravel().tolist(), "attentionMask": mask.ravel().tolist(),
            "tokenTypeIds": types.ravel().tolist(),
            "hiddenStates": [numbers(state) for state in states], "logits": numbers(logits),
        })

with open(TARGET, "w") as file:
    json.dump({"madeBy": "scripts/golden-encoder.py", "versions": {"numpy": np.__version__}, "cases": cases}, file)
