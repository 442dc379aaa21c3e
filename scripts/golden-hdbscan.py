"""Golden values of apps/clustering/src/density: HDBSCAN from the definitions of its paper, as plainly as can be.

Campello, Moulavi, Zimek, Sander: Hierarchical density estimates for data clustering, visualization, and outlier
detection, ACM TKDD 10(1), 2015. Shares no idea with the TypeScript: the full matrix of mutual reachability, and
connected components of it at each distance, from the root down. scikit-learn 1.2 has no HDBSCAN to compare with.
Needs Python 3 with scipy and numpy. Run from the repository root:
    python3 scripts/golden-hdbscan.py && npx prettier --write apps/clustering/src/density/golden.json
"""
import json

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist, squareform


def mutual_reachability(points, min_samples):
    distances = cdist(points, points)
    core = np.sort(distances, axis=1)[:, min_samples - 1]
    reach = np.maximum(distances, np.maximum(core[:, None], core[None, :]))
    np.fill_diagonal(reach, 0)
    return reach


class Cluster:
    def __init__(self, rows, birth):
        self.rows, self.birth, self.children, self.leaves_at = rows, birth, [], {}

    def grow(self, reach, min_size):
        rows = self.rows
        while True:
            # The distance at which these rows come apart: the longest edge of their spanning tree.
            inside = reach[np.ix_(rows, rows)]
            distance = linkage(squareform(inside, checks=False), "single")[-1, 2]
            count, labels = connected_components((inside < distance) & ~np.eye(len(rows), dtype=bool), directed=False)
            parts = [rows[labels == label] for label in range(count)]
            large = [part for part in parts if len(part) >= min_size]
            for part in parts:
                if len(part) < min_size or len(large) > 1:
                    self.leaves_at.update({row: 1 / distance for row in part})
            if len(large) > 1:
                self.children = [Cluster(part, 1 / distance) for part in large]
                for child in self.children:
                    child.grow(reach, min_size)
            if len(large) != 1:
                return
            rows = large[0]

    def stability(self):
        return sum(value - self.birth for value in self.leaves_at.values())

    def last(self):
        """The lambda at which each row leaves the smallest cluster that it is in."""
        found = dict(self.leaves_at)
        for child in self.children:
            found.update(child.last())
        return found


def excess_of_mass(cluster):
    below = [found for child in cluster.children for found in excess_of_mass(child)]
    if cluster.birth > 0 and cluster.stability() >= sum(found.stability() for found in below):
        return [cluster]
    return below


def leaves(cluster):
    if not cluster.children:
        return [cluster] if cluster.birth > 0 else []
    return [found for child in cluster.children for found in leaves(child)]


def run(points, min_size, min_samples, selection):
    reach = mutual_reachability(points, min_samples)
    root = Cluster(np.arange(len(points)), 0)
    root.grow(reach, min_size)
    labels = np.full(len(points), -1)
    probabilities = np.zeros(len(points))
    stabilities = []
    for label, cluster in enumerate(excess_of_mass(root) if selection == "eom" else leaves(root)):
        labels[cluster.rows] = label
        last = cluster.last()
        most = max(cluster.leaves_at.values())
        stabilities.append(cluster.stability())
        for row in cluster.rows:
            probabilities[row] = min(last[row], most) / most
    tree = linkage(squareform(reach, checks=False), "single")
    return {"minClusterSize": min_size, "minSamples": min_samples, "selection": selection, "labels": labels.tolist(),
            "probabilities": probabilities.tolist(), "heights": tree[:, 2].tolist(), "stabilities": stabilities}


rng = np.random.default_rng(5)
blobs = [([0, 0, 0], 60, 0.3), ([4, 0, 0], 40, 0.8), ([0, 5, 1], 25, 0.4), ([1.2, 5, 1], 15, 0.25), ([-5, -3, 0], 9, 0.2)]
points = np.concatenate([np.array(center) + rng.normal(size=(size, 3)) * spread for center, size, spread in blobs]
                        + [rng.uniform(-8, 8, size=(20, 3))])
points = points[rng.permutation(len(points))].round(3).astype(np.float32).astype(np.float64)
runs = [run(points, *setting) for setting in
        ((5, 5, "eom"), (5, 5, "leaf"), (10, 3, "eom"), (10, 3, "leaf"), (4, 1, "eom"), (20, 8, "eom"))]
# On a grid every distance comes many times: what merges at one distance merges at once.
grid = np.array([[x, y] for x in range(4) for y in range(3)] + [[x + 9, y] for x in range(3) for y in range(3)]
                + [[x, y + 9] for x in range(2) for y in range(5)] + [[30, 30]], dtype=float)
ties = [run(grid, *setting) for setting in ((4, 2, "eom"), (4, 2, "leaf"), (3, 4, "eom"))]
with open("apps/clustering/src/density/golden.json", "w") as file:
    json.dump({"versions": {"numpy": np.__version__}, "dimension": 3, "points": points.round(3).flatten().tolist(),
               "runs": runs, "grid": grid.flatten().tolist(), "ties": ties}, file)
    file.write("\n")
print([(max(r["labels"]) + 1, r["labels"].count(-1)) for r in runs + ties])
