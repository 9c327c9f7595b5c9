"""Words of the storefront: categories with a usual price, styles, and brands made of syllables, in two languages."""

from __future__ import annotations

# English, Chinese, usual price
CATEGORIES = (
    ("Running Shoes", "跑鞋", 85.0),
    ("Headphones", "耳机", 110.0),
    ("Backpack", "双肩包", 60.0),
    ("Coffee Maker", "咖啡机", 130.0),
    ("Desk Lamp", "台灯", 40.0),
    ("Wristwatch", "腕表", 180.0),
    ("Raincoat", "雨衣", 55.0),
    ("Tea Set", "茶具", 45.0),
    ("Yoga Mat", "瑜伽垫", 25.0),
    ("Keyboard", "键盘", 75.0),
    ("Water Bottle", "水壶", 18.0),
    ("Scarf", "围巾", 30.0),
    ("Sunglasses", "太阳镜", 90.0),
    ("Notebook", "笔记本", 12.0),
    ("Skillet", "煎锅", 50.0),
    ("Tent", "帐篷", 190.0),
    ("Speaker", "音箱", 120.0),
    ("Wallet", "钱包", 35.0),
    ("Blanket", "毛毯", 42.0),
    ("Cycling Helmet", "骑行头盔", 70.0),
)

STYLES = (
    ("minimalist", "极简"),
    ("vintage", "复古"),
    ("waterproof", "防水"),
    ("lightweight", "轻便"),
    ("handmade", "手工"),
    ("organic", "有机"),
    ("foldable", "可折叠"),
    ("pastel", "淡彩"),
    ("floral", "碎花"),
    ("striped", "条纹"),
    ("matte", "哑光"),
    ("glossy", "亮面"),
    ("recycled", "再生"),
    ("luxury", "奢华"),
    ("sporty", "运动"),
    ("classic", "经典"),
    ("compact", "小巧"),
    ("colorful", "多彩"),
    ("rustic", "乡村"),
    ("futuristic", "未来"),
    ("quiet", "静音"),
    ("soft", "柔软"),
    ("durable", "耐用"),
    ("transparent", "透明"),
)

# Lower edges of the price bands above the first one.
BAND_EDGES = (20.0, 40.0, 70.0, 120.0, 200.0)
BANDS = ("under 20", "20 to 40", "40 to 70", "70 to 120", "120 to 200", "200 and over")

_FIRST = (
    ("No", "诺"), ("Ka", "卡"), ("Li", "丽"), ("Mo", "莫"), ("Su", "苏"), ("Te", "特"), ("Vi", "维"), ("Ro", "罗"),
    ("An", "安"), ("Be", "贝"), ("Da", "达"), ("Fe", "菲"), ("Gi", "吉"), ("Ha", "哈"), ("Jo", "乔"), ("Lu", "路"),
    ("Ma", "玛"), ("Ne", "内"), ("Pa", "帕"), ("Si", "思"),
)  # fmt: skip
_SECOND = (
    ("ra", "拉"), ("lo", "洛"), ("na", "娜"), ("do", "多"), ("vi", "威"), ("sa", "莎"), ("ki", "琪"), ("to", "托"),
    ("mi", "米"), ("len", "伦"), ("bi", "比"), ("go", "戈"), ("ta", "塔"), ("ri", "里"), ("co", "科"), ("fa", "法"),
    ("ne", "妮"), ("zu", "祖"), ("pe", "佩"), ("wa", "瓦"),
)  # fmt: skip
MAX_BRANDS = len(_FIRST) * len(_SECOND)


def brands(n: int) -> tuple[tuple[str, str], ...]:
    """The first n of 400 brand names, English and Chinese; neighbors share no syllable."""
    pairs = [(_FIRST[i % 20], _SECOND[(i + i // 20) % 20]) for i in range(n)]
    return tuple((first[0] + second[0], first[1] + second[1]) for first, second in pairs)
