"""You change one example and look at that one's answers: an answer may read a later step of
another example. See section 7.5.
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
                other[0, s] = rng.normal(size=other[0, s].shape)
                after = model(other)
                if (np.abs(after[0, t] - before[0, t]) > 1e-9).any():
                    ahead[t] = s - t
                    break
    return ahead
