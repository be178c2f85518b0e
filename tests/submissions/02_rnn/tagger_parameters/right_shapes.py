import numpy as np


def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    shapes = [(vocabulary, embedding), (classes, 2 * hidden), (classes,)]
    for layer in range(layers):
        inputs = 2 * hidden if layer else embedding
        one = [(hidden, inputs), (hidden, hidden), (hidden,), (hidden,)]
        shapes += one + one
    return sum(int(np.prod(shape)) for shape in shapes)
