"""Your count lets the first layer read V features, as if tokens came one-hot: it reads the E
features of the embedding. See section 1.7.
"""


def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    count = vocabulary * embedding
    features = vocabulary
    for _ in range(layers):
        count += 2 * hidden * (features + hidden + 2)
        features = 2 * hidden
    return count + classes * (2 * hidden + 1)
