import numpy as np


def decay_rate(norms):
    S, L = norms.shape
    rows, logs = [], []
    for s in range(S):
        for k in range(L):
            if norms[s, k] > 0:
                rows.append([float(k)] + [float(s == other) for other in range(S)])
                logs.append(np.log(norms[s, k]))
    A, y = np.array(rows), np.array(logs)
    return float(np.exp(np.linalg.solve(A.T @ A, A.T @ y)[0]))
