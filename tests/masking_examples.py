"""Sentences with personal data, and sentences that only look as if; both languages.

A line of `PRESENT` is "kind | what must go | the sentence"; one of `ABSENT` must stay as it is.
`UNSEEN_*` were written after the patterns and never used to change them.
"""

PRESENT = """
e-mail | dana.whitfield@example.com | My e-mail is dana.whitfield@example.com, please send it there.
e-mail | dana_w+shop@mail.example.co.uk | use dana_w+shop@mail.example.co.uk from now on
e-mail | luo.shihan@example.com | 我的邮箱是luo.shihan@example.com谢谢
e-mail | 84213377@qq.com | 发到84213377@qq.com就行
e-mail | ｌｕｏ＠ｅｘａｍｐｌｅ．ｃｏｍ | 邮箱：ｌｕｏ＠ｅｘａｍｐｌｅ．ｃｏｍ
e-mail | chen＠example.cn | 请联系 chen＠example.cn
e-mail | m.okafor @example.com | write to m.okafor @example.com
e-mail | JOSÉ@EXAMPLE.ES | CONTACT: JOSÉ@EXAMPLE.ES
e-mail | priya (at) example (dot) com | reach me under priya (at) example (dot) com
e-mail | sam[at]example.org | sam[at]example.org is what I use
e-mail | o'brien@example.ie | o'brien@example.ie, that one
e-mail | a@b.io | a@b.io
e-mail | wang-wei.1988@163.com | 账号wang-wei.1988@163.com登录不了
e-mail | dana@xn--bcher-kva.example | The invoice went to dana@xn--bcher-kva.example yesterday
e-mail | marcus@shop.example | (marcus@shop.example)
e-mail | li@sub.dept.example.edu.cn | 学校邮箱li@sub.dept.example.edu.cn，收不到验证码
phone | +1 510 555 0142 | Call +1 510 555 0142 after six.
phone | +1-510-555-0142 | my cell: +1-510-555-0142
phone | +15105550142 | text +15105550142
phone | (510) 555-0142 | You can ring (510) 555-0142.
phone | (510)555-0142 | number: (510)555-0142
phone | 510-555-0142 | it's 510-555-0142, thanks
phone | 510.555.0142 | Phone 510.555.0142
phone | 510 555 0142 | reach me on 510 555 0142
phone | 1-510-555-0142 | 1-510-555-0142 is my work phone
phone | 5105550142 | my phone number is 5105550142
phone | 5105550142 | cell 5105550142
phone | 555-0142 | call me at 555-0142
phone | 510-555-0142 ext 12 | It is 510-555-0142 ext 12
phone | +1 (510) 555-0142 | +1 (510) 555-0142 works best
phone | +44 20 7946 0958 | I'm in London: +44 20 7946 0958
phone | +49 30 901820 | +49 30 901820 ist meine Nummer
phone | +852 9123 4567 | WhatsApp +852 9123 4567
phone | +886 912 345 678 | 台灣手機 +886 912 345 678
phone | 0044 20 7946 0958 | dial 0044 20 7946 0958 from abroad
phone | 13800138000 | 我的手机13800138000
phone | 13800138000 | 13800138000，麻烦快递打这个
phone | 138 0013 8000 | 电话138 0013 8000
phone | 138-0013-8000 | 打138-0013-8000找我
phone | １３８００１３８０００ | 手机号１３８００１３８０００
phone | +8613800138000 | 请拨+8613800138000
phone | +86 138 0013 8000 | +86 138 0013 8000 是我的
phone | 86-13800138000 | 86-13800138000
phone | 19912345678 | 换成19912345678了
phone | 17012345678 | 收件人电话改成17012345678
phone | 010-62345678 | 座机010-62345678
phone | 010-6234 5678 | 公司电话 010-6234 5678
phone | 0571-88886666 | 0571-88886666转张先生
phone | 0571 8888 6666 | 联系电话 0571 8888 6666
phone | (021)62345678 | 电话(021)62345678
phone | （021）6234-5678 | 家里（021）6234-5678
phone | 021－62345678 | 传真021－62345678
phone | 62345678 | 电话是62345678
phone | 62345678 | 家里座机：62345678
phone | 010-62345678转803 | 打010-62345678转803
phone | 0086 138 0013 8000 | 国外打0086 138 0013 8000
phone | 138 001 38000 | 手机是138 001 38000
phone | 86 13800138000 | 我的电话是86 13800138000
phone | 4155550199 | Text me at 4155550199 when it arrives
phone | 415/555-0199 | my number is 415/555-0199
card | 4111 1111 1111 1111 | card 4111 1111 1111 1111
card | 4111-1111-1111-1111 | pay with 4111-1111-1111-1111
card | 4111111111111111 | 4111111111111111 exp 12/28
card | 5555555555554444 | my mastercard is 5555555555554444
card | 378282246310005 | amex 378282246310005
card | 3782 822463 10005 | Amex: 3782 822463 10005.
card | 6011111111111117 | discover 6011111111111117
card | 30569309025904 | Diners 30569309025904
card | 3530111333300000 | JCB 3530111333300000
card | 6222021234567890128 | 银联卡6222021234567890128
card | 6222 0212 3456 7890 128 | 卡号6222 0212 3456 7890 128
card | ４１１１１１１１１１１１１１１１ | 信用卡４１１１１１１１１１１１１１１１
card | 4111　1111　1111　1111 | 卡4111　1111　1111　1111扣款失败
card | 2223003122003222 | charge 2223003122003222 instead
id | 11010519491231002X | 身份证11010519491231002X
id | 11010519491231002x | 我的身份证号是11010519491231002x
id | 11010519491231002X | 证件号 11010519491231002X 或者护照
id | 440301199001011234 | 实名 440301199001011234
id | 320106198507124518 | 我的证件 320106198507124518 可以吗
id | 110105 19491231 002X | 身份证号：110105 19491231 002X
id | １１０１０５１９４９１２３１００２Ｘ | 清关用１１０１０５１９４９１２３１００２Ｘ
id | 11010519491231002X | For customs my ID is 11010519491231002X
address | 1187 Larkspur Street | Send it to 1187 Larkspur Street, Apt 4, Denver, CO 80210
address | Apt 4 | Send it to 1187 Larkspur Street, Apt 4, Denver, CO 80210
address | Denver, CO 80210 | Send it to 1187 Larkspur Street, Apt 4, Denver, CO 80210
address | 1187 larkspur street | change it to 1187 larkspur street please
address | 350 5th Ave | I live at 350 5th Ave.
address | 350 Fifth Avenue | deliver to 350 Fifth Avenue, New York, NY 10118
address | 1600 Pennsylvania Ave NW | 1600 Pennsylvania Ave NW, Washington, DC 20500
address | 221B Baker Street | My address is 221B Baker Street
address | 742 Evergreen Terrace | ship to 742 Evergreen Terrace
address | 12 W 42nd St | new address: 12 W 42nd St
address | 45 North Main Street | it's 45 North Main Street
address | 3320 Pillsbury Court | 3320 Pillsbury Court, Minneapolis, MN 55407
address | 15 Kenilworth Bluff | I moved to 15 Kenilworth Bluff, Asheville, NC 28801
address | 2105 Encinal Walk | 2105 Encinal Walk
address | 4509 Nokomis Path | Is it going to 4509 Nokomis Path, Minneapolis?
address | 2266 Noriega Dell | to 2266 Noriega Dell, San Francisco, CA 94122
address | 100 Elm Drive | The new place is 100 Elm Drive.
address | 77 Massachusetts Ave, Suite 300 | 77 Massachusetts Ave, Suite 300
address | 986 Sunset Drive, Suite 259 | Use 986 Sunset Drive, Suite 259, Denver
address | P.O. Box 1234 | mail goes to P.O. Box 1234
address | PO Box 99 | PO Box 99, Boise, ID 83701
address | 8 Old Mill Rd | 8 Old Mill Rd, please
address | 1234 Martin Luther King Jr Blvd | 1234 Martin Luther King Jr Blvd
address | 10 Downing St | 10 Downing St, London
address | Asheville, NC 28801 | I'm in Asheville, NC 28801 now
address | 55 Hill Lane, Unit 7B | the parcel for 55 Hill Lane, Unit 7B never came
address | 94122 | my zip code is 94122
address | 19 Rue de Rivoli | I'm staying at 19 Rue de Rivoli, Paris
address | 890 County Road 12 | 890 County Road 12
address | 4 Privet Drive | to 4 Privet Drive, Little Whinging
address | 文三路478号 | 浙江省杭州市西湖区文三路478号
address | 浙江省杭州市西湖区 | 请把包裹改寄到浙江省杭州市西湖区文三路478号3幢502室
address | 3幢502室 | 请把包裹改寄到浙江省杭州市西湖区文三路478号3幢502室
address | 世纪大道100号 | 上海市浦东新区世纪大道100号
address | 建国路88号 | 朝阳区建国路88号SOHO现代城
address | 科技园南路2号 | 地址：深圳市南山区科技园南路2号
address | 文三路478号 | 我住在文三路478号
address | 南京西路1266号 | 寄到南京西路1266号恒隆广场
address | 12栋3单元401室 | 阳光花园12栋3单元401室
address | 5号楼1202 | 望京新城小区5号楼1202
address | 3栋2单元501 | 送到3栋2单元501就好
address | 解放大道一百二十号 | 武汉市江汉区解放大道一百二十号
address | 张家村12号 | 河北省保定市清苑县张家村12号
address | 中山北路200弄15号 | 中山北路200弄15号603室
address | 603室 | 中山北路200弄15号603室
address | 忠孝東路四段100號 | 臺北市信義區忠孝東路四段100號
address | 人民南路四段27号 | 成都市武侯区人民南路四段27号
address | 大望路6号院 | 北京朝阳区大望路6号院3号楼
address | 310012 | 邮编310012
address | 天河路385号 | 广州天河路385号太古汇
address | 新街口大街12号 | 收货地址改为北京市西城区新街口大街12号
address | 鼓楼胡同7号 | 在鼓楼胡同7号
address | 龙阳路2345弄 | 龙阳路2345弄
address | 桂花里8号 | 苏州市姑苏区桂花里8号
address | 深南大道10000号 | 公司在深南大道10000号腾讯大厦
address | 海淀区中关村大街27号1101室 | 新地址：海淀区中关村大街27号1101室，谢谢
address | 幸福镇和平街15号 | 四川省成都市都江堰市幸福镇和平街15号
address | 翠苑三区20幢 | 翠苑三区20幢1单元302
address | 东风路18-2号 | 郑州市金水区东风路18-2号
address | 万科城8栋 | 龙岗区坂田街道万科城8栋A座1503
address | 弥敦道500号 | 香港九龙弥敦道500号
address | 中关村南大街5号 | 请寄北京市海淀区中关村南大街5号北京理工大学
customer | Dana Whitfield | Dana Whitfield asked about it
customer | dana whitfield | signed: dana whitfield
customer | 罗诗涵 | 收件人罗诗涵
customer | DANA WHITFIELD | NOTE FROM DANA WHITFIELD
phone | 131 2345 6789 | 到了打131 2345 6789，别按门铃
e-mail | hello+eu@example.de | hello+eu@example.de bounced
address | 大学路100号 | 快递放大学路100号门卫
customer | Larkspur | it goes to Larkspur
""".strip().splitlines()

