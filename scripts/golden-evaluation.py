"""Golden values of apps/clustering/src/evaluation and projection, computed with scikit-learn.

Needs Python 3 with scikit-learn, scipy and numpy. Run from the repository root:
    python3 scripts/golden-evaluation.py && npx prettier --write apps/clustering/src/*/golden.json
"""
import json

import numpy as np
import sklearn
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

rng = np.random.default_rng(23)
centers = rng.normal(size=(4, 5)) * 2.5
points = np.concatenate([center + rng.normal(size=(size, 5)) * spread
                         for center, size, spread in zip(centers, (40, 25, 15, 5), (0.6, 1.0, 0.4, 0.8))])
points = points.round(3).astype(np.float32).astype(np.float64)


def bic(rows, labels):
    """Pelleg and Moore 2000: spherical Gaussians that share one variance, the maximum likelihood one made unbiased."""
    count, dimension = rows.shape
    k = labels.max() + 1
    means = np.array([rows[labels == label].mean(0) for label in range(k)])
    variance = ((rows - means[labels]) ** 2).sum() / (dimension * (count - k))
    density = -dimension / 2 * np.log(2 * np.pi * variance) - ((rows - means[labels]) ** 2).sum(1) / (2 * variance)
    weights = np.log(np.bincount(labels) / count)[labels]
    return (density + weights).sum() - (k - 1 + k * dimension + 1) / 2 * np.log(count)


runs = []
for k in (2, 4, 7):
    labels = KMeans(k, n_init=10, random_state=1).fit_predict(points)
    runs.append({
        "k": k, "labels": labels.tolist(),
        "calinskiHarabasz": metrics.calinski_harabasz_score(points, labels),
        "daviesBouldin": metrics.davies_bouldin_score(points, labels),
        "silhouette": metrics.silhouette_score(points, labels),
        "bic": bic(points, labels),
    })
pca = PCA(2, svd_solver="full").fit(points)
versions = {"sklearn": sklearn.__version__, "numpy": np.__version__}


def write(path, value):
    with open(path, "w") as file:
        json.dump({"versions": versions, "dimension": 5, "points": points.round(3).flatten().tolist(), **value}, file)
        file.write("\n")


write("apps/clustering/src/evaluation/golden.json", {"runs": runs})
write("apps/clustering/src/projection/golden.json", {
    "scores": pca.transform(points).flatten().tolist(), "explained": pca.explained_variance_ratio_.tolist(),
})
