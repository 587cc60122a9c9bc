"""Every string of the interface in English and Chinese, with equal keys and equal placeholders.

What the assistant itself says is not here: that is the agent's. Placeholders are `str.format`'s.
"""

from collections.abc import Iterable

from agent.events import Lang

LANGS: tuple[Lang, ...] = ("en", "zh")

_EN: dict[str, str] = {
    # the page
    "shop": "Lantern & Pine",
    "shop_line": "Camp, trail and kitchen · Oakland, California",
    "page_title": "Lantern & Pine · Ask the shop",
    "greeting": "Hello. What are you getting ready for?",
    "greeting_body": "I can find and compare gear, explain our policies and look up your orders. "
    "Ask in English or in Chinese.",
    "ask_1": "A light tent for two under $300",
    "ask_2": "How do returns work?",
    "ask_3": "Where is my last order?",
    "ask_4": "I would like to talk to a person",
    "message": "Your message",
    "message_hint": "Ask about gear or an order",
    "send": "Send",
    "stop": "Stop",
    "new_chat": "New chat",
    "chat_label": "Conversation with the shop's assistant",
    "other_language": "中文",
    "other_language_label": "界面切换为中文",
    "fine_print": "An assistant answers. Prices, stock and orders come from the shop's records.",
    "stopped": "Stopped.",
    # the state of the shop and its model
    "opening": "The shop is being set up; it opens in a few minutes.",
    "warming": "The assistant is warming up; search and orders work already.",
    "model_down": "The assistant's language model is not available; search, orders and policies "
    "still work.",
    # signing in
    "sign_in": "Sign in",
    "sign_out": "Sign out",
    "cancel": "Cancel",
    "sample_only": "Sample shop only",
    "sample_note": "Pick one of the sample customers. A real shop signs shoppers in with its own "
    "accounts.",
    "sample_customer": "Sample customer",
    "signed_in_as": "Signed in as {name}",
    "sign_in_title": "Please sign in",
    "sign_in_note": "We e-mail you a code. With an order number you see just that order, at once.",
    "email": "E-mail address",
    "order_number": "Order number (optional)",
    "code": "Code from the e-mail",
    "code_hint": "Leave empty to get a new one",
    "continue": "Continue",
    "order_note": "You can see this order. Sign in with your e-mail address for everything else.",
    # products
    "in_stock": "In stock",
    "few_left": "{count} left",
    "out_of_stock": "Out of stock",
    "from_price": "from {price}",
    "rated": "{rating} of 5, {count} reviews",
    "details": "Details and options",
    "option": "Option",
    "price": "Price",
    "stock": "Stock",
    "brand": "Brand",
    "understood_as": "Understood as",
    "without": "Search again without “{label}: {value}”",
    "comparison": "Side by side",
    "shown": "{count} products",
    "shown_one": "1 product",
    # orders
    "order": "Order {id}",
    "ordered_on": "Placed {date}",
    "total": "Total",
    "items": "Items",
    "quantity": "Quantity {count}",
    "shipment": "Parcel with {carrier}",
    "tracking": "Tracking number {number}",
    "eta": "Expected {date}",
    "delivered_on": "Delivered {date}",
    "payments": "Payments",
    "payment": "Payment",
    "refund": "Refund",
    "ship_to": "Ships to",
    "progress": "Progress of the order",
    "step_placed": "Placed",
    "step_processed": "Processed",
    "step_shipped": "Shipped",
    "step_delivered": "Delivered",
    "step_done": "done",
    "step_open": "to come",
    "status_pending": "Placed",
    "status_processed": "Being packed",
    "status_shipped": "On its way",
    "status_delivered": "Delivered",
    "status_cancelled": "Cancelled",
    "status_return_requested": "Return requested",
    "status_exchange_requested": "Exchange requested",
    "status_returned": "Returned",
    # changes of orders
    "proposal_eyebrow": "Please check and confirm",
    "proposal_code": "or type “confirm” and this code:",
    "proposal_until": "Nothing happens unless you confirm by {time}.",
    "receipt_eyebrow": "Done",
    "receipt_number": "Receipt",
    "address_before": "Until now",
    "address_after": "From now on",
    "confirm": "Confirm",
    "dismiss": "Leave it as it is",
    "confirmed": "I confirm.",
    "dismissed": "No, leave it as it is.",
    # policies, people, trouble
    "table": "What the query gave",
    "table_rows": "{count} rows",
    "table_cut": "the first {count} rows; there are more",
    "table_shown": "({count} of them here)",
    "table_sql": "The query that ran",
    "table_csv": "Download as CSV",
    "citation": "From our policies",
    "citation_version": "version {version}, in force since {date}",
    "hand_off": "A person will take over",
    "reference": "Your reference",
    "trouble": "That did not work",
    # refusals of the server
    "no_email": "That is no e-mail address; it looks like name@example.com.",
    "code_sent": "If we know this address, a code is on its way to it. It works for 10 minutes.",
    "empty": "The message is empty; write what you are looking for.",
    "too_long": "The message has {length} characters; at most {limit} are accepted.",
    "too_large": "The request is larger than {limit} bytes; send a shorter message.",
    "busy": "Many people are asking right now; please try again in {seconds} seconds.",
    "session_busy": "Your last question is still being answered; wait for it or stop it first.",
    "internal": "Something went wrong on our side; please try again. Nothing was changed.",
    "waiting": "You are in the queue; your turn comes in a moment…",
    "working": "One moment…",
}

