"""You train on an answer that becomes known at the very cut: it must be known before. See
section 1.12.
"""

import numpy as np


def split_sessions(user, begins, known, cut):
    early = begins < cut
    new_user = ~np.isin(user, user[early])
    return np.where(known <= cut, 0, np.where(~early & new_user, 1, 2))
