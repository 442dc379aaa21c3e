"""Makes softmax-regression.golden.json beside it: python3 softmax_regression_golden.py (numpy, scikit-learn 1.2.1)."""
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
golden = {"dimension": d, "classes": k, "vectors": vectors, "labels": y.tolist(), "cases": cases}
Path(__file__).with_name("softmax-regression.golden.json").write_text(json.dumps(golden, indent=1) + "\n")
