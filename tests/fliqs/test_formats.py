# SPDX-License-Identifier: Apache-2.0
"""Every number of every format against ml_dtypes, and Brevitas' float quantisers where both define one."""

import ml_dtypes
import numpy as np
import pytest
import torch
from brevitas.core.bit_width import BitWidthConst
from brevitas.core.bit_width.float import ComputeMaxMantissa, StaticExponentBias
from brevitas.core.function_wrapper import FloatClamp, TensorClamp
from brevitas.core.quant.float import FloatQuant
from torch import Tensor

from quant.errors import ConfigError
from quant.fliqs.formats import SPACES, parse_space
from quant.fliqs.nearest import largest, nearest
from quant.fliqs.scales import best_power, normal_ratio
from quant.numerics.formats import BF16, RESERVED, Float, Integer, parse_format

STANDARD = {
    "e2m1": ml_dtypes.float4_e2m1fn,
    "e2m3": ml_dtypes.float6_e2m3fn,
    "e3m2": ml_dtypes.float6_e3m2fn,
    "e3m4": ml_dtypes.float8_e3m4,
    "e4m3": ml_dtypes.float8_e4m3fn,
    "e5m2": ml_dtypes.float8_e5m2,
    "bf16": ml_dtypes.bfloat16,
}
FLOATS = [name for name in SPACES["float-l"].split() if name != "bf16"]


def _codes(name: str) -> Tensor:
    """Every finite number of a standard format."""
    form = parse_format(name)
    kind = np.uint16 if form.bits > 8 else np.uint8
    codes = np.arange(1 << form.bits, dtype=kind).view(STANDARD[name]).astype(np.float32)
    return torch.from_numpy(codes[np.isfinite(codes)])


def _reals(form: Float, count: int = 100_000) -> Tensor:
    """Random reals over all of a format's exponents and beyond its least, up to its greatest value."""
    rng = torch.Generator().manual_seed(form.exponent * 8 + form.mantissa)
    least, top = form.least_exponent - form.mantissa - 3, int(np.log2(form.largest)) + 1
    exponents = torch.randint(max(least, -120), top + 1, (count,), generator=rng)
    x = torch.randn(count, generator=rng) * torch.exp2(exponents.float())
    return x[x.abs() <= form.largest]


@pytest.mark.parametrize("name", STANDARD)
def test_every_code_is_its_own_nearest_number(name: str) -> None:
    codes, form = _codes(name), parse_format(name)
    assert isinstance(form, Float) and float(codes.max()) == form.largest
    normal = codes[codes.abs() >= 2.0**-126] if form == BF16 else codes
    assert torch.equal(nearest(normal, form, signed=True), normal)


@pytest.mark.parametrize("name", STANDARD)
def test_rounding_equals_ml_dtypes(name: str) -> None:
    form = parse_format(name)
    assert isinstance(form, Float)
    x = _reals(form)
    wanted = x.numpy().astype(STANDARD[name]).astype(np.float32)
    assert np.array_equal(nearest(x, form, signed=True).numpy(), wanted)


@pytest.mark.parametrize("name", [name for name in STANDARD if name != "bf16"])
def test_ties_go_to_even(name: str) -> None:
    codes, form = _codes(name).unique(), parse_format(name)
    halves = (codes[1:] + codes[:-1]) / 2
    wanted = halves.numpy().astype(STANDARD[name]).astype(np.float32)
    assert np.array_equal(nearest(halves, form, signed=True).numpy(), wanted)


@pytest.mark.parametrize("name", FLOATS)
def test_every_format_has_its_codes_and_no_more(name: str) -> None:
    form = parse_format(name)
    assert isinstance(form, Float)
    found = nearest(torch.cat([_reals(form, 400_000), torch.tensor([0.0, -form.largest, form.largest])]), form, True)
    reserved = {"": 0, "nan": 2, "inf": 2 << form.mantissa}[RESERVED.get((form.exponent, form.mantissa), "")]
    assert len((found + 0.0).unique()) == (1 << form.bits) - 1 - reserved  # zero has two codes


@pytest.mark.parametrize("name", FLOATS)
def test_rounding_equals_brevitas(name: str) -> None:
    form = parse_format(name)
    assert isinstance(form, Float)
    x = torch.cat([_reals(form), torch.tensor([form.largest * 3, -form.largest * 3])])
    # Brevitas takes the exponent from log2 in float32, which rounds up within 2^-22 below a power of two
    mantissas = torch.frexp(x.abs()).mantissa
    clear = x[mantissas < 1 - 2.0**-20]
    assert len(clear) > 0.99 * len(x)
    assert torch.equal(nearest(clear, form, signed=True), _brevitas(form)(clear)[0])


def _brevitas(form: Float) -> FloatQuant:
    clamp = FloatClamp(TensorClamp(), signed=True, max_available_float=form.largest)
    widths = (BitWidthConst(form.exponent), BitWidthConst(form.mantissa), StaticExponentBias(form.bias))
    return FloatQuant(True, *widths, clamp, torch.nn.Identity(), ComputeMaxMantissa())


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 7, 8, 16])
def test_integers_round_half_to_even_and_saturate(bits: int) -> None:
    form = Integer(bits)
    x = torch.tensor([-1e9, -1.5, -0.5, 0.5, 1.5, 1e9])
    top = (1 << (bits - 1)) - 1
    assert nearest(x, form, signed=True, narrow=True).tolist() == [-top, max(-2, -top), 0, 0, min(2, top), top]
    assert nearest(x, form, signed=True).tolist() == [-top - 1, -2, 0, 0, min(2, top), top]
    assert nearest(x, form, signed=False).tolist() == [0, 0, 0, 0, 2, (1 << bits) - 1]


@pytest.mark.parametrize("name", ["int2", "int4", "int8", "e2m1", "e4m3"])
def test_steps_are_the_best_of_their_neighbourhood(name: str) -> None:
    form = parse_format(name)
    x = torch.randn(20_000, generator=torch.Generator().manual_seed(1))

    def error(step: float) -> float:
        return float((nearest(x / step, form, True, True) * step - x).square().mean())

    ratio, power = normal_ratio(form), best_power(x, form, signed=True)
    if isinstance(form, Integer):  # floats are flat here: any power of two is as good
        assert error(ratio) < min(error(ratio * 1.1), error(ratio / 1.1))
    assert np.log2(power) == round(np.log2(power))
    assert error(power) <= 1.05 * min(error(2 * power), error(power / 2))


def test_spaces() -> None:
    assert [form.name for form in parse_space("int8,int2,int4,int2")] == ["int2", "int4", "int8"]
    assert {form.bits for form in parse_space("float-l")} == {4, 5, 6, 7, 8, 16}
    assert largest(Float(4, 3), signed=True) == 448.0
    for text, message in ((" ", "is empty"), ("int1", "2 to 16 bits"), ("e9m1", "1 to 8"), ("half", "is unknown")):
        with pytest.raises(ConfigError, match=message):
            parse_space(text)
