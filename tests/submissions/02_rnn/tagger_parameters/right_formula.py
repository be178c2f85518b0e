def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    first = 2 * (embedding * hidden + hidden**2 + 2 * hidden)
    upper = 2 * (2 * hidden * hidden + hidden**2 + 2 * hidden)
    head = 2 * hidden * classes + classes
    return vocabulary * embedding + first + (layers - 1) * upper + head
