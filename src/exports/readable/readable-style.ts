/** The styles of the readable page: it is stored as a file and read without the server, so they are in it. */
export const STYLE = `:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:1.5rem;overflow-wrap:anywhere}
a{color:light-dark(#0a4d68,#7cc7e8)}h1{font-size:1.75rem;line-height:1.25;margin:0 0 .5rem}header p{margin:0}nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0;margin:1.25rem 0 0}
h2{font-size:1.375rem;line-height:1.25;margin:2.5rem 0 .75rem;padding-top:1.25rem;border-top:1px solid color-mix(in srgb,currentColor 20%,transparent)}
h3{font-size:1rem;margin:1.5rem 0 .5rem}article h3,article h4{font-size:1rem;margin:0;font-weight:600}
article{display:flex;gap:1rem;padding:.625rem 0;break-inside:avoid}article+article{border-top:1px solid color-mix(in srgb,currentColor 12%,transparent)}
article>div{min-width:0;flex:1}time{flex:none;width:5.5rem;opacity:.75;font-variant-numeric:tabular-nums}
.value{margin:.125rem 0 0;white-space:pre-line}.notes{margin:.125rem 0 0;opacity:.75;font-size:.875rem}
@media(max-width:480px){article:has(time){flex-direction:column;gap:0}}@media print{nav{display:none}body{padding:0}}`;
