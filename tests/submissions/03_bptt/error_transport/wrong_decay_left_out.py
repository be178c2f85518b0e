"""Your factors are those of the vanilla RNN: the decay carries each unit on to itself, which
adds diag(lambda) to every factor. See section 3.9.
"""

import numpy as np


def error_transport(weight_hh, decay, candidates, first, last):
    product = np.eye(len(decay))
    for t in range(first, last):
        slope = np.diag(1 - candidates[t] ** 2)
        step = slope @ weight_hh
        product = step @ product
    stretch = np.linalg.svd(product, compute_uv=False)[0]
    return product, stretch
