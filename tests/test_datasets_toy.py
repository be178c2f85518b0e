"""Are the toy tasks what their papers define, and fresh or repeated as the seed says?"""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch

from rnn_utils import datasets

DRAWS = {
    "adding": lambda seed: datasets.adding(50, 20, seed),
    "copy_task": lambda seed: datasets.copy_task(50, 20, seed=seed),
    "temporal_order": lambda seed: datasets.temporal_order(50, 20, seed),
}


@pytest.mark.parametrize("task", DRAWS)
def test_does_the_seed_decide_the_examples_and_leave_the_global_state_alone(task):
    before = torch.get_rng_state()
    first = DRAWS[task](3)
    torch.rand(7)
    again, other = DRAWS[task](3), DRAWS[task](4)
    assert torch.equal(first.inputs, again.inputs)
    assert torch.equal(first.targets, again.targets)
    assert not torch.equal(first.inputs, other.inputs)
    torch.set_rng_state(before)
    expected = torch.rand(3)
    torch.set_rng_state(before)
    DRAWS[task](5)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("length", [2, 3, 10, 51])
def test_is_the_target_of_adding_the_sum_of_the_two_marked_values(length):
    examples = datasets.adding(200, length, seed=0)
    assert examples.inputs.shape == (200, length, 2)
    assert examples.inputs.dtype == examples.targets.dtype == torch.float32
    for sequence, target in zip(examples.inputs.tolist(), examples.targets.tolist(), strict=True):
        marked = [(t, value) for t, (value, mark) in enumerate(sequence) if mark == 1]
        assert [mark for _, mark in sequence].count(0) == length - 2
        (first, a), (second, b) = marked
        assert first < length // 2 <= second
        assert target == pytest.approx(a + b, abs=1e-6)
        assert all(0 <= value < 1 for value, _ in sequence)


def test_are_all_places_of_adding_marked():
    examples = datasets.adding(2_000, 8, seed=0)
    assert (examples.inputs[..., 1].sum(dim=0) > 400).all(), "each of 4 places has 500 on average"


def test_is_the_error_of_always_answering_one_the_sixth_that_the_docstring_gives():
    targets = datasets.adding(100_000, 4, seed=0).targets.double()
    error = (targets - 1).square()
    standard_error = error.std() / math.sqrt(len(error))
    assert abs(error.mean() - 1 / 6) < 4 * standard_error
    assert standard_error < 0.001


@pytest.mark.parametrize(("lag", "symbols", "length"), [(1, 8, 10), (7, 2, 3), (100, 8, 10)])
def test_is_a_copy_task_the_definition_written_out(lag, symbols, length):
    examples = datasets.copy_task(100, lag, symbols, length, seed=1)
    assert examples.inputs.dtype == examples.targets.dtype == torch.int64
    blank, delimiter = symbols, symbols + 1
    for inputs, targets in zip(examples.inputs.tolist(), examples.targets.tolist(), strict=True):
        message = inputs[:length]
        assert inputs == message + [blank] * (lag - 1) + [delimiter] + [blank] * length
        assert targets == [blank] * (length + lag) + message
    assert set(examples.inputs[:, :length].unique().tolist()) == set(range(symbols))


def test_is_the_baseline_of_copying_ten_ln_eight_over_the_length():
    lag = 100
    examples = datasets.copy_task(200, lag, seed=0)
    blank = torch.zeros(200, lag + 20, 10).double()
    blank[..., :8] = -math.inf
    blank[..., 9] = -math.inf
    guess = torch.full((10,), -math.inf).double()
    guess[:8] = 0.0
    blank[:, -10:] = guess
    loss = torch.nn.functional.cross_entropy(blank.reshape(-1, 10), examples.targets.reshape(-1))
    assert loss.item() == pytest.approx(10 * math.log(8) / (lag + 20), rel=1e-12)


@pytest.mark.parametrize("length", [10, 20, 100, 105, 117])
def test_is_temporal_order_the_definition_written_out(length):
    examples = datasets.temporal_order(500, length, seed=2)
    assert examples.inputs.shape == (500, length)
    assert examples.inputs.dtype == examples.targets.dtype == torch.int64
    classes = ["XX", "XY", "YX", "YY"]
    places = set()
    for sequence, target in zip(examples.inputs.tolist(), examples.targets.tolist(), strict=True):
        spelt = "".join("abcdXYEB"[symbol] for symbol in sequence)
        assert spelt[0] == "E"
        assert spelt[-1] == "B"
        assert set(spelt[1:-1]) <= set("abcdXY")
        marks = [(t, symbol) for t, symbol in enumerate(spelt) if symbol in "XY"]
        (first, one), (second, two) = marks
        assert length / 10 <= first < 2 * length / 10
        assert 5 * length / 10 <= second < 6 * length / 10
        assert classes[target] == one + two
        places.add((first, second))
    allowed = [
        (t, s)
        for t in range(length)
        for s in range(length)
        if length <= 10 * t < 2 * length and 5 * length <= 10 * s < 6 * length
    ]
    assert len(places) > 0.9 * min(len(allowed), 400)
    assert all(95 < count < 155 for count in Counter(examples.targets.tolist()).values())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: datasets.adding(0, 10, 0), r"n: expected a number above 0, got 0"),
        (lambda: datasets.adding(5, 1, 0), r"length: expected a whole number, at least 2, got 1"),
        (lambda: datasets.adding(5, 2.5, 0), r"length: expected a whole number.*got 2.5"),
        (lambda: datasets.copy_task(5, 0, seed=0), r"lag: expected .* got 0"),
        (lambda: datasets.copy_task(5, 5, symbols=-1, seed=0), r"symbols: expected .* got -1"),
        (lambda: datasets.copy_task(5, 5, length=0, seed=0), r"length: expected .* got 0"),
        (lambda: datasets.temporal_order(5, 9, 0), r"length: expected .*at least 10, got 9"),
    ],
)
def test_does_a_wrong_size_name_its_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_does_load_reach_the_toy_tasks():
    ours = datasets.load("copy_task", n=3, lag=4, seed=5)
    assert torch.equal(ours.inputs, datasets.copy_task(3, 4, seed=5).inputs)
