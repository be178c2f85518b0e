"""Your count leaves out the biases of the RNN layers: each unit has two, bias_ih and
bias_hh. See section 2.4.
"""


def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    count = vocabulary * embedding
    features = embedding
    for _ in range(layers):
        count += 2 * hidden * (features + hidden)
        features = 2 * hidden
    return count + classes * (features + 1)
