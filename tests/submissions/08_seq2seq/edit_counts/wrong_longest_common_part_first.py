"""You align by the longest part that the two share, as difflib does: that is an alignment, but
not always one with the fewest edits. See section 8.10.
"""

import difflib


def edit_counts(answers, references):
    S = I = D = 0
    for answer, reference in zip(answers, references, strict=True):
        matcher = difflib.SequenceMatcher(None, reference, answer, autojunk=False)
        for _, i, k, j, m in (code for code in matcher.get_opcodes() if code[0] != "equal"):
            S += min(k - i, m - j)
            I += max(m - j - (k - i), 0)
            D += max(k - i - (m - j), 0)
    return (S, I, D), (S + I + D) / sum(len(reference) for reference in references)
