import numpy as np


def document_streams(documents, size, length):
    filled = np.zeros(size, dtype=int)
    places = []
    for document in documents:
        b = int(np.argmin(filled))
        places.append((b, filled[b]))
        filled[b] += len(document) - 1
    S = filled.max()
    x, y = np.zeros((size, S), dtype=int), np.full((size, S), -100)
    fresh = np.zeros((size, S), dtype=bool)
    for document, (b, o) in zip(documents, places):
        n = len(document) - 1
        x[b, o : o + n], y[b, o : o + n] = document[:-1], document[1:]
        if n:
            fresh[b, o] = True
    cuts = np.arange(length, S, length)
    return list(zip(*(np.split(a, cuts, axis=1) for a in (x, y, fresh))))
