"""You multiply the columns of W_hh by the slopes: the slope of unit i belongs to row i, diag(1 -
u^2) W_hh. See section 3.9.
"""

import numpy as np


def error_transport(weight_hh, decay, candidates, first, last):
    product = np.eye(len(decay))
    for t in range(first, last):
        slope = np.diag(1 - candidates[t] ** 2)
        step = np.diag(decay) + weight_hh @ slope
        product = step @ product
    stretch = np.linalg.svd(product, compute_uv=False)[0]
    return product, stretch
