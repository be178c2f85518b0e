"""You count the tokens that a stream was given. What decides is its steps: a document of n
tokens takes n - 1, one of a single token none. See section 10.4.
"""

import numpy as np


def document_streams(documents, size, length):
    given = [0] * size
    rows = [[] for _ in range(size)]
    for number, document in enumerate(documents):
        b = given.index(min(given))
        given[b] += len(document)
        row = rows[b]
        for t in range(len(document) - 1):
            row.append((document[t], document[t + 1], t == 0))
    longest = max(len(row) for row in rows)
    for row in rows:
        row.extend([(0, -100, False)] * (longest - len(row)))
    windows = []
    for first in range(0, longest, length):
        cut = [row[first : first + length] for row in rows]
        windows.append(tuple(np.array([[s[i] for s in row] for row in cut]) for i in range(3)))
    return windows
