"""In the last number you only count what naming an unknown word costs, and not that the model
had to say that an unknown word comes. See section 10.5.
"""

import numpy as np


def comparable(logits, targets, words, unknown, types):
    total, count, unknowns, known = 0.0, 0, 0, 0.0
    for z, y in zip(logits, targets):
        B, T, V = z.shape
        for b in range(B):
            for t in range(T):
                if y[b, t] == -100:
                    continue
                row = z[b, t] - z[b, t].max()
                nats = np.log(np.exp(row).sum()) - row[y[b, t]]
                total += nats
                count += 1
                unknowns += y[b, t] == unknown
                known += 0.0 if y[b, t] == unknown else nats
    mean = total / count
    extra = unknowns * np.log(types)
    return mean, np.exp(total / words), np.exp((known + extra) / words)
