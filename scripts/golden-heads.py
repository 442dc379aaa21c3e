"""Accuracy of scikit-learn's LogisticRegression on frozen embeddings, for the section head-speed of bench:learning.

    npm run bench:learning -- FOLDER --only heads --cache CACHE      embeds the texts
    python3 scripts/golden-heads.py FOLDER CACHE                     writes bench/learning/sklearn.json

Vectors are centred and scaled to a mean length of 16, as apps/inference/src/heads/feature-scaling.ts does.
"""
import json
import sys
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

folder, cache = Path(sys.argv[1]), Path(sys.argv[2])


def labels_of(name):
    lines = (folder / f"{name}.tsv").read_text(encoding="utf8").rstrip().split("\n")[1:]
    return np.array([line.split("\t")[1] for line in lines])


def vectors_of(name, pooling):
    (file,) = cache.glob(f"{name.replace('/', '-')}-{pooling}-*.f32")
    return np.fromfile(file, np.float32).reshape(len(labels_of(name)), -1).astype(np.float64)


figures = []
for data, pooling, strengths in [("banking77", "mean", [0.1, 1, 10])]:
    train, test = labels_of(f"{data}/train"), labels_of(f"{data}/test")
    x, asked = vectors_of(f"{data}/train", pooling), vectors_of(f"{data}/test", pooling)
    scale, mean = 16 / np.linalg.norm(x, axis=1).mean(), x.mean(0)
    for c in strengths:
        model = LogisticRegression(C=c, max_iter=2000, tol=1e-5).fit((x - mean) * scale, train)
        accuracy = float((model.predict((asked - mean) * scale) == test).mean())
        figures.append({"data": data, "pooling": pooling, "c": c, "accuracy": round(accuracy, 6)})
        print(figures[-1], model.n_iter_, flush=True)
versions = {"sklearn": sklearn.__version__, "numpy": np.__version__}
path = Path("bench/learning/sklearn.json")
path.write_text(json.dumps({"versions": versions, "figures": figures}, indent=2) + "\n")
