"""Your factors are those of the steps s to t - 1: step s made h_s already, so the first factor
is that of step s + 1, whose candidate is candidates[s]. See section 3.9.
"""

import numpy as np


def error_transport(weight_hh, decay, candidates, first, last):
    product = np.eye(len(decay))
    for t in range(first - 1, last - 1):
        slope = np.diag(1 - candidates[t] ** 2)
        step = np.diag(decay) + slope @ weight_hh
        product = step @ product
    stretch = np.linalg.svd(product, compute_uv=False)[0]
    return product, stretch
