"""Your factors stand in the opposite order: the earliest step acts first, so its Jacobian stands
on the right, J_t ... J_{s+1}. See section 3.9.
"""

import numpy as np


def error_transport(weight_hh, decay, candidates, first, last):
    product = np.eye(len(decay))
    for t in range(first, last):
        slope = np.diag(1 - candidates[t] ** 2)
        step = np.diag(decay) + slope @ weight_hh
        product = product @ step
    stretch = np.linalg.svd(product, compute_uv=False)[0]
    return product, stretch
