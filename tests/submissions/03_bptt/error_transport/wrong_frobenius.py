"""Your stretch is the Frobenius norm, over all entries: np.linalg.norm of a matrix gives that
unless you ask for 2, the largest singular value. See section 3.9.
"""

import numpy as np


def error_transport(weight_hh, decay, candidates, first, last):
    product = np.eye(len(decay))
    for t in range(first, last):
        slope = np.diag(1 - candidates[t] ** 2)
        step = np.diag(decay) + slope @ weight_hh
        product = step @ product
    stretch = np.linalg.norm(product)
    return product, stretch
