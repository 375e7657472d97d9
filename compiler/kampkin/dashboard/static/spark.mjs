// The last hour as a small picture: requests as an area, failures and rejects stacked over it.
import { html } from "./vendor/preact.mjs";
import { count, gapWords } from "./words.mjs";

const HEIGHT = 24;
const SLANT = 6;

/** Half as much again as all but the highest minutes reach: one spike must not flatten the rest. */
function topOf(peaks) {
  const busy = peaks.filter(Boolean).sort((a, b) => a - b);
  if (!busy.length) return 4;
  return Math.max(4, Math.min(busy.at(-1) * 1.05, busy[Math.ceil(busy.length * 0.95) - 1] * 1.5));
}

/** Steps with their foot at `base`, as one closed path. */
function area(values, base, top) {
  const y = (n) => Math.round((HEIGHT - (Math.min(n, top) / top) * HEIGHT) * 10) / 10;
  let path = "";
  for (let i = 0; i < values.length; i++) {
    const low = base ? base[i] ?? 0 : 0;
    if (!values[i]) continue;
    const height = Math.max(1, y(low) - y(low + values[i])); // one failure among thousands is seen too
    path += `M${i} ${y(low)}v${-Math.round(height * 10) / 10}h1v${Math.round(height * 10) / 10}z`;
  }
  return path;
}

/** Minutes that nobody knows, hatched: from `a` to `b`, as lines that are cut at both ends. */
function hatch(a, b) {
  let path = "";
  for (let x = a - SLANT; x < b; x += 3) {
    const from = Math.max(x, a), to = Math.min(x + SLANT, b);
    const y = (at) => HEIGHT - ((at - x) * HEIGHT) / SLANT;
    if (from < to) path += `M${from} ${y(from)}L${to} ${y(to)}`;
  }
  return path;
}
function gaps(values) {
  let path = "";
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null) continue;
    const from = i;
    while (i + 1 < values.length && values[i + 1] == null) i++;
    path += hatch(from, i + 1);
  }
  return path;
}

export function Spark({ spark }) {
  if (!spark) return html`<span class="dim">not asked yet</span>`;
  const { requests, failures, rejects } = spark;
  const peaks = requests.map((n, i) => Math.max(n ?? 0, (failures[i] ?? 0) + (rejects[i] ?? 0)));
  const most = Math.max(0, ...peaks), top = topOf(peaks);
  const unknown = gapWords(requests);
  const label = [unknown !== "nothing known" && (most ? `peak ${count(most)} requests a minute` : "no requests in the last hour"), unknown].filter(Boolean).join("; ");
  return html`<svg class="spark" viewBox=${`0 0 ${requests.length} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${label}>
    <title>${label}</title>
    <path class="f-gap" d=${gaps(requests)} />
    <path class="f-requests" d=${area(requests, null, top)} />
    <path class="f-failures" d=${area(failures, null, top)} />
    <path class="f-rejects" d=${area(rejects, failures, top)} />
    <path class="f-clip" d=${peaks.map((n, i) => (n > top ? `M${i} 0h1v2.5h-1z` : "")).join("")} />
    <path class="f-base" d=${requests.map((n, i) => (n == null ? "" : `M${i} ${HEIGHT - 0.5}h1`)).join("")} />
  </svg>`;
}
