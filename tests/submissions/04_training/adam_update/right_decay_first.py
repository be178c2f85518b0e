import numpy as np


def adam_update(weights, gradients, m, s, k, rate, decay, limit):
    flat = np.concatenate([g.ravel() for g in gradients.values()])
    factor = limit / max(limit, np.linalg.norm(flat))
    clipped = {name: factor * g for name, g in gradients.items()}
    m = {name: m[name] + (1 - 0.9) * (clipped[name] - m[name]) for name in m}
    s = {name: s[name] + (1 - 0.999) * (clipped[name] ** 2 - s[name]) for name in s}
    decayed = {n: w * (1 - rate * decay) if len(w.shape) >= 2 else w for n, w in weights.items()}
    size = np.sqrt(1 - 0.999**k)
    after = {
        n: w - rate / (1 - 0.9**k) * m[n] / (np.sqrt(s[n]) / size + 1e-8)
        for n, w in decayed.items()
    }
    return after, m, s
