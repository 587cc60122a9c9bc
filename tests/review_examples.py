"""Invented reviews, labelled by hand: how each feels, and of what it speaks.

"-", "0" and "+" are negative, neutral and positive; aspects are written after it, as in "size-".
Written before the lexicon was tried on them; half of each list was then used to mend it, every
other one (the odd rows) was not.
"""

EN = """
- size- | I normally wear a 9 and these crushed my toes, had to send them back.
- size- | Cute jacket but it runs about a size small.
+ size+ | Fit my husband perfectly, and he is hard to shop for.
- size- | Ordered a large and got something my ten year old could wear.
- size- | The waist is way too loose, I need a belt to keep them up.
+ size+ | True to size and so comfy.
+ size- quality+ | Love the fabric, though I'd go up one size next time.
0 size0 | I am 5'6 and took the medium.
- size- | Sleeves end halfway up my forearms.
+ size+ price+ | Great fit, great price, what more do you want?
- quality- | Strap snapped on the second hike.
- quality- | The zipper jams every single time and now it has come off completely.
+ quality+ | Three winters in and not a loose thread anywhere.
+ quality+ | Feels solid in the hand, nothing rattles.
- quality- | Thin plastic that cracked the first time I dropped it.
- quality- | Colour washed out after two laundries.
+ quality+ | Beautifully stitched and the leather smells wonderful.
- quality- | Arrived working, died within a week.
0 quality0 | It is made of aluminium.
+ quality+ price+ | Very well made for what I paid.
- delivery- | Took almost a month to get here and nobody could tell me where it was.
+ delivery+ | Ordered Monday, on my porch Wednesday morning.
- delivery- | The box was soaked and half open when the driver left it.
+ delivery+ | Lightning fast shipping, thank you!
- delivery- | Still waiting for half of my order.
0 delivery0 | It came in two boxes.
+ delivery+ quality+ | Packed with care, not a scratch on the glass.
- delivery- | Delivered to my neighbour three streets away, without a note.
- delivery- quality+ | Lovely lamp, shame the courier took two weeks.
0 delivery0 | Shipping was about what I expected.
- price- | Eighty dollars for a plain cotton shirt is a joke.
+ price+ | An absolute bargain at this price.
- price- | Saw the same thing for half as much down the road.
+ price+ | Worth every penny.
- price- quality- | You pay for the logo, not for the quality.
0 price0 | I paid 35 for it during the sale.
- price- | Way overpriced.
+ price+ | Cheap and cheerful, does exactly what it should.
- price- | The week after I bought it the price dropped by thirty bucks.
+ price- quality+ | Not cheap, but it is the best pan I have owned.
- service- | Emailed support four times and never heard back.
+ service+ | The lady on the phone sorted it out in five minutes.
- service- | They refused to take it back even though the seal was unbroken.
+ service+ | A new one was in the mail the same day, no questions asked.
- service- | The chat agent was rude and hung up on me.
+ service+ quality- | One pole was bent, but the shop replaced it for free within days.
0 service0 | I asked the staff about the warranty and it is two years.
- service- delivery- | Parcel never turned up and customer service keeps blaming the carrier.
+ service+ | Friendly, patient people who know their stuff.
- service- | Getting a refund out of them is like pulling teeth.
+ | Absolutely love it.
+ | My dog has not stopped playing with it since we opened it.
- | What a disappointment.
- | Do not buy this.
0 | I use it in the kitchen.
0 | Bought as a gift, so I cannot say much yet.
+ | Kept my coffee hot from breakfast until lunch.
- | The instructions make no sense at all.
+ | Best camping purchase I have made in years.
- | It leaks light from every side and I cannot sleep.
0 | It has two pockets on the left and one on the right.
0 | The manual is in English, French and German.
- | Battery barely lasts an hour.
+ | Set up took me two minutes and I am hopeless with gadgets.
+ | Would buy again in a heartbeat.
- | Smells like burnt rubber and gave me a headache.
0 | My brother has the blue one.
0 | It's okay I guess, nothing special.
+ | Bright, quiet, simple. Exactly what I was after.
- | Loud enough to wake the whole house.
- size- delivery+ | Came quickly but it is two sizes too big.
+ size+ quality+ delivery+ | Quick delivery, sturdy build and it fits like a glove.
- quality- service+ | The pump broke after a month; at least support was kind about it.
+ quality+ price- | Pricey, yes, but it will outlive me.
- quality- price- | Not worth the money, the seams came apart on day one.
0 size+ quality- | Right size for my desk, but the legs wobble.
+ service+ delivery- | It got lost on the way and they sent another one straight away.
- price- service- | Expensive and they charge you for returns on top.
+ price+ quality+ | You will not find better quality for the money.
0 price+ quality- | Cheap, and you can tell.
+ | The kids fight over who gets to use it.
- | I wanted to like it, I really did.
0 | Used it twice so far.
0 | There is a switch on the back.
+ | So glad I did not listen to the bad reviews.
- | Nothing like the picture.
+ quality+ | Went through the washing machine a dozen times and still looks new.
- quality- | There was a hole in the sole out of the box.
- size- | If you have broad shoulders, forget it.
+ size+ | I was worried about the length but it sits just right.
- delivery- | Two days late for my daughter's birthday.
+ delivery+ | Arrived a day early and neatly wrapped.
0 size0 delivery0 | I ordered a small and it shipped on Friday.
- service- | Nobody picks up the phone.
+ service+ | They answered my question about the stove within the hour.
+ price+ | Half of what my local store asks.
- price- | I expected more for that kind of money.
0 | We took it to the lake in June.
- quality- | The coating started to flake off and ended up in my food.
+ quality+ | Built like a tank.
"""

