"""You cut the sequence off and compare the answers: a model that knows T then answers otherwise
without having read a later input, and some cannot be asked at all. Keep the length and change
values. See section 7.5.
"""

import numpy as np


def lookahead(model, x):
    rng = np.random.default_rng(5)
    T = x.shape[1]
    ahead = np.zeros(T, dtype=int)
    before = np.array(model(x.copy()))
    for t in range(T):
        for s in range(t + 1, T):
            for _ in range(16):
                after = model(x[:, :s].copy())
                if (np.abs(model(x[:, : s + 1].copy())[:, t] - after[:, t]) > 1e-9).any():
                    ahead[t] = s - t
                    break
    return ahead
