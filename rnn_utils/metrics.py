"""Figures that say how good a prediction is: for classes, for text and for real values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = [
    "accuracy",
    "bits_per_character",
    "confusion",
    "mase",
    "mean_absolute_error",
    "mean_squared_error",
    "perplexity",
]


def accuracy(predicted: Any, target: Any, mask: Any = None) -> float:
    r"""Return the share of positions where the predicted class is the true one.

    .. math:: \frac{1}{\sum_i m_i} \sum_i m_i\, [\hat y_i = y_i]

    Parameters
    ----------
    predicted : array or tensor of integers, any shape
        Class numbers, not logits: take ``logits.argmax(-1)`` first.
    target : array or tensor of integers, the same shape
        True class numbers.
    mask : array or tensor of booleans, the same shape, optional
        True where a position counts; all count when it is left out.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    TypeError
        If `predicted` or `target` does not hold integers, or `mask` no booleans.
    ValueError
        If the shapes differ, or no position counts.

    References
    ----------
    Equal to ``sklearn.metrics.accuracy_score``.

    Chapter: 01_sequences
    """
    guess, truth = _classes(predicted, target, mask)
    # mean of [ŷ_i = y_i] over the positions that count
    return float(np.mean(guess == truth))


def confusion(predicted: Any, target: Any, classes: int, mask: Any = None) -> NDArray[np.int64]:
    r"""Count how often each true class was taken for each class.

    .. math:: C_{jk} = \sum_i m_i\, [y_i = j]\, [\hat y_i = k]

    Parameters
    ----------
    predicted, target : array or tensor of integers, the same shape
        Predicted and true class numbers.
    classes : int
        Number of classes K.
    mask : array or tensor of booleans, the same shape, optional
        True where a position counts.

    Returns
    -------
    array (K, K) of int64
        Rows are true classes, columns predicted ones.

    Raises
    ------
    TypeError
        If `predicted` or `target` does not hold integers, or `mask` no booleans.
    ValueError
        If the shapes differ, no position counts, or a class number is not in 0 .. K - 1.

    References
    ----------
    Equal to ``sklearn.metrics.confusion_matrix``.

    Chapter: 01_sequences
    """
    guess, truth = _classes(predicted, target, mask)
    for name, numbers in (("predicted", guess), ("target", truth)):
        if numbers.min() < 0 or numbers.max() >= classes:
            raise ValueError(
                f"{name}: expected class numbers in 0 .. K - 1 with K = {classes}, "
                f"got {numbers.min()} .. {numbers.max()}"
            )
    # C[j, k] counts the pairs (truth j, guess k); j K + k numbers the pairs
    pairs = np.bincount(truth * classes + guess, minlength=classes * classes)
    return pairs.reshape(classes, classes).astype(np.int64)  # (K, K)


def perplexity(mean_nats: float) -> float:
    r"""Turn a mean negative log likelihood into the number of equally likely choices.

    .. math:: \exp\Bigl(-\frac1N \sum_{i=1}^N \log p_i\Bigr)

    Parameters
    ----------
    mean_nats : float
        Mean of :math:`-\log p` per symbol, in nats: what torch's cross entropy returns.

    Returns
    -------
    float
        At least 1; infinite where a symbol was given probability 0.

    Raises
    ------
    ValueError
        If `mean_nats` is negative or not a number.

    References
    ----------
    Jelinek, Mercer, Bahl and Baker (1977), "Perplexity: a measure of the difficulty of
    speech recognition tasks".

    Chapter: 01_sequences
    """
    nats = _nats(mean_nats)
    try:
        # PP = exp(mean nats)
        return math.exp(nats)
    except OverflowError:
        return math.inf


def bits_per_character(mean_nats: float) -> float:
    r"""Turn a mean negative log likelihood in nats into bits.

    .. math:: \frac{1}{\log 2} \cdot \Bigl(-\frac1N \sum_{i=1}^N \log p_i\Bigr)

    Parameters
    ----------
    mean_nats : float
        Mean of :math:`-\log p` per character, in nats.

    Returns
    -------
    float
        Bits per character: what an ideal compressor would need.

    Raises
    ------
    ValueError
        If `mean_nats` is negative or not a number.

    References
    ----------
    Shannon (1951), "Prediction and entropy of printed English".

    Chapter: 01_sequences
    """
    # bits = nats / log 2
    return _nats(mean_nats) / math.log(2)


def mean_absolute_error(predicted: Any, target: Any, mask: Any = None) -> float:
    r"""Return the mean distance between prediction and truth, in the unit of the series.

    .. math:: \frac{1}{\sum_i m_i} \sum_i m_i\, |x_i - \hat x_i|

    Parameters
    ----------
    predicted, target : array or tensor, the same shape
        Real values.
    mask : array or tensor of booleans, the same shape, optional
        True where a position counts.

    Returns
    -------
    float
        In the unit of the values.

    Raises
    ------
    TypeError
        If `mask` does not hold booleans.
    ValueError
        If the shapes differ, or no position counts.

    References
    ----------
    Equal to ``sklearn.metrics.mean_absolute_error``.

    Chapter: 01_sequences
    """
    guess, truth = _values(predicted, target, mask)
    # mean of |x_i - x̂_i|
    return float(np.mean(np.abs(truth - guess)))


def mean_squared_error(predicted: Any, target: Any, mask: Any = None) -> float:
    r"""Return the mean squared distance between prediction and truth.

    .. math:: \frac{1}{\sum_i m_i} \sum_i m_i\, (x_i - \hat x_i)^2

    Parameters
    ----------
    predicted, target : array or tensor, the same shape
        Real values.
    mask : array or tensor of booleans, the same shape, optional
        True where a position counts.

    Returns
    -------
    float
        In the unit of the values, squared.

    Raises
    ------
    TypeError
        If `mask` does not hold booleans.
    ValueError
        If the shapes differ, or no position counts.

    References
    ----------
    Equal to ``sklearn.metrics.mean_squared_error``.

    Chapter: 01_sequences
    """
    guess, truth = _values(predicted, target, mask)
    # mean of (x_i - x̂_i)²
    return float(np.mean((truth - guess) ** 2))


def mase(predicted: Any, target: Any, history: Any, period: int = 1, mask: Any = None) -> float:
    r"""Return the absolute error in units of the seasonal naive forecast's own error.

    .. math::
        \frac{\frac{1}{\sum_i m_i} \sum_i m_i\, |x_i - \hat x_i|}
             {\frac{1}{N - s} \sum_{t=s+1}^{N} |x^{\mathrm{train}}_t - x^{\mathrm{train}}_{t-s}|}

    Parameters
    ----------
    predicted, target : array or tensor, the same shape
        Real values.
    history : array or tensor (T,)
        The training part of the series, which gives the scale.
    period : int
        Season s in steps; 1 scales by persistence.
    mask : array or tensor of booleans, the same shape as `target`, optional
        True where a position counts.

    Returns
    -------
    float
        Without unit; below 1 is better than the naive forecast was in training.

    Raises
    ------
    TypeError
        If `mask` does not hold booleans.
    ValueError
        If the shapes differ, `history` is not one series longer than `period`, or it repeats
        exactly with that period, so that the scale is 0.

    References
    ----------
    Hyndman and Koehler (2006), "Another look at measures of forecast accuracy".

    Chapter: 01_sequences
    """
    past = _array(history).astype(np.float64)
    if past.ndim != 1:
        raise ValueError(f"history: expected shape (T,), got {past.shape}")
    if not 1 <= period < len(past):
        raise ValueError(
            f"period: expected a season in 1 .. T - 1 with T = {len(past)}, got {period}"
        )
    # scale = mean over t of |x_t - x_{t-s}| in the training part
    scale = float(np.mean(np.abs(past[period:] - past[:-period])))
    if scale == 0.0:
        raise ValueError(
            f"history: expected a series that changes over {period} steps, "
            "got one that repeats exactly"
        )
    # MASE = MAE / scale
    return mean_absolute_error(predicted, target, mask) / scale


def _array(values: Any) -> NDArray[Any]:
    if isinstance(values, torch.Tensor):
        return values.detach().cpu().numpy()
    return np.asarray(values)


def _nats(mean_nats: float) -> float:
    nats = float(mean_nats)
    if not nats >= 0:
        raise ValueError(f"mean_nats: expected a mean of -log p, at least 0, got {nats}")
    return nats


def _counted(
    guess: NDArray[Any], truth: NDArray[Any], mask: Any
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the two flat arrays at the positions that count."""
    if guess.shape != truth.shape:
        raise ValueError(
            f"predicted: expected the shape of target, {truth.shape}, got {guess.shape}"
        )
    if mask is not None:
        counts = _array(mask)
        if counts.dtype != np.bool_:
            raise TypeError(f"mask: expected booleans, got {counts.dtype}")
        if counts.shape != truth.shape:
            raise ValueError(
                f"mask: expected the shape of target, {truth.shape}, got {counts.shape}"
            )
        guess, truth = guess[counts], truth[counts]
    if truth.size == 0:
        raise ValueError("target: expected at least one position that counts, got none")
    return guess.reshape(-1), truth.reshape(-1)


def _classes(predicted: Any, target: Any, mask: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    guess, truth = _array(predicted), _array(target)
    for name, numbers in (("predicted", guess), ("target", truth)):
        if numbers.size and not np.issubdtype(numbers.dtype, np.integer):
            raise TypeError(
                f"{name}: expected integers (class numbers, not logits), got {numbers.dtype}"
            )
    guess, truth = _counted(guess, truth, mask)
    return guess.astype(np.int64), truth.astype(np.int64)


def _values(
    predicted: Any, target: Any, mask: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    guess, truth = _counted(_array(predicted), _array(target), mask)
    return guess.astype(np.float64), truth.astype(np.float64)
