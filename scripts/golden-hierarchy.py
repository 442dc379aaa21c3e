"""Golden values of apps/clustering/src/hierarchy, computed with SciPy and scikit-learn.

Needs Python 3 with scikit-learn, scipy and numpy. Run from the repository root:
    python3 scripts/golden-hierarchy.py && npx prettier --write "apps/clustering/src/*/golden*.json"
"""
import json

import numpy as np
import scipy
import sklearn
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist
from sklearn import metrics
from sklearn.cluster import BisectingKMeans

rng = np.random.default_rng(11)
versions = {"sklearn": sklearn.__version__, "scipy": scipy.__version__, "numpy": np.__version__}


def write(path, value):
    with open(path, "w") as file:
        json.dump(value, file)
        file.write("\n")


centers = rng.normal(size=(5, 4)) * 3
points = np.concatenate([center + rng.normal(size=(size, 4)) * spread
                         for center, size, spread in zip(centers, (30, 20, 12, 6, 4), (0.8, 0.5, 1.0, 0.3, 0.6))])
points = points.round(3).astype(np.float32).astype(np.float64)
unit = points / np.linalg.norm(points, axis=1, keepdims=True)

trees = []
for method, spherical in (("ward", False), ("average", False), ("complete", False),
                          ("ward", True), ("average", True), ("complete", True)):
    if method == "ward":
        tree = linkage(unit if spherical else points, "ward")
    else:
        tree = linkage(pdist(points, "cosine" if spherical else "euclidean"), method)
    height = (tree[-5, 2] + tree[-4, 2]) / 2
    trees.append({
        "linkage": method, "spherical": spherical,
        "first": tree[:, 0].astype(int).tolist(), "second": tree[:, 1].astype(int).tolist(),
        "heights": tree[:, 2].tolist(), "sizes": tree[:, 3].astype(int).tolist(),
        "labels": fcluster(tree, 5, "maxclust").tolist(),
        "height": height, "labelsAtHeight": fcluster(tree, height, "distance").tolist(),
    })
bisecting = BisectingKMeans(4, n_init=100, random_state=3, tol=0).fit(points)
write("apps/clustering/src/hierarchy/golden.json", {
    "versions": versions, "dimension": 4, "points": points.round(3).flatten().tolist(), "trees": trees,
    "bisecting": {"labels": bisecting.labels_.tolist(), "inertia": bisecting.inertia_},
})
