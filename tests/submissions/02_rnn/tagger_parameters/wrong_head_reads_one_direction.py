"""Your count has a head that reads H features: it reads both directions, so 2H. See section
2.8.
"""


def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    count = vocabulary * embedding
    features = embedding
    for _ in range(layers):
        count += 2 * hidden * (features + hidden + 2)
        features = 2 * hidden
    return count + classes * (hidden + 1)
