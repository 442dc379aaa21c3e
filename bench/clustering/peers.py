"""scikit-learn or FAISS on vectors of a file; one line of JSON a request, one answer each.

Started by the benchmark, which sets the number of threads in the environment before BLAS is loaded.
"""
import json
import sys
import time

import numpy as np
import threadpoolctl


def read(file, shape):
    return np.fromfile(file, dtype=np.float32).reshape(shape)


def versions():
    found = {"numpy": np.__version__}
    try:
        import sklearn
        found["sklearn"] = sklearn.__version__
    except ImportError:
        pass
    try:
        import faiss
        found["faiss"] = faiss.__version__
    except ImportError:
        pass
    found["blas"] = ", ".join(
        f"{pool['internal_api']} {pool['version']} {pool['architecture']} x {pool['num_threads']}"
        for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas")
    return found


def product_rate(n, d, k):
    """Giga floating point operations a second of the BLAS that both peers use."""
    rng = np.random.default_rng(1)
    a, b = rng.random((n, d), np.float32), rng.random((k, d), np.float32)
    best = np.inf
    for _ in range(3):
        began = time.perf_counter()
        for start in range(0, n, 4096):
            a[start:start + 4096] @ b.T
        best = min(best, time.perf_counter() - began)
    return 2 * n * d * k / best / 1e9


def sklearn_fit(x, start, iterations, tol):
    from sklearn.cluster import KMeans
    model = KMeans(len(start), init=start, n_init=1, max_iter=iterations, tol=tol, algorithm="lloyd", copy_x=False)
    began = time.perf_counter()
    model.fit(x)
    return {"seconds": time.perf_counter() - began, "iterations": int(model.n_iter_), "inertia": float(model.inertia_)}


def faiss_fit(x, start, iterations):
    import faiss
    clustering = faiss.Clustering(x.shape[1], len(start))
    clustering.niter = iterations
    clustering.max_points_per_centroid = len(x)
    clustering.min_points_per_centroid = 1
    faiss.copy_array_to_vector(np.ascontiguousarray(start).ravel(), clustering.centroids)
    index = faiss.IndexFlatL2(x.shape[1])
    began = time.perf_counter()
    clustering.train(x, index)
    # Its last objective is that of the assignment before the last step: labels and inertia need one search more.
    distances, _ = index.search(x, 1)
    return {"seconds": time.perf_counter() - began, "iterations": iterations, "inertia": float(distances.sum(dtype=np.float64))}


def silhouette(x, labels, metric):
    from sklearn.metrics import silhouette_score
    began = time.perf_counter()
    value = silhouette_score(x, labels, metric=metric)
    return {"seconds": time.perf_counter() - began, "silhouette": float(value)}


for line in sys.stdin:
    asked = json.loads(line)
    if asked["what"] == "versions":
        answer = versions()
    elif asked["what"] == "rate":
        answer = {"rate": product_rate(asked["n"], asked["d"], asked["k"])}
    elif asked["what"] == "silhouette":
        x = read(asked["vectors"], (asked["n"], asked["d"]))
        answer = silhouette(x, np.fromfile(asked["labels"], dtype=np.int32), asked["metric"])
        del x
    else:
        x = read(asked["vectors"], (asked["n"], asked["d"]))
        start = read(asked["start"], (-1, asked["d"]))
        if asked["what"] == "sklearn":
            answer = sklearn_fit(x, start, asked["iterations"], asked["tol"])
        else:
            answer = faiss_fit(x, start, asked["iterations"])
        del x
    print(json.dumps(answer), flush=True)
