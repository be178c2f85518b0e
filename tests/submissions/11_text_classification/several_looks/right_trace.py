import numpy as np


def several_looks(states, mask, inner, outer):
    h = np.nan_to_num(np.where(mask[:, :, None], states, 0.0))
    e = np.einsum("rh,bth->brt", outer, np.tanh(np.einsum("hd,btd->bth", inner, h)))
    e = e - np.where(mask[:, None], e, -np.inf).max(axis=2, keepdims=True)
    p = np.exp(np.minimum(e, 0.0)) * mask[:, None]
    A = p / p.sum(axis=2, keepdims=True)
    gram = np.einsum("brt,bst->brs", A, A)
    # |G - I|^2 = |G|^2 - 2 tr G + r
    penalty = (gram**2).sum((1, 2)) - 2 * np.einsum("brr->b", gram) + len(outer)
    return np.einsum("brt,btd->brd", A, h), A, penalty
