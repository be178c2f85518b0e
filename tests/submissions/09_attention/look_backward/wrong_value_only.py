"""Your gradient for the memory has only the way through the mean: the memory is compared as
well, and moves the scores. See section 9.2.
"""

import numpy as np


def look_backward(state, memory, mask, weight, dcontext, dweights):
    asked = state @ weight  # (B, M)
    scores = np.where(mask, np.einsum("bm,btm->bt", asked, memory), -np.inf)
    top = scores.max(axis=1, keepdims=True)
    powers = np.exp(scores - np.where(np.isfinite(top), top, 0.0))
    total = powers.sum(axis=1, keepdims=True)
    alpha = powers / np.where(total > 0, total, 1.0)
    # backwards
    through_context = np.einsum("bm,btm->bt", dcontext, memory)
    dalpha = dweights + through_context
    mean = (alpha * dalpha).sum(axis=1, keepdims=True)
    dscores = alpha * (dalpha - mean)
    as_value = alpha[:, :, None] * dcontext[:, None]
    blame = np.einsum("bt,btm->bm", dscores, memory)
    dstate = blame @ weight.T
    dweight = state.T @ blame
    return dstate, as_value, dweight