_ZH: dict[str, str] = {
    "shop": "松灯户外",
    "shop_line": "露营 · 徒步 · 野炊 | 加州奥克兰",
    "page_title": "松灯户外 · 在线顾问",
    "greeting": "你好，这次准备去哪儿？",
    "greeting_body": "我可以帮你挑选和比较装备、解释店铺政策、查询你的订单。中文、英文都可以。",
    "ask_1": "三百美元以内的双人轻量帐篷",
    "ask_2": "怎么退货？",
    "ask_3": "我最近的订单到哪里了？",
    "ask_4": "我想找人工客服",
    "message": "你的消息",
    "message_hint": "问装备，或查订单",
    "send": "发送",
    "stop": "停止",
    "new_chat": "新对话",
    "chat_label": "与店铺顾问的对话",
    "other_language": "English",
    "other_language_label": "Switch the interface to English",
    "fine_print": "由智能助手回答；价格、库存和订单均来自店铺记录。",
    "stopped": "已停止。",
    "opening": "店铺正在准备中，几分钟后开门。",
    "warming": "助手正在预热；商品搜索和订单查询现在就能用。",
    "model_down": "助手的语言模型暂时不可用；搜索、订单和政策查询仍然可用。",
    "sign_in": "登录",
    "sign_out": "退出登录",
    "cancel": "取消",
    "sample_only": "仅限示例店铺",
    "sample_note": "请选择一位示例顾客。真实店铺使用自己的账号系统登录。",
    "sample_customer": "示例顾客",
    "signed_in_as": "已登录：{name}",
    "sign_in_title": "请先登录",
    "sign_in_note": "我们会把验证码发到你的邮箱。填写订单号，可以直接查看该订单。",
    "email": "邮箱",
    "order_number": "订单号（选填）",
    "code": "邮件中的验证码",
    "code_hint": "留空可重新获取",
    "continue": "继续",
    "order_note": "目前可以查看这个订单。用邮箱登录后可以进行其他操作。",
    "in_stock": "有货",
    "few_left": "仅剩 {count} 件",
    "out_of_stock": "缺货",
    "from_price": "{price} 起",
    "rated": "评分 {rating}（满分 5），{count} 条评价",
    "details": "详情与规格",
    "option": "规格",
    "price": "价格",
    "stock": "库存",
    "brand": "品牌",
    "understood_as": "已理解为",
    "without": "去掉“{label}：{value}”再搜一次",
    "comparison": "逐项对比",
    "shown": "{count} 件商品",
    "shown_one": "1 件商品",
    "order": "订单 {id}",
    "ordered_on": "{date}下单",
    "total": "合计",
    "items": "商品",
    "quantity": "数量 {count}",
    "shipment": "包裹 · {carrier}",
    "tracking": "运单号 {number}",
    "eta": "预计{date}送达",
    "delivered_on": "{date}已送达",
    "payments": "付款记录",
    "payment": "付款",
    "refund": "退款",
    "ship_to": "收货地址",
    "progress": "订单进度",
    "step_placed": "已下单",
    "step_processed": "已处理",
    "step_shipped": "已发货",
    "step_delivered": "已送达",
    "step_done": "已完成",
    "step_open": "未开始",
    "status_pending": "已下单",
    "status_processed": "打包中",
    "status_shipped": "运输中",
    "status_delivered": "已送达",
    "status_cancelled": "已取消",
    "status_return_requested": "退货申请中",
    "status_exchange_requested": "换货申请中",
    "status_returned": "已退货",
    "proposal_eyebrow": "请核对并确认",
    "proposal_code": "或输入“确认”加此确认码：",
    "proposal_until": "如果 {time} 之前没有确认，则不会执行。",
    "receipt_eyebrow": "已完成",
    "receipt_number": "回执编号",
    "address_before": "原地址",
    "address_after": "新地址",
    "confirm": "确认",
    "dismiss": "保持原样",
    "confirmed": "我确认。",
    "dismissed": "不用了，保持原样。",
    "table": "查询结果",
    "table_rows": "共 {count} 行",
    "table_cut": "前 {count} 行；还有更多",
    "table_shown": "（此处显示 {count} 行）",
    "table_sql": "实际执行的查询",
    "table_csv": "下载 CSV",
    "citation": "引自店铺政策",
    "citation_version": "版本 {version}，{date}起生效",
    "hand_off": "将由人工客服接手",
    "reference": "你的编号",
    "trouble": "这一步没有成功",
    "no_email": "这不是邮箱地址，正确的格式如 name@example.com。",
    "code_sent": "如果我们有这个邮箱的记录，验证码已经发出，10 分钟内有效。",
    "empty": "消息是空的，请写下你想找什么。",
    "too_long": "消息共 {length} 个字符，最多接受 {limit} 个。",
    "too_large": "请求超过 {limit} 字节，请发送更短的消息。",
    "busy": "现在提问的人比较多，请在 {seconds} 秒后再试。",
    "session_busy": "上一个问题还在回答中，请等它完成或先停止。",
    "internal": "我们这边出了点问题，请再试一次。没有任何内容被更改。",
    "waiting": "正在排队，马上就轮到你……",
    "working": "请稍候……",
}

TEXTS: dict[Lang, dict[str, str]] = {"en": _EN, "zh": _ZH}


def say(lang: Lang, key: str, **values: object) -> str:
    """The string `key` in `lang` with its placeholders filled. A wrong key raises KeyError."""
    return TEXTS[lang][key].format(**values)


def preferred(accept_language: str, default: Lang = "en") -> Lang:
    """The first language of an Accept-Language header (RFC 9110, 12.5.4) that the page speaks."""
    for tag in _by_weight(accept_language):
        for lang in LANGS:
            if tag == lang or tag.startswith(f"{lang}-"):
                return lang
    return default


def _by_weight(header: str) -> Iterable[str]:
    """Language tags in lower case, best first; a weight that is no number counts as 0."""
    weighted = []
    for part in header[:1000].split(","):
        tag, _, weight = part.partition(";q=")
        try:
            weighted.append((float(weight or 1), tag.strip().lower()))
        except ValueError:
            weighted.append((0.0, tag.strip().lower()))
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]
