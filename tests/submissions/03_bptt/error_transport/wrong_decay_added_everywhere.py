"""You add the decay to every entry of a row or a column: a unit keeps a part of itself alone, so
it is added on the diagonal, diag(lambda). See section 3.9.
"""

import numpy as np


def error_transport(weight_hh, decay, candidates, first, last):
    product = np.eye(len(decay))
    for t in range(first, last):
        slope = np.diag(1 - candidates[t] ** 2)
        step = decay + slope @ weight_hh
        product = step @ product
    stretch = np.linalg.svd(product, compute_uv=False)[0]
    return product, stretch
