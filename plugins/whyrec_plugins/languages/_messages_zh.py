"""What ``explain``, the pictures, feedback and the report say in Chinese."""

from __future__ import annotations

MESSAGES: dict[str, str] = {
    # explain: the table of one item
    "players.history": "历史记录",
    "players.interests": "兴趣",
    "players.features": "物品特征",
    "base.history": "（空的历史记录）",
    "base.interests": "（空的历史记录）",
    "base.features": "（没有特征）",
    "explain.title": "向 {user} 推荐《{title}》（{item}），模型 {model}：{target} {score}",
    "explain.title_base": "向 {user} 推荐《{title}》（{item}），模型 {model}：{target} {score}，基准 {base}",
    "explain.else": "其余 {n} 项",
    "explain.left": "未能解释的部分",
    "target.score": "得分",
    "target.probability": "概率",
    "target.margin": "与第 {k} 名的差距",
    "target.margin-near": "与邻近对手的差距",
    "target.rank": "名次值",
    # explain: what two players do together
    "together.title": "《{title}》（{item}），{name}：两者同在才有的作用，由强到弱（{counted}）",
    "together.all": "共 {n} 对",
    "together.some": "{all} 对中的 {n} 对",
    "together.with": "连同",
    "together.value": "共同作用",
    "together.none": "{name}：没有哪两项会产生同在才有的作用",
    # explain: below the tables
    "explain.effort": "{name}：调用模型 {calls} 次，用时 {seconds} 秒",
    "explain.effort_items": "{name}：调用模型 {calls} 次，用时 {seconds} 秒，共 {n} 个物品",
    "explain.note": "{name}：《{title}》：{note}",
    "explain.skipped": "{name}：已跳过：{reason}",
    "explain.failed": "{name}：失败：{reason}",
    "explain.nobody": (
        "对用户 {user!r} 一无所知：没有任何记录。这一得分是 {model} 给任何没有历史记录的人的得分，因此历史记录中没有可以解释它的内容。"
    ),
    "explain.then": "截至 {time}：{now} 条记录中的 {then} 条。",
    "explain.then_faded": "截至 {time}：{now} 条记录中的 {then} 条，权重按当时计算（半衰期 {days} 天）。",
    "explain.feedback": "已计入用户 {user!r} 的反馈（{n} 条）；加 --no-feedback 则不计入。",
    "explain.picture": "图片：{path}",
    # explain --profile
    "profile.history": "用户 {user} 的兴趣，占全部兴趣度的百分比",
    "profile.best": "支撑 {user} 首位推荐的兴趣，占全部贡献的百分比（{model}，{name}）",
    "profile.bests": "支撑 {user} 前 {k} 个推荐的兴趣，占全部贡献的百分比（{model}，{name}）",
    "profile.events": "已知记录数",
    "profile.no_decay": "此处的记录不随时间衰减；在 [data] 中设置 half_life_days 后，近期的记录权重更大。",
    # pictures
    "chart.base": "起点（一无所知）",
    "chart.others": "其余 {n} 项",
    "chart.left": "未能解释",
    "chart.score": "得分",
    "chart.value": "各项对得分的增减",
    "chart.order": "各项的重要程度",
    "chart.for": "+ 支持",
    "chart.against": "− 反对",
    "chart.total": "基准与得分",
    "chart.over_time": "占理由的比例（{by}）",
    "chart.before": "之前",
    "chart.after": "之后",
}
