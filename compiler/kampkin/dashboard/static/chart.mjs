// uPlot in a component: made anew when the theme's colours change, else only given new data.
import { html, useEffect, useRef, useState } from "./vendor/preact.mjs";
import { useTheme } from "./theme.mjs";
import { day, minute } from "./words.mjs";

let loading = null;
/** Only a page with charts loads it. */
const library = () => (loading ??= import("./vendor/uplot.mjs").then((m) => m.default));

/** A canvas needs colours as they come out, not as variables. */
function colours(names) {
  const probe = document.createElement("i");
  document.body.append(probe);
  const out = {};
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    out[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return out;
}
const faded = (colour, share) => `color-mix(in srgb, ${colour} ${share}%, transparent)`;
function rgba(colour, alpha) {
  const numbers = colour.match(/[\d.]+/g);
  return colour.startsWith("rgb") && numbers ? `rgba(${numbers.slice(0, 3).join(",")},${alpha})` : faded(colour, alpha * 100);
}

/** How far the axis reaches into the chart; the lanes above keep the same distance (style.css). */
const narrow = matchMedia("(max-width: 760px)");

/** Whole decades: half a second and twelve milliseconds are both read. */
const decades = (_, least, most) => [10 ** Math.floor(Math.log10(Math.max(1, least ?? 1))), 10 ** Math.ceil(Math.log10(Math.max(10, (most ?? 10) + 1)))];

/**
 * @param {{data: number[][], span: string, height: number, value: (n: number) => string,
 *   series: {label: string, colour: string, fill?: number, dash?: number[], width?: number}[], onAt: (index: number|null) => void, label: string, log?: boolean}} props
 */
export function Chart({ data, span, height, value, series, onAt, label, log = false }) {
  const box = useRef(null);
  const plot = useRef(null);
  const theme = useTheme();
  const [Plot, setPlot] = useState(null);
  useEffect(() => { let on = true; library().then((p) => on && setPlot(() => p)); return () => { on = false; }; }, []);

  useEffect(() => {
    if (!Plot) return;
    const c = colours(["dim", "faint", "line", ...series.map((s) => s.colour)]);
    const axis = { stroke: c.dim, font: "11px system-ui, sans-serif", grid: { stroke: c.faint, width: 1 }, ticks: { stroke: c.line, width: 1, size: 4 }, gap: 4 };
    const made = new Plot({
      width: box.current.clientWidth, height, ms: 1, legend: { show: false }, padding: [8, 20, 0, 0],
      tzDate: (at) => Plot.tzDate(new Date(at), "Etc/UTC"),
      cursor: { sync: { key: "history" }, y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: true, range: (_, from, to) => [from, to] }, y: log ? { distr: 3, log: 10, range: decades } : { range: (_, __, most) => [0, Math.max(most || 0, 1) * 1.08] } },
      axes: [
        { ...axis, size: 26, space: 70, values: (_, at) => at.map((t) => (span === "fortnight" ? day(t) : minute(t))) },
        { ...axis, size: narrow.matches ? 50 : 96, space: 34, values: (_, at) => at.map((n) => (n == null ? null : value(n))) },
      ],
      series: [{}, ...series.map((s) => ({
        label: s.label, stroke: s.width === 0 ? undefined : c[s.colour], width: s.width ?? 1.5, dash: s.dash, points: { show: false },
        fill: s.fill ? rgba(c[s.colour], s.fill) : undefined,
      }))],
      hooks: { setCursor: [(u) => onAt(u.cursor.idx ?? null)] },
    }, data, box.current);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: box.current.clientWidth, height }));
    resized.observe(box.current);
    return () => { resized.disconnect(); made.destroy(); plot.current = null; };
  }, [Plot, theme, span]);

  useEffect(() => { plot.current?.setData(data); }, [data]);
  return html`<div class="chart" ref=${box} role="img" aria-label=${label} style=${{ minHeight: height + "px" }}></div>`;
}