KNOWN = ("Dana Whitfield", "罗诗涵", "Larkspur")

ABSENT = """
Where is my order LP-28397?
order LP-28397 and LP-28074 please
订单LP-28397到哪了
LP28397
order #W2611340
#W5442520 was delivered yesterday
订单 4817420 共 1299 元
order 4817420 of 2026-11-21
my order number is 10093817265
订单号202611210001234
The receipt is RKWX7PQ2M
reference H7KQ2MX
tracking 357962501027
tracking number 1Z999AA10123456784
FedEx 794644790132
快递单号SF1234567890123
顺丰SF1390000000123到哪了
运单号 YT2012345678901
物流单号是75312345678901
USPS 9400 1000 0000 0000 0000 00
JD0012345678901
parcel 00340434161094042557
DHL 1234567890
EE123456789CN
product 8310926033
variant tent-hollow-2-green
sku T-1-GRN-42
货号 20231105-A
商品编号1000234567
ISBN 978-0-306-40615-7
UPC 012345678905
条码6901234567892
EAN 4006381333931
model XR-5100-2205
Pixel 7 Pro 128 GB
型号DSC-RX100M7
a 2-person tent under 250 dollars
between $1,299.00 and $1,499.50
129.00 USD
1299.00
共计¥1,299.00元
价格在200到300元之间
满500减50
打8.5折
20% off orders over 100
the total was 4111.11
refund of 189.00 to my card ending in 4821
Credit card ending in 9036
尾号4821的信用卡
Gift card ending in 7310
visa ending in 1111
2026-11-21
11/21/2026
2026年11月21日
21.11.2026 at 14:30
2026-11-21T20:00:00Z
11月21号到
3号下单的，5号还没发货
between 9:00 and 17:30
in 30 days
within 180 days of delivery
30天内可以退货吗
since 2019
2018-2024 model years
size EU 42 / US 8.5
42码还有吗
3000 mm water column
3000毫米防水
1.9 kg, 210 x 130 cm
210x130x105
20 L pack
45升的背包
-10 degrees Celsius
零下10度能用吗
1,200 lumens
200流明头灯
10000 mAh
16 x 9
f/2.8 24-70
v2.0.13 of the app
version 3.12.1
qwen2.5-coder-0.5b
HTTP 503 after 45 s
error 0x80070057
4111 1111 1111 1112
1234 5678 9012 3456
serial 4929-1234-5678
code 4821
confirm 4821
确认 4821
验证码是 483920
P1 and P3
compare P1, P2 and P4
C-5931
customer C-2041
line 2 of the order
2 of 3 items arrived
I want 2 tents for the road
two weeks on the trail
10 minutes by road
5 stars for the drive
I bought 3 for my street
12 people on the way to camp
100 miles in the Trinity Alps
3 nights at the Lost Coast
20 Granite Trail shoes in walnut brown
a Ridgeline 45 pack
Talus 45 in slate
Hollow 2 tent
the Wren 200 headlamp
Encinal Walk is a nice trail
I live on a quiet street
my street has no number
ship it to Denver
CO or NM
Do you ship to San Francisco?
free shipping from 75
the 5th avenue store of a friend
4 season tent
1 way valve
2 in 1 jacket
3 layer shell
50 and up
3号色有货吗
2号线旁边的店
1号店买的
赛道2号和3号
第3号
路线2号难不难
一路上用了3天
徒步路上第2天
山路走了20公里
街上那家店
十号到货
买了两顶，一号和三号
杭州能发货吗
寄到浙江要几天
上海有门店吗
我在北京，几天到
西湖区能送吗
12个，3个一组
502不能用了
401错误
5号楼梯灯
三层面料
2层帐篷
1.2米宽
12栋木屋那种帐篷
电话打不通
客服电话是多少
给我打电话，订单4817420
call me about order 28397123
phone support for tracking 357962501027
我的手机壳订单号是2026112100
mobile phone pouch 12 x 7
电话手表 3 个
@shopclerk says hi
meet @ 5
5 @ 12.00 each
tents@home
微信支付和支付宝都可以
PayPal or Alipay
退到原支付方式
110105194912310022
320102199913450012
id 123456789012345678
""".strip().splitlines()

