"""How a report looks: light and dark by the reader's own choice, no font and no picture from elsewhere."""

from typing import Final

STYLE: Final = """
:root{--bg:#f6f7f9;--card:#fff;--ink:#1b2330;--soft:#5d6878;--line:#e2e6ec;--grid:#edf0f4;--said:#2463b8;
--clean:#12946c;--bad:#c8372d;--warn:#b97a09;--fault:#f2b84b55;--down:#8a94a326;--true:#7a3fb5;--alert:#c8372d;
--c0:#c8553d;--c1:#2f7ea8;--c2:#d39a2b;--c3:#6a8f3c;--c4:#8a5aa8;--c5:#5d6878;
--h0:#a3201c;--h1:#bd3325;--h2:#d14a2e;--h3:#df6a3a;--h4:#e98c4a;--h5:#f0ae62;--h6:#efcb7d;--h7:#d4d48b;--h8:#a5cc8d;
--h9:#74bd8c}
@media(prefers-color-scheme:dark){:root{--bg:#12161d;--card:#1a2029;--ink:#e4e9f0;--soft:#95a1b2;--line:#2b333f;
--grid:#252d38;--said:#6aa6f0;--clean:#44c79b;--bad:#f0695e;--warn:#e3aa48;--fault:#d8982f55;--down:#66728433;
--alert:#f0695e;--true:#b98af0;--c0:#e0785f;--c1:#5aa9d2;--c2:#e0b04e;--c3:#93b962;--c4:#b389d0;--c5:#95a1b2;
--h0:#e0453c;--h1:#dc5540;--h2:#d86845;--h3:#d27c4a;--h4:#cb9050;--h5:#bfa158;--h6:#a9ab60;--h7:#8aab6b;--h8:#66a775;
--h9:#3f9f7c}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1240px;margin:0 auto;padding:28px 24px 48px}
h1{font-size:26px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:17px;margin:34px 0 4px}
h3{font-size:15px;margin:0}
p{margin:0 0 10px}.soft,figcaption,.about{color:var(--soft)}
.kind{display:inline-block;font-size:12px;padding:1px 9px;border:1px solid var(--line);border-radius:99px;
color:var(--soft);background:var(--card);margin-bottom:8px}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:10px;margin:18px 0 0}
.fact,.card{background:var(--card);border:1px solid var(--line);border-radius:10px}
.fact{padding:10px 14px}.fact b{display:block;font-size:20px;line-height:1.3;font-weight:600}
.fact span{color:var(--soft);font-size:12.5px}
.card{padding:14px 16px;margin-top:10px;overflow-x:auto}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:10px}.two>.card{margin-top:10px}
.story header{display:flex;flex-wrap:wrap;gap:2px 12px;align-items:baseline;margin-bottom:8px}
.story header .why{color:var(--warn);font-size:13px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:8px 18px}
figure{margin:0}figcaption{font-size:12.5px;margin-bottom:-2px}
svg{display:block;width:100%;height:auto}
svg .grid{stroke:var(--grid)}svg .axis{stroke:var(--line)}
svg text{font:10px system-ui,sans-serif;fill:var(--soft)}svg text.name{font-size:10.5px;fill:var(--ink)}
path{fill:none;stroke-width:1.35;stroke-linejoin:round;vector-effect:non-scaling-stroke}
path.said{stroke:var(--said)}path.clean{stroke:var(--clean);stroke-dasharray:4 2.5}
path.live{stroke:var(--said)}path.true{stroke:var(--true);stroke-dasharray:5 3}path.health{stroke:var(--ink)}
polygon{stroke:none}.said.spread{fill:var(--said);opacity:.22}.clean.spread,.true.spread{fill:none}
.live.spread{fill:var(--said);opacity:.15}.health.spread{fill:none}
rect.fault{fill:var(--fault)}rect.down{fill:var(--down)}rect.alert{fill:var(--alert)}
KEYS
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:12.5px;color:var(--soft);margin:2px 0 8px}
.legend i{display:inline-block;width:18px;height:0;border-top:2px solid;vertical-align:middle;margin-right:6px}
.legend i.box{height:11px;border:0;border-radius:2px}.legend i.step{margin-right:1px;width:14px}
.legend i.dash{border-top-style:dashed}
table{border-collapse:collapse;width:100%;font-size:13px}
th{font-weight:600;color:var(--soft);font-size:12px}
th,td{text-align:right;padding:5px 10px;border-bottom:1px solid var(--line);vertical-align:top}
th:first-child,td:first-child{text-align:left;padding-left:0}
td.text,th.text{text-align:left}tr:last-child td{border-bottom:0}
tr.bad td:first-child::before{content:"✕ ";color:var(--bad);font-weight:700}
tr.good td:first-child::before{content:"✓ ";color:var(--clean);font-weight:700}
code{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
footer{margin-top:34px;color:var(--soft);font-size:12.5px}
@media print{body{background:#fff}.card,.fact{break-inside:avoid}}
""".replace(
    "KEYS",
    "".join(f"path.m{n}{{stroke:var(--c{n})}}rect.c{n}{{fill:var(--c{n})}}.m{n}.spread{{fill:none}}" for n in range(6))
    + "".join(f"rect.h{n}{{fill:var(--h{n})}}" for n in range(10)),
)
