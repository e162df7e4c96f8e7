"""IIN and BIN: what is checked, what is not, and the numbers of nobody."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimaq.language.errors import InvalidInput
from aimaq.language.iin import check_bin, check_iin, control_digit, synthetic_bin, synthetic_iin

seeds = st.integers(0, 2**32)


@pytest.mark.parametrize("number", ["900101300017", "100140000003"])
def test_a_published_number_passes(number: str) -> None:
    assert check_iin(number) == number
    assert check_bin(number) == number


@pytest.mark.parametrize("number", ["123456789011", "123456789012", "012345678912", "123456789021"])
def test_the_authoritys_test_numbers_pass_only_when_not_strict(number: str) -> None:
    assert check_iin(number, strict=False) == number
    with pytest.raises(InvalidInput) as refused:
        check_iin(number)
    assert (refused.value.field, refused.value.rule) == ("iin", "checksum")


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    "value", ["", "90010130001", "9001013000170", "90010130001x", "٩٠٠١٠١٣٠٠٠١٧", " 900101300017", "900101300017\n"]
)
def test_what_is_not_twelve_digits_never_passes(value: str, strict: bool) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_bin(value, strict=strict, field="employer.bin")
    assert (refused.value.field, refused.value.rule) == ("employer.bin", "digits")


@given(seeds, st.integers(1, 9))
def test_a_wrong_control_digit_is_found_and_the_number_not_repeated(seed: int, off: int) -> None:
    number = synthetic_iin(Random(seed))
    wrong = number[:11] + str((int(number[11]) + off) % 10)
    with pytest.raises(InvalidInput) as refused:
        check_iin(wrong)
    assert wrong not in str(refused.value.problem())


def test_the_second_weights_count_where_the_first_give_ten() -> None:
    second = [eleven for eleven in map("{:011d}".format, range(2000)) if _weighed(eleven) == 10]
    assert second
    assert {control_digit(eleven) for eleven in second} > {None, 0, 1}


def test_some_numbers_are_never_issued() -> None:
    unissued = next(eleven for eleven in map("{:011d}".format, range(2000)) if control_digit(eleven) is None)
    for digit in range(10):
        with pytest.raises(InvalidInput):
            check_iin(f"{unissued}{digit}")


def test_a_number_that_disagrees_with_any_date_of_birth_is_no_error() -> None:
    eleven = "99137990000"
    assert check_iin(f"{eleven}{control_digit(eleven)}")


@given(seeds, st.booleans())
def test_a_synthetic_iin_is_correct_repeatable_and_of_the_sex_asked_for(seed: int, female: bool) -> None:
    number = synthetic_iin(Random(seed), female=female)
    assert check_iin(number) == number
    assert number == synthetic_iin(Random(seed), female=female)
    assert number[6] in ("46" if female else "35")


@given(seeds)
def test_a_synthetic_bin_is_correct_and_cannot_be_taken_for_an_iin(seed: int) -> None:
    number = synthetic_bin(Random(seed))
    assert check_bin(number) == number
    assert 1 <= int(number[2:4]) <= 12
    assert number[4:6] == "40"


def _weighed(eleven: str) -> int:
    return sum(weight * int(digit) for weight, digit in enumerate(eleven, 1)) % 11
