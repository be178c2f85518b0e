"""You drop nothing: whatever does not train tests in your split, and so both the future and
the user leak. See section 1.12.
"""

import numpy as np


def split_sessions(user, begins, known, cut):
    return np.where(begins < cut, 0, 1)
