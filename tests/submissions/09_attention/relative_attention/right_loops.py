import math

import numpy as np


def relative_attention(queries, keys, values, mask, bias):
    B, Q, d = queries.shape
    T, R = keys.shape[1], len(bias) // 2
    context, weights = np.zeros((B, Q, values.shape[2])), np.zeros((B, Q, T))
    for b in range(B):
        for q in range(Q):
            scores = {
                t: queries[b, q] @ keys[b, t] / math.sqrt(d) + bias[R + min(max(t - q, -R), R)]
                for t in range(T)
                if mask[b, t]
            }
            top = max(scores.values(), default=0.0)
            total = sum(math.exp(score - top) for score in scores.values())
            for t, score in scores.items():
                weights[b, q, t] = math.exp(score - top) / total
                context[b, q] += weights[b, q, t] * values[b, t]
    return context, weights
