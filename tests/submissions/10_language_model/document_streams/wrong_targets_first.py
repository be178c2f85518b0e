"""You return the targets before the inputs. See section 10.4."""

import numpy as np


def document_streams(documents, size, length):
    rows = [[] for _ in range(size)]
    for number, document in enumerate(documents):
        steps = [len(row) for row in rows]
        row = rows[steps.index(min(steps))]
        for t in range(len(document) - 1):
            row.append((document[t + 1], document[t], t == 0))
    longest = max(len(row) for row in rows)
    for row in rows:
        row.extend([(-100, 0, False)] * (longest - len(row)))
    windows = []
    for first in range(0, longest, length):
        cut = [row[first : first + length] for row in rows]
        windows.append(tuple(np.array([[s[i] for s in row] for row in cut]) for i in range(3)))
    return windows
