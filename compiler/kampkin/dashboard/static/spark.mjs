// The last hour as a small picture: requests as an area, failures and rejects stacked over it.
import { html } from "./vendor/preact.mjs";
import { count } from "./words.mjs";

const HEIGHT = 24;

/** Steps with their foot at `base`, as one closed path. */
function area(values, base, top) {
  const y = (n) => Math.round((HEIGHT - (n / top) * HEIGHT) * 10) / 10;
  let path = "";
  for (let i = 0; i < values.length; i++) {
    const low = base ? base[i] : 0;
    if (!values[i]) continue;
    const height = Math.max(1, y(low) - y(low + values[i])); // one failure among thousands is seen too
    path += `M${i} ${y(low)}v${-Math.round(height * 10) / 10}h1v${Math.round(height * 10) / 10}z`;
  }
  return path;
}

export function Spark({ spark }) {
  if (!spark) return html`<span class="dim">not asked yet</span>`;
  const most = Math.max(0, ...spark.requests);
  const label = most ? `peak ${count(most)} requests a minute` : "no requests in the last hour";
  const top = Math.max(4, most * 1.05);
  return html`<svg class="spark" viewBox=${`0 0 60 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${label}>
    <title>${label}</title>
    <path class="f-requests" d=${area(spark.requests, null, top)} />
    <path class="f-failures" d=${area(spark.failures, null, top)} />
    <path class="f-rejects" d=${area(spark.rejects, spark.failures, top)} />
    <path class="f-base" d=${`M0 ${HEIGHT - 0.5}H60`} />
  </svg>`;
}
