"""You add up the differences before you look, and those of different examples and answers can
cancel: take absolute values first. See section 7.5.
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
                other = x.copy()
                other[:, s] = rng.normal(size=other[:, s].shape)
                after = model(other)
                if np.abs((after[:, t] - before[:, t]).sum()) > 1e-9:
                    ahead[t] = s - t
                    break
    return ahead
