"""Do errors name the argument, what was expected and what came?"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rnn_utils._errors import (
    expect_as_many,
    expect_integers,
    expect_one_of,
    expect_positive,
    expect_shape,
    expect_sizes,
)


@pytest.mark.parametrize("make", [np.zeros, torch.zeros])
def test_are_the_letters_of_a_shape_bound(make) -> None:
    assert expect_shape("x", make((2, 5, 3)), "B T D") == {"B": 2, "T": 5, "D": 3}
    assert expect_shape("w", make((4, 4)), "H H") == {"H": 4}
    assert expect_shape("w", make((8, 4)), "8 H", H=4) == {"H": 4}


@pytest.mark.parametrize(
    ("shape", "letters", "sizes", "message"),
    [
        (
            (2, 5, 4),
            "B T D",
            {"D": 3},
            r"x: expected shape \(B, T, D\) with D = 3, got",
        ),
        ((2, 5), "B T D", {}, r"x: expected shape \(B, T, D\), got \(2, 5\)"),
        ((2, 5, 3, 1), "B T D", {}, r"x: expected shape \(B, T, D\), got \(2, 5, 3, 1\)"),
        ((3, 4), "H H", {}, r"x: expected shape \(H, H\), got \(3, 4\)"),
        ((), "B", {}, r"x: expected shape \(B,\), got \(\)"),
    ],
)
def test_does_a_wrong_shape_name_what_was_expected(shape, letters, sizes, message) -> None:
    with pytest.raises(ValueError, match=message):
        expect_shape("x", np.zeros(shape), letters, **sizes)


def test_is_a_thing_without_a_shape_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"x: expected an array or tensor of shape .*, got list"):
        expect_shape("x", [[1, 2]], "B T")


def test_does_a_wrong_choice_list_the_choices() -> None:
    expect_one_of("nonlinearity", "tanh", ("tanh", "relu"))
    with pytest.raises(ValueError, match="expected one of 'tanh', 'relu', got 'gelu'"):
        expect_one_of("nonlinearity", "gelu", ("tanh", "relu"))


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_does_a_number_out_of_range_say_so(value) -> None:
    expect_positive("n", 1)
    expect_positive("n", 0, zero=True)
    with pytest.raises(ValueError, match="n: expected a number above 0"):
        expect_positive("n", value)


@pytest.mark.parametrize("value", ["3", None, True])
def test_is_a_thing_that_is_no_number_a_type_error(value) -> None:
    with pytest.raises(TypeError, match="n: expected a number above 0"):
        expect_positive("n", value)


def test_is_a_size_a_whole_number_above_0() -> None:
    expect_sizes(hidden=3, layers=np.int64(1))
    for value in (2.0, True, "3", None):
        with pytest.raises(TypeError, match="hidden: expected a whole number above 0, got"):
            expect_sizes(layers=1, hidden=value)
    with pytest.raises(ValueError, match="hidden: expected a number above 0, got 0"):
        expect_sizes(layers=1, hidden=0)


def test_is_a_tensor_of_integers_told_from_the_others() -> None:
    for dtype in (torch.uint8, torch.int32, torch.int64):
        expect_integers("ids", torch.zeros(2, dtype=dtype))
    for wrong, came in [
        (torch.zeros(2), "torch.float32"),
        (torch.zeros(2, dtype=torch.bool), "torch.bool"),
        (torch.zeros(2, dtype=torch.complex64), "torch.complex64"),
        (np.zeros(2, dtype=int), "ndarray"),
        ([1, 2], "list"),
    ]:
        with pytest.raises(TypeError, match=f"ids: expected a tensor of integers, got {came}"):
            expect_integers("ids", wrong)


def test_do_lists_of_another_length_say_so() -> None:
    expect_as_many(one=[1], other=(2,))
    with pytest.raises(ValueError, match="other: expected N = 1, as many as one, got 2"):
        expect_as_many(one=[1], other=[2, 3])
    with pytest.raises(ValueError, match="one: expected at least one, got none"):
        expect_as_many(one=[], other=[])
    with pytest.raises(TypeError, match="other: expected a sequence of them, got a single string"):
        expect_as_many(one=["a"], other="a")
