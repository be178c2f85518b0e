"""Your count gives the embedding a bias: it is a table of V rows with E numbers each, and
nothing is added. See section 1.7.
"""


def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    count = vocabulary * embedding + embedding
    features = embedding
    for _ in range(layers):
        count += 2 * hidden * (features + hidden + 2)
        features = 2 * hidden
    return count + classes * (features + 1)
