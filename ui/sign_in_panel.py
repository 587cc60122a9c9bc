"""The page's sign-in panel: what it asks for, and what it makes of the API's answer.

Cookies are out of reach of Gradio's handlers, so the browser itself asks the API and hands the
answer on. It is the visitor's own word: nothing but what this panel shows follows from it.
"""

import json
from dataclasses import dataclass

from agent.context import Rung
from agent.events import Lang
from ui.identity import Visit
from ui.markup import esc, tag
from ui.texts import say

ENTER_JS = """async (id, email, order, code, _, ...rest) => {
  const lang = document.querySelector("#sc-brand h1")?.lang || "en";
  const path = id ? "v1/sample/sign-in" : "v1/identity";
  const body = id ? {customer_id: id}
    : {lang, email: email || "", ...(code ? {code} : order ? {order_id: order} : {})};
  let outcome = {status: 0, text: ""};
  try {
    const answer = await fetch(path, {method: "POST", body: JSON.stringify(body),
      headers: {"Content-Type": "application/json"}});
    const said = await answer.json();
    outcome = {status: answer.status, text: said.error?.message || ""};
  } catch { /* status 0 says it */ }
  return [id, email, order, code, JSON.stringify(outcome), ...rest];
}"""
STAFF_JS = """async (name, password, _, ...rest) => {
  const lang = document.querySelector("#sc-brand h1")?.lang || "en";
  let outcome = {status: 0, text: ""};
  try {
    const answer = await fetch("v1/identity", {method: "POST",
      body: JSON.stringify({lang, staff: name || "", password: password || ""}),
      headers: {"Content-Type": "application/json"}});
    const said = await answer.json();
    outcome = {status: answer.status, text: said.error?.message || ""};
  } catch { /* status 0 says it */ }
  return [name, "", JSON.stringify(outcome), ...rest];
}"""
LEAVE_JS = """async (...all) => {
  await fetch("v1/identity", {method: "DELETE"});
  return all;
}"""
_LONGEST = 200  # characters of an answer that are shown


@dataclass
class Entering:
    """How far a visitor has come in the panel: `fault` is what went wrong last."""

    code_sent: bool = False
    entered: bool = False
    fault: str = ""

    def take(self, outcome: str, lang: Lang) -> None:
        """What the API answered, as the browser says."""
        status, text = _read(outcome)
        self.entered = status == 200
        self.code_sent = status == 202 or (self.code_sent and not self.entered)
        self.fault = "" if status in (200, 202) else text or say(lang, "internal")


def account_label(visit: Visit, lang: Lang) -> str:
    """What the button says that opens the panel."""
    if visit.shopper.rung == Rung.STAFF:
        return say(lang, "staff_member", name=visit.name)
    return visit.name.split()[0] if visit.name else say(lang, "sign_in")


def panel_text(visit: Visit, entering: Entering, lang: Lang, *, sample: bool) -> str:
    """The head of the panel: who one is, or how one signs in."""
    if visit.shopper.rung == Rung.STAFF:
        title = say(lang, "signed_in_as", name=say(lang, "staff_member", name=visit.name))
        return tag("h2", esc(title)) + tag("p", esc(say(lang, "staff_note")))
    if visit.shopper.rung == Rung.SIGNED_IN:
        return tag("h2", esc(say(lang, "signed_in_as", name=visit.name)))
    if sample:
        badge = tag("span", esc(say(lang, "sample_only")), "sc-badge")
        title, note = esc(say(lang, "sign_in")) + badge, say(lang, "sample_note")
    elif visit.shopper.rung == Rung.ORDER:
        title, note = esc(say(lang, "order", id=visit.name)), say(lang, "order_note")
    else:
        title, note = esc(say(lang, "sign_in")), say(lang, "sign_in_note")
    if entering.code_sent:
        note = say(lang, "code_sent")
    fault = tag("p", esc(entering.fault), "sc-fault", role="alert") if entering.fault else ""
    return tag("h2", title) + tag("p", esc(note), role="status") + fault


def _read(outcome: str) -> tuple[int, str]:
    try:
        found = json.loads(outcome)
        return int(found["status"]), str(found["text"])[:_LONGEST]
    except (ValueError, KeyError, TypeError):
        return 0, ""
