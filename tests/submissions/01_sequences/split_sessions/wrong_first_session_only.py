"""You test on the first session of a new user only: all sessions of such a user test. See
section 1.12.
"""

import numpy as np


def split_sessions(user, begins, known, cut):
    met = set(user[begins < cut].tolist())
    labels = np.full(len(user), 2)
    for i in np.argsort(begins, kind="stable"):
        if known[i] < cut:
            labels[i] = 0
        elif begins[i] >= cut and user[i] not in met:
            labels[i] = 1
            met.add(user[i])
    return labels
