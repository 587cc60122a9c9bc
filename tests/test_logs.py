"""Log records lose personal data before any handler sees them."""

import io
import logging
from collections.abc import Iterator

import pytest

from ui.logs import MaskedRecord, mask_logs


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    before = logging.getLogRecordFactory()
    mask_logs()
    stream, logger = io.StringIO(), logging.getLogger("tests.masked")
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)
    logging.setLogRecordFactory(before)


def test_message_and_arguments_are_masked(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    logger.error("turn of %s failed after %d s: %s", "dana@example.com", 3, "手机13800138000")
    logger.error("LP-28397 of 203.0.113.7, %s", {"phone": "+1 510 555 0142"})
    assert stream.getvalue().splitlines() == [
        "turn of [e-mail] failed after 3 s: 手机[phone]",
        "LP-28397 of [ip], {'phone': '[phone]'}",
    ]


def test_exceptions_are_masked(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    try:
        raise ValueError("no delivery to 1187 Larkspur Street, Apt 4")
    except ValueError:
        logger.exception("could not do it")
    said = stream.getvalue()
    assert said.endswith("ValueError: no delivery to [address]\n")
    assert said.startswith("could not do it\nTraceback")


def test_what_formatters_take_to_pieces_stays_in_pieces(
    log: tuple[logging.Logger, io.StringIO], caplog: pytest.LogCaptureFixture
) -> None:
    logger, _ = log
    logger.addHandler(caplog.handler)
    logger.warning('%s - "%s %s" %d', "203.0.113.7:51234", "GET", "/x?q=a@example.com", 200)
    logger.removeHandler(caplog.handler)
    assert caplog.records[-1].args == ("[ip]:51234", "GET", "/x?q=[e-mail]", 200)


def test_a_faulty_format_is_left_to_who_handles_it() -> None:
    record = MaskedRecord("tests", logging.ERROR, __file__, 1, "%d of %d", (1,), None)
    assert (record.msg, record.args) == ("%d of %d", (1,))
