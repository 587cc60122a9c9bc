"""The e-mails that the ladder sends, in the customer's language."""

from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr

from agent.clock import Clock
from agent.events import Lang
from agent.identity.codes import LIFETIME
from agent.wording import say

_NOBODY = "Shopclerk <noreply@localhost>"


def code_letter(code: str, recipient: str, sender: str, lang: Lang, clock: Clock) -> EmailMessage:
    """The letter with a one-time code; the subject, which screens show locked, has it not."""
    minutes = LIFETIME.seconds // 60
    text = say(
        lang,
        f"Your code is {code}\n\n"
        f"Enter it on the page where you asked for it. It works once, for {minutes} minutes.\n"
        "Nobody from the shop will ask you for it. If you did not ask for a code, ignore this "
        "e-mail: nobody can sign in without it.\n",
        f"您的验证码是 {code}\n\n"
        f"请在您索取验证码的页面上输入。验证码 {minutes} 分钟内有效，只能使用一次。\n"
        "店铺人员不会向您索要验证码。如果不是您本人操作，请忽略本邮件：没有验证码，任何人都无法登录。\n",
    )
    message = EmailMessage()
    message["Subject"] = say(lang, "Your sign-in code", "您的登录验证码")
    message["From"] = sender or _NOBODY
    message["To"] = recipient
    message["Date"] = format_datetime(clock())
    message["Message-ID"] = make_msgid(domain=_domain(sender))
    # RFC 3834: no automatic answer to an automatic letter.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def language_for(locale: str, default: Lang) -> Lang:
    """The language of a customer's locale, such as zh-CN; that of the page where it says none."""
    if not locale:
        return default
    return "zh" if locale.lower().startswith("zh") else "en"


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].partition("@")[2] or "localhost"
