"""Your stretch is the smallest singular value: NumPy sorts them downwards, the first is the
largest. See section 3.9.
"""

import numpy as np


def error_transport(weight_hh, decay, candidates, first, last):
    product = np.eye(len(decay))
    for t in range(first, last):
        slope = np.diag(1 - candidates[t] ** 2)
        step = np.diag(decay) + slope @ weight_hh
        product = step @ product
    stretch = np.linalg.svd(product, compute_uv=False)[-1]
    return product, stretch
