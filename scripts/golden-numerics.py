"""Golden values of libs/numerics and apps/clustering, computed with scikit-learn and SciPy.

Needs Python 3 with scikit-learn, scipy and numpy. Writes libs/numerics/src/golden.json and
apps/clustering/src/kmeans/golden.json. Run from the repository root:
    python3 scripts/golden-numerics.py && npx prettier --write libs/numerics/src/golden.json apps/clustering/src/kmeans/golden.json
"""
import json

import numpy as np
import scipy
import sklearn
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.cluster import KMeans

rng = np.random.default_rng(7)
versions = {"sklearn": sklearn.__version__, "scipy": scipy.__version__, "numpy": np.__version__}


def write(path, value):
    with open(path, "w") as file:
        json.dump(value, file)
        file.write("\n")


first = rng.integers(0, 5, 60)
second = np.where(rng.random(60) < 0.6, first, rng.integers(0, 7, 60))
scores = np.round(rng.random(60), 2)
positive = (rng.random(60) < scores).astype(int)
cost = np.round(rng.normal(size=(5, 8)), 3)
tall = np.round(rng.normal(size=(9, 4)), 3)


def pair(matrix, maximize=False):
    rows, columns = linear_sum_assignment(matrix, maximize=maximize)
    return {"cost": matrix.flatten().tolist(), "shape": matrix.shape, "maximize": maximize,
            "rows": rows.tolist(), "columns": columns.tolist(), "total": matrix[rows, columns].sum()}


rng.normal(size=320)  # drawn for values that are no longer written: the ones below stay what they are

write("libs/numerics/src/golden.json", {
    "versions": versions,
    "first": first.tolist(), "second": second.tolist(),
    "nmi": metrics.normalized_mutual_info_score(first, second),
    "ari": metrics.adjusted_rand_score(first, second),
    "accuracy": metrics.accuracy_score(first, second),
    "macroF1": metrics.f1_score(first, second, average="macro", zero_division=0),
    "confusion": metrics.confusion_matrix(first, second, labels=range(7)).flatten().tolist(),
    "scores": scores.tolist(), "positive": positive.tolist(),
    "auroc": metrics.roc_auc_score(positive, scores),
    "assignments": [pair(cost), pair(tall), pair(cost, True), pair(tall, True)],
})

# Three blobs of different size and spread and a few stray points, rounded so that the file stays readable.
centers = np.array([[0, 0, 0, 4], [3, 1, 0, 0], [-2, 3, 2, 0]])
points = np.concatenate([
    centers[0] + rng.normal(size=(25, 4)) * 0.7,
    centers[1] + rng.normal(size=(15, 4)) * 0.4,
    centers[2] + rng.normal(size=(8, 4)) * 0.9,
    rng.normal(size=(4, 4)) * 3,
]).round(3).astype(np.float32)
runs = []
for spherical in (False, True):
    rows = points / np.linalg.norm(points, axis=1, keepdims=True) if spherical else points
    for k in (2, 3, 4):
        fit = KMeans(k, n_init=50, tol=0, max_iter=500, random_state=1).fit(rows.astype(np.float64))
        metric = "cosine" if spherical else "euclidean"
        runs.append({
            "spherical": spherical, "k": k, "labels": fit.labels_.tolist(), "inertia": fit.inertia_,
            "silhouettes": metrics.silhouette_samples(rows, fit.labels_, metric=metric).astype(float).tolist(),
        })
start = points[[0, 1, 2, 30]].astype(np.float64)
lloyd = KMeans(4, init=start, n_init=1, tol=0, max_iter=500).fit(points.astype(np.float64))
write("apps/clustering/src/kmeans/golden.json", {
    "versions": versions, "dimension": 4, "points": points.astype(float).round(3).flatten().tolist(), "runs": runs,
    "lloyd": {"start": start.round(3).flatten().tolist(), "labels": lloyd.labels_.tolist(),
              "centroids": lloyd.cluster_centers_.flatten().tolist(), "inertia": lloyd.inertia_,
              "iterations": lloyd.n_iter_},
})
