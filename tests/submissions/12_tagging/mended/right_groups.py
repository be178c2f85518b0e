def mended(tags):
    found = []
    place = 0
    while place < len(tags):
        if tags[place] == "O":
            found.append("O")
            place += 1
            continue
        stop = place + 1
        while stop < len(tags) and tags[stop].startswith("I-"):
            stop += 1
        votes = {}
        for tag in tags[place:stop]:
            kind = tag.partition("-")[2]
            votes[kind] = votes.get(kind, 0) + 1
        kind = max(votes, key=votes.get)  # the first of equals: a dict keeps its order
        size = stop - place
        letters = "S" if size == 1 else "B" + "I" * (size - 2) + "E"
        found.extend(letter + "-" + kind for letter in letters)
        place = stop
    return found
