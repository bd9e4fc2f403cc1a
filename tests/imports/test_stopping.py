"""Signals are heard once, and the second one acts as ever."""

import signal

import pytest

from dashboards.imports.stopping import stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_is_a_wish(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stopping() as stop:
        assert not stop()
        signal.raise_signal(number)
        assert stop()
        assert stop.by is number
    assert signal.getsignal(number) is before


def test_second_ctrl_c_interrupts() -> None:
    with stopping():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
