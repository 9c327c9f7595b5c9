"""zh: explanations in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from whyrec import Claims, Language, Reason
from whyrec_plugins.languages._behaviors import Deed, by_deed, deed_of
from whyrec_plugins.languages._messages_zh import MESSAGES

DID: dict[Deed, str] = {
    "bought": "您购买过",
    "carted": "您加购过",
    "liked": "您喜欢",
    "rated": "您评价过",
    "saw": "您浏览过",
    "met": "您的记录中有",
}
ALSO: dict[Deed, str] = {
    "bought": "还购买过",
    "carted": "还加购过",
    "liked": "还喜欢",
    "rated": "还评价过",
    "saw": "还浏览过",
    "met": "记录中还有",
}
KINDS: dict[Deed, str] = {
    "bought": "您购买过的商品",
    "carted": "您加购过的商品",
    "liked": "您喜欢的商品",
    "rated": "您评价过的商品",
    "saw": "您浏览过的商品",
    "met": "您记录中的商品",
}


class Chinese(Language):
    """Short sentences with the polite you."""

    name = "zh"
    summary = "中文"
    messages: ClassVar[dict[str, str]] = MESSAGES

    def _sentence(self, title: str, claims: Claims) -> str:
        it = _quoted(title)
        if claims.form == "none":
            return _nobody(it, claims)
        if claims.form == "unfound":
            return f"没有找到这样的少数几个理由：{'仅凭它们就足以' if claims.kept else '缺了它们就不会'}推荐{it}。"
        if claims.form == "set":
            return _set(it, claims)
        if claims.form == "order":
            return f"为您推荐{it}，最重要的原因是{_named(claims, claims.for_it)}。"
        share = f"占支持理由的 {claims.percent}%"
        told = f"（合计{share}）" if len(claims.for_it) > 1 else f"（{share}）"
        if not claims.rest:
            head = f"为您推荐{it}，是因为{_because(claims)}"
        elif claims.mostly:
            head = f"为您推荐{it}，主要是因为{_because(claims)}{told}"
        else:
            head = f"推荐{it}的理由多而分散，其中最有力的是{_named(claims, claims.for_it)}{told}"
        against = f"；{_named(claims, claims.against)}则不支持这一推荐" if claims.against else ""
        return f"{head}{against}。"


def _set(it: str, claims: Claims) -> str:
    names = _named(claims, claims.for_it, claims.rest)
    if claims.kept:
        return f"仅凭{names}，就足以推荐{it}。"
    if claims.instead:
        return f"如果没有{names}，向您推荐的就会是{_quoted(claims.instead)}，而不是{it}。"
    return f"如果没有{names}，就不会推荐{it}。"


def _nobody(it: str, claims: Claims) -> str:
    if claims.empty and claims.kind != "features":
        return f"我们对您还一无所知，所以先为您展示{it}：多数人一开始看到的推荐都是一样的。"
    if claims.against:
        return f"没有发现支持{it}的理由，而{_named(claims, claims.against)}不支持它。"
    return f"没有发现支持{it}的理由，也没有发现反对它的理由。"


def _because(claims: Claims) -> str:
    if claims.kind == "features":
        return f"它具有{_named(claims, claims.for_it)}"
    if claims.kind == "interests" and claims.by != "behavior":
        return f"您对{_interests(claims, claims.for_it)}感兴趣"
    if claims.kind == "interests":
        return _named(claims, claims.for_it)
    parts: list[str] = []
    for deed, group in by_deed(claims.for_it):
        did = DID[deed] if not parts else ALSO[deed]
        parts.append(did + _listed([_quoted(r.label) for r in group]))
    return "，".join(parts)


def _named(claims: Claims, reasons: Sequence[Reason], more: int = 0) -> str:
    """The players by name, with what they are where the name alone does not tell, and how many ``more`` there are."""
    if claims.kind == "interests" and claims.by == "behavior":
        words = [f"{KINDS[deed_of(r.label)]}（“{r.label}”）" for r in reasons]
    elif claims.kind == "interests":
        return f"您对{_interests(claims, reasons, more)}的兴趣"
    else:
        words = [_quoted(r.label) if claims.kind == "history" else f"“{r.label}”" for r in reasons]
    return _listed(words, more)


def _interests(claims: Claims, reasons: Sequence[Reason], more: int = 0) -> str:
    without = f"没有 {claims.by} 的商品" if claims.by else "未分类的商品"
    return _listed([without if r.unsorted else f"“{r.label}”" for r in reasons], more)


def _quoted(title: str) -> str:
    """In the marks of titles, unless it brings them."""
    return title if title.startswith("《") and title.endswith("》") else f"《{title}》"


def _listed(words: Sequence[str], more: int = 0) -> str:
    """甲；甲和乙；甲、乙和丙；甲、乙等 5 项."""
    if more:
        return f"{'、'.join(words)}等 {len(words) + more} 项"
    return words[0] if len(words) == 1 else f"{'、'.join(words[:-1])}和{words[-1]}"
