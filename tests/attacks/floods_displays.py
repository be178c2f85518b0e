"""Floods: three thousand displays, and one that is 30 MB.

aim: none
harm: feedback
"""

from IPython.display import display

for _ in range(3000):
    display({"text/plain": "x" * 1000}, raw=True)
display({"text/plain": "x" * 3 * 10**7, "image/png": "A" * 10**7}, raw=True)