UNSEEN_PRESENT = """
e-mail | tomasz.k@example.pl | Hi, the confirmation never reached tomasz.k@example.pl
e-mail | xiaoyu99@126.com | 麻烦把发票开到xiaoyu99@126.com
e-mail | G.Hart@Example.COM | is G.Hart@Example.COM on file?
e-mail | yuki_tanaka@example.ne.jp | change yuki_tanaka@example.ne.jp→new one
e-mail | zhao@example.com | 注册邮箱（zhao@example.com）收不到邮件
e-mail | support at mydomain dot org | write support at mydomain dot org
phone | 303-555-0186 | If nobody opens, 303-555-0186.
phone | (303) 555 0186 | best number (303) 555 0186
phone | +33 6 12 34 56 78 | in France I have +33 6 12 34 56 78
phone | 3035550186 | mobile no. 3035550186
phone | 303 5550186 | 303 5550186 is mine
phone | 15912345678 | 快递员打15912345678没人接就放门口
phone | 186-1234-5678 | 收货人手机186-1234-5678
phone | 18612345678 | 老婆的号18612345678也可以
phone | 0755-26001234 | 公司前台0755-26001234
phone | 02088881234 | 座机02088881234
phone | 1 8 6 1 2 3 4 5 6 7 8 | 手机 1 8 6 1 2 3 4 5 6 7 8
phone | 一三八零零一三八零零零 | 电话一三八零零一三八零零零
card | 4000 0566 5566 5556 | Visa debit 4000 0566 5566 5556 was declined
card | 6212345678901265 | 我那张6212345678901265的卡
card | 4242424242424242 | it's 4242424242424242, 12/29, 123
card | 5105-1051-0510-5100 | 5105-1051-0510-5100
id | 510102199003077716 | 海关要身份证 510102199003077716
address | 58 Orchard Street | We're at 58 Orchard Street now
address | 1420 NE 45th Street | redirect to 1420 NE 45th Street
address | 9 Harbour Road | 9 Harbour Road, flat 3
address | 27 Maple Ln | 27 maple ln -> 27 Maple Ln
address | 606 Sandpiper Way | leave it at 606 Sandpiper Way.
address | Portland, OR 97205 | My city is Portland, OR 97205
address | 1515 Broadway | office: 1515 Broadway, 12th floor
address | 3 Rosemary Close | It's 3 Rosemary Close
address | Flat 2, 18 Queens Gardens | Flat 2, 18 Queens Gardens
address | 88 Xinhua Rd | 88 Xinhua Rd, Changning, Shanghai
address | 光谷大道77号 | 武汉东湖高新区光谷大道77号
address | 淮海中路999号 | 徐汇区淮海中路999号环贸
address | 福华三路88号 | 发福田区福华三路88号
address | 学院路30号 | 学院路30号5斋204
address | 丽都花园7栋 | 我搬到丽都花园7栋2单元1103了
address | 东二环19号 | 昆明市盘龙区东二环19号
address | 建设街3号 | 改寄哈尔滨市南岗区建设街3号
address | 李家沟村45号 | 李家沟村45号
address | 虹桥路1号港汇 | 上海徐家汇虹桥路1号港汇
address | 湖滨社区14幢 | 湖滨社区14幢602
""".strip().splitlines()

