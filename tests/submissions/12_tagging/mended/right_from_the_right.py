def mended(tags):
    """Collect each span from its end; look left for its beginning."""
    found = ["O"] * len(tags)
    last = len(tags) - 1
    while last >= 0:
        first = last
        if tags[last] != "O":
            while tags[first][0] == "I" and first > 0 and tags[first - 1] != "O":
                first -= 1
            kinds = [tag[2:] for tag in tags[first : last + 1]]
            kind = sorted(kinds, key=lambda k: (-kinds.count(k), kinds.index(k)))[0]
            for place in range(first, last + 1):
                opens, closes = place == first, place == last
                letter = "IEBS"[2 * opens + closes]
                found[place] = f"{letter}-{kind}"
        last = first - 1
    return found
