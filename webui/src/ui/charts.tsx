/** The last minutes from the master's own ring buffer. */
import { createEffect, createSignal, For, on, onCleanup, onMount, Show, type JSX } from 'solid-js';
import type uPlot from 'uplot';
import { live } from '../api/live';
import type { Series } from '../api/types';
import { count, megabytes } from './format';
import { dark } from './settings';

/** What the master's ring buffer holds. */
const WINDOW_SECONDS = 15 * 60;

type Key = keyof Series['values'];

interface Chart {
  title: string;
  lines: { key: Key; name: string; colour: string; fill?: boolean }[];
  text: (value: number) => string;
  /** Counters of an interval are shown per second. */
  perSecond?: boolean;
  /** Distances of the marks beside it; decimal ones do without. */
  steps?: number[];
}

const CHARTS: Chart[] = [
  {
    title: 'CPUs',
    lines: [
      { key: 'cpus_total', name: 'total', colour: '--chart-total' },
      { key: 'cpus_allocated', name: 'allocated', colour: '--chart-1', fill: true },
    ],
    text: count,
  },
  {
    title: 'Memory',
    lines: [
      { key: 'mem_total', name: 'total', colour: '--chart-total' },
      { key: 'mem_allocated', name: 'allocated', colour: '--chart-2', fill: true },
    ],
    text: megabytes,
    steps: Array.from({ length: 50 }, (_, power) => 2 ** power),
  },
  { title: 'Running tasks', lines: [{ key: 'tasks_running', name: 'running', colour: '--chart-3', fill: true }], text: count },
  {
    title: 'Offers, launches',
    lines: [
      { key: 'offers_sent', name: 'offers', colour: '--chart-1' },
      { key: 'tasks_launched', name: 'launches', colour: '--chart-4', fill: true },
    ],
    text: (value) => `${Number(value.toFixed(1))}/s`,
    perSecond: true,
  },
];

export const ALLOCATION_CHART: Chart = {
  title: 'Allocation time',
  lines: [{ key: 'allocation_ms', name: 'per run', colour: '--chart-2', fill: true }],
  text: (value) => `${Number(value.toFixed(1))} ms`,
};

export function Charts(props: { which?: Chart[] }): JSX.Element {
  const series = live<Series>(() => 'ui/series', { every: 5000 });
  return (
    <div class="charts">
      <For each={props.which ?? CHARTS}>{(chart) => <Panel chart={chart} series={series.data()} missing={series.failure() !== undefined} />}</For>
    </div>
  );
}

function values(series: Series, chart: Chart, key: Key): (number | null)[] {
  const found = series.values[key] ?? [];
  return chart.perSecond ? found.map((value) => (value === null ? null : value / series.interval)) : found;
}

function Panel(props: { chart: Chart; series: Series | undefined; missing: boolean }): JSX.Element {
  let host!: HTMLDivElement;
  let plot: uPlot | undefined;
  const [code, setCode] = createSignal<typeof uPlot>();
  const [broken, setBroken] = createSignal(false);

  const last = (key: Key) => (props.series ? values(props.series, props.chart, key).findLast((value) => value !== null) : undefined);
  const summary = () => props.chart.lines.map((line) => `${line.name} ${last(line.key) === undefined ? 'unknown' : props.chart.text(last(line.key) ?? 0)}`).join(', ');

  onMount(() => {
    // The page does not wait for the charts.
    import('./plot').then((loaded) => setCode(() => loaded.default), () => setBroken(true));
    const observer = new ResizeObserver(() => plot?.setSize({ width: host.clientWidth, height: host.clientHeight }));
    observer.observe(host);
    onCleanup(() => observer.disconnect());
  });
  createEffect(
    on([code, dark], ([Plot]) => {
      plot?.destroy();
      plot = undefined;
      if (Plot) draw(Plot);
    }),
  );
  createEffect(on(() => props.series, () => (plot ? plot.setData(data()) : code() && draw(code() as typeof uPlot))));
  onCleanup(() => plot?.destroy());

  const data = (): uPlot.AlignedData => {
    const series = props.series as Series;
    const length = Math.max(...props.chart.lines.map((line) => series.values[line.key]?.length ?? 0));
    const times = Array.from({ length }, (_, i) => series.end - (length - 1 - i) * series.interval);
    return [times, ...props.chart.lines.map((line) => values(series, props.chart, line.key))] as uPlot.AlignedData;
  };
  const draw = (Plot: typeof uPlot) => {
    if (props.series) plot = new Plot(options(props.chart, host), data(), host);
  };

  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{props.chart.title}</span>
        <For each={props.chart.lines}>
          {(line) => (
            <span class="chart-key" data-colour={line.colour.slice(2)}>
              {line.name} <b>{last(line.key) === undefined ? '–' : props.chart.text(last(line.key) ?? 0)}</b>
            </span>
          )}
        </For>
      </figcaption>
      <div class="chart-host" ref={host} role="img" aria-label={`${props.chart.title} over the last minutes: ${summary()}`} />
      <Show when={props.missing || broken()}>
        <p class="chart-missing">No measurements</p>
      </Show>
    </figure>
  );
}

function options(chart: Chart, host: HTMLElement): uPlot.Options {
  const style = getComputedStyle(host);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour('--faint'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: `11px ${style.fontFamily}` };
  return {
    width: host.clientWidth,
    height: host.clientHeight,
    padding: [8, 6, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'mesos' } },
    // Always the whole of what the master keeps, also when it has just begun.
    scales: { x: { range: (_, __, last) => [last - WINDOW_SECONDS, last] }, y: { range: (_, __, most) => [0, Math.max(most, 0.001) * 1.1] } },
    axes: [
      { ...axis, size: 22, space: 70, values: (_, splits) => splits.map(clock) },
      { ...axis, size: 56, space: 24, ...(chart.steps ? { incrs: chart.steps } : {}), values: (_, splits) => splits.map((value) => chart.text(value)) },
    ],
    series: [
      {},
      ...chart.lines.map((line) => ({
        label: line.name,
        stroke: colour(line.colour),
        width: 1.5,
        points: { show: false },
        ...(line.fill ? { fill: `${colour(line.colour)}22` } : {}),
      })),
    ],
  };
}

function clock(seconds: number): string {
  const date = new Date(seconds * 1000);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}
