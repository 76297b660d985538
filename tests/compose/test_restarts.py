"""When a process that has left is started again: numbers in, numbers out."""

from __future__ import annotations

from compose.local.restarts import CALM_S, DELAY_S_MAX, delay_s, in_a_row, is_looping


def test_the_first_crashes_wait_the_stated_delay_and_a_loop_waits_longer_up_to_a_limit() -> None:
    assert [delay_s(crashes, 0.5) for crashes in range(1, 9)] == [0.5, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]


def test_a_stated_delay_beyond_the_limit_is_kept() -> None:
    assert [delay_s(crashes, 60.0) for crashes in (1, 5)] == [60.0, 60.0]
    assert DELAY_S_MAX < 60.0


def test_three_short_lives_in_a_row_are_a_crash_loop() -> None:
    crashes = 0
    seen = []
    for lived_s in (0.1, 0.1, 0.1):
        crashes = in_a_row(crashes, lived_s)
        seen.append(is_looping(crashes))
    assert seen == [False, False, True]


def test_a_long_life_ends_a_crash_loop() -> None:
    assert in_a_row(7, lived_s=CALM_S) == 1
