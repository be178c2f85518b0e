"""Your stretch is the product of the stretches of the single steps: that is a bound, for no one
direction need be the most stretched at every step. Take the singular value of the product.
See section 3.9.
"""

import numpy as np


def error_transport(weight_hh, decay, candidates, first, last):
    product = np.eye(len(decay))
    stretch = 1.0
    for t in range(first, last):
        slope = np.diag(1 - candidates[t] ** 2)
        step = np.diag(decay) + slope @ weight_hh
        product = step @ product
        stretch *= np.linalg.svd(step, compute_uv=False)[0]
    return product, stretch
