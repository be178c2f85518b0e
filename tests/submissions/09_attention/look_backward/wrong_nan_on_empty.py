"""Where an example has no real position, your weights are 0 divided by 0, and the NaN reaches
the gradient of W, which all examples share. See section 9.4.
"""

import numpy as np


def look_backward(state, memory, mask, weight, dcontext, dweights):
    asked = state @ weight  # (B, M)
    scores = np.where(mask, np.einsum("bm,btm->bt", asked, memory), -np.inf)
    top = scores.max(axis=1, keepdims=True)
    powers = np.exp(scores - top)
    total = powers.sum(axis=1, keepdims=True)
    alpha = powers / total
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
