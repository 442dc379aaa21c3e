"""What a training step of a BERT encoder costs in PyTorch: CPU seconds of a step and of a forward pass.

Needs PyTorch (any version from 1.13). Reads one JSON object on standard input: {"config": a BERT config.json,
"classes", "batch", "seq", "steps", "threads"}; writes {"version", "step", "forward"} (CPU seconds, medians).
The model is written out as Hugging Face's BERT is, mean-pooled, with a linear head; AdamW and clipping as in fine-tuning.
"""
import json
import math
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Layer(nn.Module):
    def __init__(self, hidden, heads, intermediate, epsilon):
        super().__init__()
        self.heads, self.size = heads, hidden // heads
        self.query, self.key, self.value, self.output = (nn.Linear(hidden, hidden) for _ in range(4))
        self.up, self.down = nn.Linear(hidden, intermediate), nn.Linear(intermediate, hidden)
        self.norm1, self.norm2 = nn.LayerNorm(hidden, eps=epsilon), nn.LayerNorm(hidden, eps=epsilon)
        self.drop = nn.Dropout(0.1)

    def split(self, x):
        return x.view(*x.shape[:2], self.heads, self.size).transpose(1, 2)

    def forward(self, x, bias):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        weights = self.drop(torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(self.size) + bias, -1))
        context = (weights @ v).transpose(1, 2).reshape(x.shape)
        x = self.norm1(x + self.drop(self.output(context)))
        return self.norm2(x + self.drop(self.down(F.gelu(self.up(x)))))


class Classifier(nn.Module):
    def __init__(self, config, classes):
        super().__init__()
        hidden, epsilon = config["hidden_size"], config["layer_norm_eps"]
        # Rows that a batch does not read have no gradient, as in the training beside it.
        self.words = nn.Embedding(config["vocab_size"], hidden, sparse=True)
        self.positions = nn.Embedding(config["max_position_embeddings"], hidden)
        self.types = nn.Embedding(config["type_vocab_size"], hidden)
        self.norm, self.drop = nn.LayerNorm(hidden, eps=epsilon), nn.Dropout(0.1)
        shape = (hidden, config["num_attention_heads"], config["intermediate_size"], epsilon)
        self.layers = nn.ModuleList(Layer(*shape) for _ in range(config["num_hidden_layers"]))
        self.head = nn.Linear(hidden, classes)

    def forward(self, ids, mask):
        places = torch.arange(ids.shape[1])
        x = self.drop(self.norm(self.words(ids) + self.positions(places) + self.types(torch.zeros_like(ids))))
        bias = (1.0 - mask[:, None, None, :]) * torch.finfo(torch.float32).min
        for layer in self.layers:
            x = layer(x, bias)
        return self.head((x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))


def main():
    given = json.load(sys.stdin)
    torch.manual_seed(0)
    torch.set_num_threads(given["threads"])
    model = Classifier(given["config"], given["classes"])
    dense = [p for name, p in model.named_parameters() if name != "words.weight"]
    optimizers = [torch.optim.AdamW(dense, lr=1e-5), torch.optim.SparseAdam([model.words.weight], lr=1e-5)]
    batch, seq = given["batch"], given["seq"]
    ids = torch.randint(0, given["config"]["vocab_size"], (batch, seq))
    mask = torch.ones(batch, seq)
    labels = torch.randint(0, given["classes"], (batch,))

    def step():
        loss = F.cross_entropy(model(ids, mask), labels)
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(dense, 1.0)
        for optimizer in optimizers:
            optimizer.step()

    def forward():
        with torch.inference_mode():
            model(ids, mask)

    def cost(work):
        work()
        times = []
        for _ in range(given["steps"]):
            started = time.process_time()
            work()
            times.append(time.process_time() - started)
        return statistics.median(times)

    model.train()
    step_cost = cost(step)
    model.eval()
    print(json.dumps({"version": torch.__version__, "step": step_cost, "forward": cost(forward)}))


main()
