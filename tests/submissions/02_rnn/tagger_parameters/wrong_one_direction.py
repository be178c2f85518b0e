"""Your count has one direction in each layer: a bidirectional layer has two RNNs with
weights of their own. See section 2.9.
"""


def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    count = vocabulary * embedding
    features = embedding
    for _ in range(layers):
        count += hidden * (features + hidden + 2)
        features = 2 * hidden
    return count + classes * (features + 1)
