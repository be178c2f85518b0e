"""You keep the tokens that are farthest from the entropy. Sort the other way round. See
section 10.10.
"""

import numpy as np


def typical(logits, temperature, mass, least):
    B, V = logits.shape
    result = np.zeros((B, V))
    for b in range(B):
        z = logits[b] / temperature
        p = np.exp(z - z.max())
        p = p / p.sum()
        possible = p > 0
        information = np.full(V, np.inf)
        information[possible] = -np.log(p[possible])
        entropy = (p[possible] * information[possible]).sum()
        distance = np.abs(information - entropy)
        kept, total = [], 0.0
        for v in sorted(range(V), key=lambda v: (-round(distance[v], 9), v)):
            if total >= mass and len(kept) >= least:
                break
            kept.append(v)
            total += p[v]
        result[b, kept] = p[kept] / p[kept].sum()
    return result
