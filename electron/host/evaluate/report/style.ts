/** How a report looks on a screen, in either theme, and on paper. */
export const style = `
:root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--muted:#57606a;--line:#d4d9df;--sunken:#f4f6f8}
@media screen and (prefers-color-scheme:dark){:root{--ground:#15181c;--text:#e6e9ed;--muted:#a3acb7;--line:#363d46;--sunken:#1e2329}figure>svg,.legend svg{filter:brightness(1.45)}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:14px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:60rem;margin:0 auto;padding:32px 24px 64px}
header{border-bottom:1px solid var(--line);padding-bottom:16px}
h1{font-size:24px;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:18px;margin:40px 0 8px}
h3{font-size:14px;margin:24px 0 4px}
p,li,dd{max-width:75ch;overflow-wrap:anywhere}
p{margin:8px 0}
.over,.note,caption,figcaption,dt{color:var(--muted)}
.over{margin:0}
.lead{font-size:18px}
.note{font-size:12px}
.wide{overflow-x:auto;margin:16px 0}
table{border-collapse:collapse;min-width:24rem}
caption{text-align:left;padding-bottom:4px;font-weight:600}
th,td{padding:4px 12px 4px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:break-word}
bdi{overflow-wrap:anywhere}
th{font-weight:500;max-width:24rem}
thead th{font-weight:600}
.n{text-align:right;white-space:nowrap}
thead .n{white-space:normal}
figure{margin:16px 0}
figcaption{font-weight:600}
figure>svg{display:block;width:100%;max-width:680px;height:auto}
svg text{font:12px system-ui,sans-serif;fill:var(--muted)}
.grid{stroke:var(--line)}
.axis{stroke:var(--muted)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;margin:4px 0 0;padding:0}
.legend svg{vertical-align:middle}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:8px 0}
dd{margin:0}
code,pre{font:12px/1.5 ui-monospace,monospace}
code{overflow-wrap:anywhere}
pre{background:var(--sunken);padding:12px;white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0}
@media (max-width:40rem){dl{grid-template-columns:1fr}}
@page{margin:16mm}
@media print{
body{font-size:10pt}
main{max-width:none;padding:0}
h2{break-after:avoid}
figure,tr,.command{break-inside:avoid}
thead{display:table-header-group}
.wide{overflow:visible}
table{font-size:8pt}
th,td{padding-right:8px}
details{display:none}
}
`
