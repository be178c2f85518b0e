"""A forbidden token turns your row to NaN: 0 times infinity. It adds nothing to the entropy;
leave it out of the sum. See section 10.10.
"""

import numpy as np


def typical(logits, temperature, mass, least):
    B, V = logits.shape
    result = np.zeros((B, V))
    for b in range(B):
        z = logits[b] / temperature
        p = np.exp(z - z.max())
        p = p / p.sum()
        with np.errstate(all="ignore"):
            information = -np.log(p)
            entropy = (p * information).sum()
        distance = np.abs(information - entropy)
        kept, total = [], 0.0
        for v in sorted(range(V), key=lambda v: (round(distance[v], 9), v)):
            if total >= mass and len(kept) >= least:
                break
            kept.append(v)
            total += p[v]
        result[b, kept] = p[kept] / p[kept].sum()
    return result
