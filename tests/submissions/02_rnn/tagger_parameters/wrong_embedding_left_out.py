"""Your count leaves out the embedding table: its V times E numbers are learned too. See
section 1.7.
"""


def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    count = 0
    features = embedding
    for _ in range(layers):
        count += 2 * hidden * (features + hidden + 2)
        features = 2 * hidden
    return count + classes * (features + 1)
