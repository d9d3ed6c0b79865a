"""Floats lose the printed construction as fast as the linear maps of a flip say."""

from fractions import Fraction

import pytest

from runtime.drift import drift
from runtime.drift_report import table


def test_one_unit_grows_by_two_e_minus_three_at_p_3() -> None:
    run = drift(Fraction(3), "float64", flips=8)
    assert run.predicted_one_unit == pytest.approx(725)
    assert run.one_unit == pytest.approx(725, rel=1e-3)


def test_a_run_of_p_3_in_float64_grows_by_2913_a_flip_and_fails_at_the_fifth() -> None:
    run = drift(Fraction(3), "float64", flips=8)
    assert run.predicted == pytest.approx(2913, rel=1e-3)
    assert run.measured == pytest.approx(2913, rel=1e-2)
    assert run.failed_at == 5


def test_p_1_has_no_error_in_either_dtype() -> None:
    for dtype in ("float64", "float32"):
        run = drift(Fraction(1), dtype, flips=200)
        assert run.errors == (0.0,) * 200
        assert run.failed_at is None


def test_float32_cannot_hold_p_3() -> None:
    run = drift(Fraction(3), "float32")
    assert run.refused is not None
    assert "overflows float32" in run.refused
    assert "refused: out of range" in table([run])
