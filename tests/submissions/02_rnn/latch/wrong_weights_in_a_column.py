"""Your input weights stand in a column: the rows of weight_ih are units and its columns are inputs,
and this cell has one unit and two inputs, the shape (1, 2). See section 2.4.
"""


def latch():
    return [[10.0], [-10.0]], [[5.0]], [0.5]
