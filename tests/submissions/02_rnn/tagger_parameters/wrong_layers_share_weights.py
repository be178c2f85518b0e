"""Your count has the weights of one layer only: steps share weights, layers do not. See
section 2.5.
"""


def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    count = vocabulary * embedding
    count += 2 * hidden * (embedding + hidden + 2)
    return count + classes * (2 * hidden + 1)
