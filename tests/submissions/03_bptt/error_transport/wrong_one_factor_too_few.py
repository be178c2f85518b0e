"""You have one factor too few: between h_s and h_t lie t - s steps, s + 1 to t, that of t
included. See section 3.9.
"""

import numpy as np


def error_transport(weight_hh, decay, candidates, first, last):
    product = np.eye(len(decay))
    for t in range(first, last - 1):
        slope = np.diag(1 - candidates[t] ** 2)
        step = np.diag(decay) + slope @ weight_hh
        product = step @ product
    stretch = np.linalg.svd(product, compute_uv=False)[0]
    return product, stretch
