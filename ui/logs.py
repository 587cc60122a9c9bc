"""What is logged holds no personal data: every record is masked as it is made.

A filter sits on one handler or one logger; libraries bring handlers of their own. The factory of
records stands before all of them.
"""

import logging
from typing import Any

_formatter = logging.Formatter()


class MaskedRecord(logging.LogRecord):
    """A record whose message, arguments and exception text are masked."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        _mask(self)


def mask_logs() -> None:
    """From now on, every log record of this process is masked."""
    logging.setLogRecordFactory(MaskedRecord)


def _mask(record: logging.LogRecord) -> None:
    from agent.masking import mask_log

    if isinstance(record.args, tuple):
        # Kept apart where that is enough: some formatters take the arguments to pieces.
        record.args = tuple(mask_log(a) if isinstance(a, str) else a for a in record.args)
    try:
        said = record.getMessage()
    except (TypeError, ValueError):
        return  # whoever handles the record reports the faulty format
    if (masked := mask_log(said)) != said:
        record.msg, record.args = masked, ()
    if record.exc_info and record.exc_info[0] is not None:
        # Formatters print this text where there is one.
        record.exc_text = mask_log(_formatter.formatException(record.exc_info))
