"""The Gradio chat page: its layout, and which touch calls which handler of `ui.chat_events`."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

from agent.events import MAX_CHARACTERS
from ui.chat_events import ChatEvents
from ui.routes import Web
from ui.shield import VisitCookie
from ui.sign_in_panel import ENTER_JS, LEAVE_JS, STAFF_JS
from ui.talk import Talk
from ui.texts import say

PAGE = Path(__file__).parent / "page"


@dataclass(frozen=True, eq=False)
class Parts:
    """The components of the page that change."""

    talk: gr.State
    brand: gr.HTML
    language: gr.Button
    account: gr.Button
    panel: gr.Column
    panel_text: gr.HTML
    customer: gr.Dropdown
    email: gr.Textbox
    order: gr.Textbox
    code: gr.Textbox
    outcome: gr.Textbox
    staff: gr.Accordion
    staff_name: gr.Textbox
    password: gr.Textbox
    staff_enter: gr.Button
    cancel: gr.Button
    enter: gr.Button
    leave: gr.Button
    banner: gr.HTML
    chat: gr.Chatbot
    box: gr.Textbox
    send: gr.Button
    stop: gr.Button
    fine_print: gr.HTML
    fresh: gr.Button
    clock: gr.Timer


def mount(app: FastAPI, web: Web) -> None:
    """Put the page at / of the application."""
    blocks = build(web)
    blocks.queue(default_concurrency_limit=None, api_open=False)
    app.add_middleware(VisitCookie, visits=web.visits)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        show_error=False,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        max_file_size=1,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        css_paths=[PAGE / "page.css", PAGE / "cards.css"],
        head=(PAGE / "head.html").read_text(encoding="utf-8"),
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )


def build(web: Web) -> gr.Blocks:
    """The page, laid out and connected."""
    title = say("en", "page_title")
    with gr.Blocks(title=title, analytics_enabled=False, fill_height=True) as blocks:
        parts = _lay_out()
        _connect(blocks, parts, ChatEvents(web, parts))
    page: gr.Blocks = blocks
    return page


def _lay_out() -> Parts:
    """Everything from top to bottom. Texts come with the first load, in the visitor's language."""
    talk = gr.State(Talk(), time_to_live=12 * 3600)
    with gr.Row(elem_id="sc-header"):
        brand = _html("sc-brand")
        language = _button("sc-language")
        account = _button("sc-account")
    with gr.Column(elem_id="sc-panel", visible=False, scale=0, min_width=0) as panel:
        panel_text = _html("sc-panel-text")
        customer = gr.Dropdown(elem_id="sc-customer", filterable=False, interactive=True)
        email = _line("sc-email", 254, "email")
        order = _line("sc-order", 200, "off")
        code = _line("sc-code", 40, "one-time-code")
        outcome = gr.Textbox(visible=False)
        with gr.Row(elem_id="sc-panel-buttons"):
            cancel = _button("sc-cancel")
            enter = _button("sc-enter", variant="primary")
            leave = _button("sc-leave", variant="primary", visible=False)
        with gr.Accordion("…", open=False, elem_id="sc-staff", visible=False) as staff:
            staff_name = _line("sc-staff-name", 40, "username", visible=True)
            password = _line("sc-password", 200, "current-password", visible=True, type="password")
            staff_enter = _button("sc-staff-enter")
    banner = _html("sc-banner-slot")
    chat = _chatbot()
    with gr.Row(elem_id="sc-compose"):
        box = gr.Textbox(
            elem_id="sc-box",
            lines=1,
            max_lines=6,
            max_length=MAX_CHARACTERS,
            scale=1,
            autofocus=True,
        )
        send = _button("sc-send", variant="primary")
        stop = _button("sc-stop", visible=False)
    with gr.Row(elem_id="sc-foot"):
        fine_print = _html("sc-fine")
        fresh = _button("sc-fresh")
    clock = gr.Timer(2)
    made = locals()
    return Parts(**{field.name: made[field.name] for field in fields(Parts)})


def _html(elem_id: str) -> gr.HTML:
    return gr.HTML(elem_id=elem_id, apply_default_css=False)


def _line(
    elem_id: str, longest: int, autocomplete: str, *, visible: bool = False, **options: Any
) -> gr.Textbox:
    return gr.Textbox(
        elem_id=elem_id,
        max_lines=1,
        max_length=longest,
        visible=visible,
        **options,
        html_attributes=gr.InputHTMLAttributes(
            autocomplete=autocomplete, autocapitalize="off", spellcheck=False
        ),
    )


def _button(elem_id: str, **options: Any) -> gr.Button:
    return gr.Button("…", elem_id=elem_id, size="sm", min_width=0, scale=0, **options)


def _chatbot() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="sc-chat",
        scale=1,
        height=None,
        show_label=False,
        container=False,
        buttons=[],
        render_markdown=False,
        feedback_options=None,
        allow_file_downloads=False,
        layout="bubble",
    )


def _connect(blocks: gr.Blocks, parts: Parts, events: ChatEvents) -> None:
    everything = [getattr(parts, field.name) for field in fields(Parts)]
    # The turn queue bounds the turns, for the API and this page together; Gradio must not.
    common: dict[str, Any] = {
        "outputs": everything,
        "show_progress": "hidden",
        "api_visibility": "private",
        "concurrency_limit": None,
    }
    talk = parts.talk
    asked: list[dict[str, Any]] = [
        parts.box.submit(events.ask, [parts.box, talk], **common),
        parts.send.click(events.ask, [parts.box, talk], **common),
        parts.chat.option_select(events.choose, talk, **common),
    ]
    fields_of_panel = [parts.customer, parts.email, parts.order, parts.code, parts.outcome]
    enters = [parts.enter.click, parts.email.submit, parts.order.submit, parts.code.submit]
    for enter in enters:
        signed = enter(events.signed_in, [*fields_of_panel, talk], js=ENTER_JS, **common)
        asked.append(signed.then(events.ask_again, talk, **common))
    credentials = [parts.staff_name, parts.password, parts.outcome, talk]
    for enter in (parts.staff_enter.click, parts.staff_name.submit, parts.password.submit):
        enter(events.staff_signed_in, credentials, js=STAFF_JS, **common)
    blocks.load(events.start, talk, **common)
    parts.language.click(events.switch, talk, **common)
    parts.account.click(events.open_panel, talk, **common)
    parts.cancel.click(events.close_panel, talk, **common)
    parts.leave.click(events.start_afresh, talk, js=LEAVE_JS, cancels=asked, **common)
    parts.fresh.click(events.start_afresh, talk, cancels=asked, **common)
    parts.stop.click(events.halt, talk, cancels=asked, **common)
    parts.clock.tick(events.look, talk, **common)
