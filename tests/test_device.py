"""Does the package find the right device, and do seeds fix every random number?"""

import random

import numpy as np
import pytest
import torch

from rnn_utils import device


@pytest.fixture(autouse=True)
def _no_override(monkeypatch):
    monkeypatch.delenv("RNN_UTILS_DEVICE", raising=False)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(2, True, "cuda"), (2, False, "cuda"), (0, True, "mps"), (0, False, "cpu")],
)
def test_is_cuda_taken_before_mps_and_mps_before_the_cpu(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert device.pick().type == expected


def test_does_the_environment_override_order_and_preference(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("RNN_UTILS_DEVICE", "cpu")
    assert device.pick() == torch.device("cpu")
    assert device.pick(prefer="cuda") == torch.device("cpu")


def test_does_an_unknown_device_name_the_argument_or_the_variable(monkeypatch):
    with pytest.raises(ValueError, match=r"prefer: expected one of .*got 'gpu'"):
        device.pick("gpu")
    with pytest.raises(ValueError, match=r"prefer: expected one of .*got 'xpu'"):
        device.pick("xpu")
    monkeypatch.setenv("RNN_UTILS_DEVICE", "tpu-of-mine")
    with pytest.raises(ValueError, match=r"RNN_UTILS_DEVICE: .*got 'tpu-of-mine'"):
        device.pick()


def test_does_a_device_that_is_not_here_say_which_are(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device.pick("cuda:1") == torch.device("cuda:1")
    with pytest.raises(ValueError, match=r"prefer: this machine has 'cuda'.*got 'cuda:2'"):
        device.pick("cuda:2")


def _draw():
    return random.random(), np.random.rand(), torch.rand(3).tolist()  # noqa: NPY002


def test_does_a_seed_fix_the_numbers_of_python_numpy_and_torch():
    device.seed_everything(7)
    first = _draw()
    device.seed_everything(7)
    assert _draw() == first
    device.seed_everything(8)
    other = _draw()
    assert all(mine != theirs for mine, theirs in zip(first, other, strict=True))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_is_a_seed_out_of_range_refused_by_name(seed):
    with pytest.raises(ValueError, match="seed: expected an integer from 0"):
        device.seed_everything(seed)


def test_does_the_description_name_what_a_report_needs():
    line = device.describe()
    assert torch.__version__ in line
    assert str(device.pick()) in line
    assert "threads" in line


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_does_a_seed_fix_the_numbers_of_the_accelerator():
    device.seed_everything(7)
    first = torch.rand(3, device="cuda")
    device.seed_everything(7)
    assert torch.equal(torch.rand(3, device="cuda"), first)
