def split_sessions(user, begins, known, cut):
    old = {u for u, b in zip(user.tolist(), begins.tolist()) if b < cut}
    labels = []
    for u, b, k in zip(user.tolist(), begins.tolist(), known.tolist()):
        if k < cut:
            labels.append(0)
        elif b >= cut and u not in old:
            labels.append(1)
        else:
            labels.append(2)
    return labels
