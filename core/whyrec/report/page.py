"""The page of a report: sections between a head that forbids everything but its own style and script."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from whyrec.errors import DataError
from whyrec.language import Words
from whyrec.report.gathered import Gathered
from whyrec.report.html import Tongues, hashed, text
from whyrec.report.sections import written

STYLE = """
:root{color-scheme:light dark;--fg:#1d1f23;--bg:#fff;--line:#c9ccd1;--soft:#5b6068;--for:#1f77b4;--against:#d95f02}
@media(prefers-color-scheme:dark){:root{--fg:#e8e9eb;--bg:#17191c;--line:#454a52;--soft:#a5abb4;--for:#6cb4ee;
--against:#ff9b52}}
*{box-sizing:border-box}
body{font:16px/1.5 "Noto Sans",system-ui,"Noto Sans CJK SC",sans-serif;color:var(--fg);background:var(--bg);
max-width:76rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem;margin:.3rem 0}h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:0}
.small,small{color:var(--soft);font-size:.85rem}.finding{font-size:1.15rem}
.wide{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.875rem}th,td{padding:.2rem .6rem;border-bottom:1px solid var(--line);
text-align:left;vertical-align:top}th{white-space:nowrap}td small{display:block;width:16rem;overflow-wrap:anywhere}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.n small{white-space:normal;text-align:left}
.sort th{cursor:pointer}img{background:#fff;max-width:100%;height:auto}
article{border:1px solid var(--line);border-radius:.4rem;padding:.7rem;margin:.7rem 0;max-width:46rem}
article p{margin:.25rem 0}.players{width:100%}
.players td{border:0;padding:.05rem .4rem;overflow-wrap:anywhere}.b{width:8rem;min-width:8rem}
.bar{width:8rem;height:.75rem;display:block}.for{fill:var(--for)}.against{fill:var(--against)}.axis{fill:var(--soft)}
pre{overflow-x:auto;border:1px solid var(--line);padding:.5rem;font-size:.8rem}code{overflow-wrap:anywhere}
.pick{position:absolute;opacity:0}.langs label{border:1px solid var(--line);padding:.1rem .6rem;border-radius:1rem;
cursor:pointer;margin-right:.3rem}
"""
SCRIPT = """
for(const t of document.querySelectorAll("table.sort"))for(const[i,h]of[...t.tHead.rows[0].cells].entries())
h.addEventListener("click",()=>{const b=t.tBodies[0],up=h.dataset.up=h.dataset.up==="1"?"0":"1",
v=r=>{const c=r.cells[i],s=c.querySelector("[data-v]"),x=s?s.dataset.v:c.textContent.trim();
return x===""?null:isNaN(+x)?x:+x};
[...b.rows].sort((p,q)=>{const x=v(p),y=v(q);if(x===null||y===null)return(x===null)-(y===null);
const d=typeof x==="number"&&typeof y==="number"?x-y:String(x).localeCompare(String(y));
return up==="1"?d:-d}).forEach(r=>b.append(r))})
"""


def page(found: Gathered, words: Sequence[Words], *, first: str = "en") -> str:
    """The whole report. ``words`` are its languages; ``first`` the one that is shown until another is picked."""
    say = Tongues(words)
    tags = [w.tag for w in words]
    first = first if first in tags else tags[0]
    style = STYLE + "".join(
        f'#l-{t}:checked~main [data-l]:not([data-l="{t}"]){{display:none}}'
        f'#l-{t}:checked~nav label[for="l-{t}"]{{background:var(--fg);color:var(--bg)}}'
        f'#l-{t}:focus-visible~nav label[for="l-{t}"]{{outline:2px solid var(--for)}}'
        for t in map(_name, tags)
    )
    policy = (
        f"default-src 'none'; style-src {hashed(style)}; script-src {hashed(SCRIPT)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    picks = "".join(
        f'<input class=pick type=radio name=l id="l-{_name(t)}"{" checked" if t == first else ""}>' for t in tags
    )
    labels = "".join(f'<label for="l-{_name(w.tag)}">{text(w.language.summary)}</label>' for w in words)
    when = datetime.fromtimestamp(found.run.started, UTC).strftime("%Y-%m-%d %H:%M")
    title = f"whyrec · {found.result['data']['name']} · {found.run.id}"
    sections = "".join(
        f"<section id={name}><h2>{say(f'report.{name}')}</h2>{content}</section>"
        for name, content in written(found, say)
    )
    return (
        f'<!doctype html><html lang="{text(first)}"><head><meta charset=utf-8>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name=viewport content="width=device-width,initial-scale=1"><meta name=referrer content=no-referrer>'
        f"<title>{text(title)}</title><style>{style}</style></head><body>{picks}"
        f"<nav class=langs>{labels}</nav><main><h1>{say('report.title', run=found.run.id)}</h1>"
        f"<p class=small>{text(found.run.source)} · {when} UTC</p>{sections}</main>"
        f"<script>{SCRIPT}</script></body></html>\n"
    )


def write(content: str, path: Path) -> int:
    """Write the report, whole or not at all; its size in bytes. Raises DataError where it cannot be written."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(content, encoding="utf-8", newline="\n")
        part.replace(path)
    except IsADirectoryError:
        raise DataError(f"{path}: is a folder", hint="name a file: -o report.html") from None
    except FileNotFoundError:
        raise DataError(f"{path}: the folder is not there", hint="choose another place") from None
    except PermissionError:
        raise DataError(f"{path}: may not be written", hint="choose another place") from None
    finally:
        part.unlink(missing_ok=True)
    return path.stat().st_size


def _name(tag: str) -> str:
    """A language's tag as a name in the style."""
    return "".join(c for c in tag if c.isalnum())