UNSEEN_ABSENT = """
Did LP-28411 ship with LP-28412?
把LP-28411和LP-28412合并发货
UPS 1Z12345E0205271688 says delivered
中通75834920193847到哪
invoice 2026-0007731
发票号 03452211
lot 4471-22-0193
the model is GTX-1660-6012
a 70 litre pack for 8 days
8天的行程带70升够吗
my budget is 300 to 450 dollars
预算三百到四百五
1 to 3 business days
3到5个工作日
the 12 oz cup and the 16 oz cup
350毫升的那个
bought on 03/04/2026 at 16:45
上周二15点20分付的款
rated 4.6 from 1,284 reviews
1284条评价，4.6分
from 2,400 m up to 4,810 m
海拔5200米可以用吗
tent pegs, 18 cm, 12 pieces
地钉18厘米12根
it weighs 1430 g without the poles
GORE-TEX 3L 40D
YKK 5号拉链
I walked 800 km of the Camino Way
2 Kenilworth hats, size M
is there a shop on Main Street?
哪条街有你们的店
中山路店几点开门
line 1, quantity 2
第1行要2件
Gift card 7310 has 40.00 left
礼品卡7310余额40元
尾号9036的卡退款189.00
discount code SAVE20NOW
20 September 2026
9月20日之前
200 dollar tent in the court case
my kid is 7 and drives me up the wall
round trip in 2 days, long drive
password 2 short
3 people, 2 dogs, 1 car
""".strip().splitlines()
