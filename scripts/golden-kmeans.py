"""Golden values of apps/clustering/src/kmeans, computed with scikit-learn.

Needs Python 3 with scikit-learn and numpy. Writes apps/clustering/src/kmeans/golden-lloyd.json. Run from the repository
root:
    python3 scripts/golden-kmeans.py && npx prettier --write apps/clustering/src/kmeans/golden-lloyd.json
"""
import json

import numpy as np
import sklearn
from sklearn import datasets
from sklearn.cluster import KMeans

rng = np.random.default_rng(5)


def blobs(n, d, k, spread):
    return rng.normal(size=(k, d))[rng.integers(0, k, n)] * 3 + rng.normal(size=(n, d)) * spread


def digits_like():
    """Prototypes of 16 levels on an 8 x 8 grid, blurred by whole numbers: much like scikit-learn's digits."""
    prototypes = rng.integers(0, 17, size=(10, 64)) * (rng.random((10, 64)) < 0.5)
    return np.clip(prototypes[rng.integers(0, 10, 140)] + rng.integers(-4, 5, size=(140, 64)), 0, 16)


iris = datasets.load_iris().data
far = blobs(120, 3, 4, 0.5)
far[17] = [1e5, -2e5, 3e4]
constant = blobs(90, 5, 3, 0.8)
constant[:, [1, 4]] = [7.5, -1e4]
duplicates = np.repeat(blobs(12, 4, 4, 1.0), 10, axis=0)
sets = {
    "iris": (iris, [2, 3, 8]),
    "digits-like": (digits_like(), [10, 25]),
    "duplicates": (duplicates, [4, 12]),
    "n = k": (blobs(20, 3, 5, 1.0), [20]),
    "constant columns": (constant, [3, 6]),
    "one point far away": (far, [4, 5]),
}
runs = []
for name, (points, ks) in sets.items():
    points = points.round(2).astype(np.float32)
    cases = []
    for k in ks:
        _, first = np.unique(points, axis=0, return_index=True)
        chosen = np.sort(rng.choice(first, k, replace=False))
        for weighted in (False, True):
            weights = rng.integers(1, 6, len(points)).astype(np.float32) if weighted else None
            model = KMeans(k, init=points[chosen].astype(np.float64), n_init=1, tol=1e-4, max_iter=300)
            model.fit(points.astype(np.float64), sample_weight=weights)
            cases.append({"k": k, "start": chosen.tolist(), "weights": None if weights is None else weights.astype(int).tolist(),
                          "labels": model.labels_.tolist(), "inertia": model.inertia_, "iterations": model.n_iter_,
                          "centroids": [float(f"{x:.7g}") for x in model.cluster_centers_.flatten()]})
    runs.append({"name": name, "dimension": points.shape[1], "points": [round(float(x), 2) for x in points.flatten()], "cases": cases})
with open("apps/clustering/src/kmeans/golden-lloyd.json", "w") as file:
    json.dump({"versions": {"sklearn": sklearn.__version__, "numpy": np.__version__}, "runs": runs}, file)
    file.write("\n")
