"""Your count takes every layer to read E features: from the second layer on, a layer reads
the 2H outputs of the one below. See section 2.9.
"""


def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    count = vocabulary * embedding
    count += layers * 2 * hidden * (embedding + hidden + 2)
    return count + classes * (2 * hidden + 1)
