"""Your input weights are a flat list: they are a matrix with one row for the unit and one column
for each line, the shape (1, 2). See section 2.4.
"""


def latch():
    return [10.0, -10.0], [[5.0]], [0.5]
