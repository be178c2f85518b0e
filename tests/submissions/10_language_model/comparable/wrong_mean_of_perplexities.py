"""You take the mean of the tokens' perplexities. Add up the nats first, and take the
exponential once, at the end. See section 10.5.
"""

import numpy as np


def comparable(logits, targets, words, unknown, types):
    total, count, unknowns, each = 0.0, 0, 0, []
    for z, y in zip(logits, targets):
        B, T, V = z.shape
        for b in range(B):
            for t in range(T):
                if y[b, t] == -100:
                    continue
                row = z[b, t] - z[b, t].max()
                nats = np.log(np.exp(row).sum()) - row[y[b, t]]
                total += nats
                each.append(np.exp(nats))
                count += 1
                unknowns += y[b, t] == unknown
    mean = total / count
    extra = unknowns * np.log(types)
    return (
        mean,
        np.mean(each) ** (count / words),
        np.mean(each) ** (count / words) * np.exp(extra / words),
    )