ZH = """
- size- | 平时穿38，这双38挤得脚趾疼，只好退了。
- size- | 款式好看，就是偏小一码。
+ size+ | 给老公买的，大小刚刚好。
- size- | 买的L码，穿上跟童装似的。
- size- | 腰太松了，不系皮带根本穿不住。
+ size+ | 尺码标准，穿着很舒服。
+ size- quality+ | 面料很舒服，不过下次我会买大一号。
0 size0 | 我身高165，买的M码。
- size- | 袖子短了一大截，露半个胳膊。
+ size+ price+ | 合身，价格也实惠，还求什么呢？
- quality- | 第二次爬山背带就断了。
- quality- | 拉链老是卡，现在干脆掉了。
+ quality+ | 穿了三个冬天，一根线头都没有。
+ quality+ | 拿在手里很有分量，做工扎实。
- quality- | 塑料太薄，摔一下就裂了。
- quality- | 洗了两次就掉色。
+ quality+ | 走线很细，皮子闻着也舒服。
- quality- | 刚到的时候好好的，用了一个星期就坏了。
0 quality0 | 材质是铝合金的。
+ quality+ price+ | 这个价位能有这样的做工，很满意。
- delivery- | 等了快一个月才到，问谁都说不知道。
+ delivery+ | 周一下单，周三早上就送到家门口。
- delivery- | 箱子湿透了，还开着口，快递员扔下就走。
+ delivery+ | 物流超级快，谢谢店家！
- delivery- | 还有一半东西没发。
0 delivery0 | 分两个箱子寄来的。
+ delivery+ quality+ | 包得很仔细，玻璃上一点划痕都没有。
- delivery- | 给我送到隔了三条街的邻居家，也不说一声。
- delivery- quality+ | 灯很漂亮，可惜快递走了两个星期。
0 delivery0 | 发货速度跟预想的差不多。
- price- | 一件普通棉T恤卖八十刀，太离谱了。
+ price+ | 这个价钱真是捡到宝了。
- price- | 同样的东西别家只要一半的钱。
+ price+ | 每一分钱都花得值。
- price- quality- | 买的就是个牌子，质量真不怎么样。
0 price0 | 打折的时候35块买的。
- price- | 贵得没道理。
+ price+ | 便宜又好用，该有的都有。
- price- | 刚买完一个星期就降了三十块。
+ price- quality+ | 不便宜，但确实是我用过最好的锅。
- service- | 给客服发了四封邮件，一封都没回。
+ service+ | 打电话过去，小姑娘五分钟就给解决了。
- service- | 封条都没拆，就是不给退。
+ service+ | 二话不说当天就给补发了一个。
- service- | 客服态度恶劣，说两句就不理人了。
+ service+ quality- | 有一根杆子是弯的，好在店家很快免费换了。
0 service0 | 问了店员，保修期是两年。
- service- delivery- | 包裹一直没到，客服只会推给快递公司。
+ service+ | 店员又热情又懂行，很有耐心。
- service- | 想退个款比登天还难。
+ | 太喜欢了。
+ | 我家狗子拆开以后就没停下来过。
- | 太让人失望了。
- | 千万别买。
0 | 我放在厨房里用。
0 | 送人的，还不知道怎么样。
+ | 早上泡的咖啡到中午还是热的。
- | 说明书写得乱七八糟，完全看不懂。
+ | 这几年买过最值的露营装备。
- | 四面漏光，根本睡不着。
0 | 左边两个口袋，右边一个。
0 | 说明书有英文、法文和德文。
- | 电池撑不到一个小时。
+ | 我这种手残党两分钟就装好了。
+ | 下次还会再买。
- | 一股烧橡胶的味道，闻着头疼。
0 | 我哥买的是蓝色的。
0 | 一般般吧，没什么特别的。
+ | 亮、安静、简单，正是我想要的。
- | 声音大得全家都能吵醒。
- size- delivery+ | 来得挺快，可是大了两个码。
+ size+ quality+ delivery+ | 送货快，东西结实，大小也正合适。
- quality- service+ | 气泵用了一个月就坏了，好在售后态度还行。
+ quality+ price- | 贵是贵，不过能用一辈子。
- quality- price- | 不值这个钱，第一天就开线了。
0 size+ quality- | 放我桌上大小正好，就是腿有点晃。
+ service+ delivery- | 路上丢了一次，店家马上又补发了一个。
- price- service- | 东西贵，退货还要自己出运费。
+ price+ quality+ | 同样的钱买不到更好的质量了。
0 price+ quality- | 便宜，也看得出来便宜。
+ | 孩子们抢着用。
- | 我是真想喜欢它，可实在不行。
0 | 目前才用了两次。
0 | 开关在背面。
+ | 幸好没信那些差评。
- | 跟图片完全不是一回事。
+ quality+ | 洗衣机洗了十几次还跟新的一样。
- quality- | 拿出来鞋底就有个洞。
- size- | 肩膀宽的就别考虑了。
+ size+ | 本来担心长度，结果刚刚好。
- delivery- | 晚了两天，错过了女儿的生日。
+ delivery+ | 提前一天就到了，包装也很用心。
0 size0 delivery0 | 拍的是小号，星期五发的货。
- service- | 电话永远没人接。
+ service+ | 问炉子的问题，不到一个小时就回复了。
+ price+ | 只要我们这边实体店一半的价。
- price- | 花了这么多钱，期望更高一点。
0 | 六月份我们带去湖边了。
- quality- | 涂层开始一块块掉，都掉到饭里了。
+ quality+ | 结实得像坦克一样。
"""

_FEELS = {"-": "negative", "0": "neutral", "+": "positive"}


def examples(lang: str) -> list[tuple[str, str, dict[str, str]]]:
    """(text, polarity, polarity by aspect) of a hundred reviews in a language."""
    found = []
    for line in {"en": EN, "zh": ZH}[lang].strip().splitlines():
        labels, text = line.split(" | ")
        polarity, *aspects = labels.split()
        spoken = {name[:-1]: _FEELS[name[-1]] for name in aspects}
        found.append((text, _FEELS[polarity], spoken))
    return found
