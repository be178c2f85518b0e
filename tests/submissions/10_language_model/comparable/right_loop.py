import numpy as np


def comparable(logits, targets, words, unknown, types):
    total, count, unknowns = 0.0, 0, 0
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
    mean = total / count
    extra = unknowns * np.log(types)
    return mean, np.exp(total / words), np.exp((total + extra) / words)
