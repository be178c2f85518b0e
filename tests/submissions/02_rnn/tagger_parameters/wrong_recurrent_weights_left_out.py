"""Your count leaves out W_hh, H times H numbers for each direction of each layer. See
section 2.4.
"""


def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    count = vocabulary * embedding
    features = embedding
    for _ in range(layers):
        count += 2 * hidden * (features + 2)
        features = 2 * hidden
    return count + classes * (features + 1)
