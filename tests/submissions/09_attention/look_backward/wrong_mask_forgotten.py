"""You compute the weights over the padding as well: only real positions take part, and the
gradient of a padded memory is 0. See section 9.4.
"""

import numpy as np


def look_backward(state, memory, mask, weight, dcontext, dweights):
    asked = state @ weight  # (B, M)
    scores = np.einsum("bm,btm->bt", asked, memory)
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
    as_key = dscores[:, :, None] * asked[:, None]
    blame = np.einsum("bt,btm->bm", dscores, memory)
    dstate = blame @ weight.T
    dweight = state.T @ blame
    return dstate, as_value + as_key, dweight
