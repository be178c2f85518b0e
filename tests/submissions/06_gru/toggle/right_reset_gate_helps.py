import numpy as np


def toggle():
    # a set pulse shuts r, so that nothing speaks against it; a toggle opens it
    weight_ih = np.array([[30.0, -30.0], [-60.0, -60.0], [0.0, 9.0]])
    return weight_ih, np.array([[0.0], [0.0], [-9.0]]), np.array([0.0, 30.0, 0.0])
