"""Your changes pile up: one copy is made and changed step after step, so that the next comparison
sees the changes of the last. Start from x each time. See section 7.5.
"""

import numpy as np


def lookahead(model, x):
    rng = np.random.default_rng(5)
    T = x.shape[1]
    ahead = np.zeros(T, dtype=int)
    other = x.copy()
    before = np.array(model(x.copy()))
    for t in range(T):
        for s in range(t + 1, T):
            for _ in range(16):
                other[:, s] = rng.normal(size=other[:, s].shape)
                after = model(other.copy())
                if (np.abs(after[:, t] - before[:, t]) > 1e-9).any():
                    ahead[t] = s - t
                    break
    return ahead
