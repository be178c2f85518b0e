"""You ask whether a user came earlier in the list: the list need not be in the order of
time, so look through all sessions for those that begin before the cut. See section 1.12.
"""

import numpy as np


def split_sessions(user, begins, known, cut):
    met, labels = set(), []
    for who, begin, answer in zip(user.tolist(), begins, known, strict=True):
        if begin < cut:
            met.add(who)
        new = begin >= cut and who not in met
        labels.append(0 if answer < cut else 1 if new else 2)
    return np.array(labels)
