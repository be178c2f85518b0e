"""Your count lets each upper layer read H features: it reads both directions of the layer
below, so 2H. See section 2.9.
"""


def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    count = vocabulary * embedding
    features = embedding
    for _ in range(layers):
        count += 2 * hidden * (features + hidden + 2)
        features = hidden
    return count + classes * (2 * hidden + 1)
