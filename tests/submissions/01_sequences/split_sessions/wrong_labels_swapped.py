"""Your labels for training and testing are swapped: 0 trains, 1 tests. See section 1.12."""

import numpy as np


def split_sessions(user, begins, known, cut):
    early = begins < cut
    new_user = ~np.isin(user, user[early])
    return np.where(known < cut, 1, np.where(~early & new_user, 0, 2))
