"""Your stretch is the largest size of an eigenvalue: it tells how long repetition grows in the
end; how far one product stretches is its largest singular value. See section 3.9.
"""

import numpy as np


def error_transport(weight_hh, decay, candidates, first, last):
    product = np.eye(len(decay))
    for t in range(first, last):
        slope = np.diag(1 - candidates[t] ** 2)
        step = np.diag(decay) + slope @ weight_hh
        product = step @ product
    stretch = np.abs(np.linalg.eigvals(product)).max()
    return product, stretch
