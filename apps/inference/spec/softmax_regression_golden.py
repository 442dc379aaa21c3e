"""Makes softmax-regression.golden.json beside it: python3 softmax_regression_golden.py (numpy, scikit-learn 1.2.1).

scikit-learn minimises C x sum of losses + penalty; here it is the mean of the losses + penalty.
"""
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(3)
n, d, k = 45, 4, 3
y = np.r_[np.zeros(25, int), np.ones(12, int), np.full(8, 2)]
X = (rng.normal(size=(n, d)) + y[:, None] * np.array([[0.8, -0.5, 0.3, 0]])).astype(np.float32)
order = rng.permutation(n)
X, y = X[order], y[order]
vectors = [round(float(v), 4) for v in X.ravel()]
X = np.array(vectors, dtype=np.float32).reshape(n, d)
cases = []
for l2, balanced in [(0.02, False), (0.02, True), (0.5, False)]:
    # scikit-learn: C x sum of losses + |w|^2 / 2; here: mean loss + l2 |w|^2 / 2.
    model = LogisticRegression(
        C=1 / (l2 * n), class_weight="balanced" if balanced else None, tol=1e-10, max_iter=10000
    ).fit(X, y)
    cases.append(
        {
            "l2": l2,
            "classWeights": balanced,
            "weights": [round(float(v), 6) for v in model.coef_.ravel()],
            "probabilities": [round(float(v), 6) for v in model.predict_proba(X)[:5].ravel()],
        }
    )
given = {0: 1.0, 1: 3.0, 2: 0.5}
total = sum(given[int(c)] for c in y)
model = LogisticRegression(C=1 / (0.02 * total), class_weight=given, tol=1e-10, max_iter=10000).fit(X, y)
weighted = {"l2": 0.02, "classWeights": list(given.values()), "weights": [round(float(v), 6) for v in model.coef_.ravel()]}
sparse = []
for l1, l2 in [(0.05, 0.0), (0.03, 0.02)]:
    strength = l1 + l2
    model = LogisticRegression(
        penalty="elasticnet", l1_ratio=l1 / strength, C=1 / (strength * n), solver="saga", tol=1e-9, max_iter=200000
    ).fit(X, y)
    sparse.append({"l1": l1, "l2": l2, "weights": [round(float(v), 6) for v in model.coef_.ravel()]})
# Several labels a row: each class for itself.
targets = np.c_[y == 0, X[:, 0] + 0.5 * rng.normal(size=n) > 0.6, (y == 2) | (rng.random(n) < 0.1)].astype(int)
several = []
for l2, balanced in [(0.02, False), (0.05, True)]:
    weights = []
    for c in range(k):
        negative = n - targets[:, c].sum()
        model = LogisticRegression(
            C=2 * negative / (l2 * n * n) if balanced else 1 / (l2 * n),
            class_weight="balanced" if balanced else None, tol=1e-10, max_iter=10000,
        ).fit(X, targets[:, c])
        weights += [round(float(v), 6) for v in model.coef_[0]]
    several.append({"l2": l2, "classWeights": balanced, "weights": weights})
golden = {
    "dimension": d, "classes": k, "vectors": vectors, "labels": y.tolist(), "cases": cases,
    "weighted": weighted, "sparse": sparse, "targets": targets.ravel().tolist(), "several": several,
}
Path(__file__).with_name("softmax-regression.golden.json").write_text(json.dumps(golden, indent=1) + "\n")
