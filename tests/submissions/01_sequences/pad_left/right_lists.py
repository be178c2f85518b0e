def pad_left(rows, value):
    longest = max(map(len, rows))
    padded = [[value] * (longest - len(row)) + list(row) for row in rows]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
    return padded, mask
