"""E-mail addresses and phone numbers, American, Chinese and international.

A phone counts only if it is written as one, or if the words before it say so: order, product and
tracking numbers are runs of digits too.
"""

import re

from agent.personal.spans import matches

_LOCAL = r"[A-Za-z0-9\u00c0-\u024f._%+\-]"
# Lengths of RFC 5321, so that no long run of letters is gone through again and again.
_EMAIL = re.compile(
    rf"(?<!{_LOCAL}){_LOCAL}{{1,64}}\s?(?:@|[(\[]at[)\]])\s?"
    r"(?:[A-Za-z0-9\u00c0-\u024f\-]{1,63}(?:\.|\s?[(\[]dot[)\]]\s?)){1,8}[A-Za-z]{2,24}",
    re.IGNORECASE,
)
_EDGE = r"(?<![A-Za-z0-9#\-.])(?<!\d[ ])"
_END = r"(?![A-Za-z0-9]|[\-.]\d)"
_WRITTEN = re.compile(
    rf"""{_EDGE}(?:
      \+\d{{1,3}}[ \-.]?(?:\(\d{{1,4}}\)[ \-.]?)?\d(?:[ \-.]?\d){{5,12}}   # +1 510 555 0142
    | 00[1-9]\d{{0,2}}[ \-]\d(?:[ \-]?\d){{6,12}}                          # 0086 138 0013 8000
    | (?:1[ \-.])?\(\d{{3}}\)[ ]?\d{{3}}[ \-.]\d{{4}}                      # (510) 555-0142
    | (?:1[\-.])?\d{{3}}[\-.]\d{{3}}[\-.]\d{{4}} | \d{{3}}[ ]\d{{3}}[ ]\d{{4}}   # 510-555-0142
    | (?:86[ \-])?1[3-9]\d(?:[ \-]?\d{{4}}){{2}}                           # 138 0013 8000
    | 0\d{{2,3}}[ \-]\d{{3,4}}[ \-]?\d{{4}}                                # 010-6234 5678
    | \(0\d{{2,3}}\)[ ]?\d{{3,4}}[ \-]?\d{{4}}                             # (010)62345678
    )(?:[ ]?(?:ext\.?|x|转)[ ]?\d{{1,5}})?{_END}""",
    re.VERBOSE,
)
# Between the word and the number there is no other thing that has a number.
_BETWEEN = r"(?:(?!order|track|parcel|订单|单号|运单|编号|商品|货号)[^\d\n#]){0,20}?"
_SAID = re.compile(
    r"(?:phone|mobile|cell|\btel|call (?:me|us)|reach me|text me|whatsapp|\bfax|\bring me|"
    r"(?<!快递)(?<!客服)(?:手机|电话|座机|传真)|联系方式|我的号码|打给我|致电|微信号?)"
    rf"{_BETWEEN}"
    r"(?<![A-Za-z0-9#])(?<![A-Za-z]-)(?P<number>\d(?:[ \-.]?\d){6,14})(?![A-Za-z0-9])",
    re.IGNORECASE,
)

find_emails = matches(_EMAIL)
find_phones = matches(_WRITTEN)
find_said_phones = matches(_SAID, "number")
