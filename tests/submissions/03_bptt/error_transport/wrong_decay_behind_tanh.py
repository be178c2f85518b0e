"""You multiply the decay by the slope of tanh: it carries the state past tanh, so only W_hh has
that slope in front. See section 3.9.
"""

import numpy as np


def error_transport(weight_hh, decay, candidates, first, last):
    product = np.eye(len(decay))
    for t in range(first, last):
        slope = np.diag(1 - candidates[t] ** 2)
        step = slope @ (np.diag(decay) + weight_hh)
        product = step @ product
    stretch = np.linalg.svd(product, compute_uv=False)[0]
    return product, stretch
