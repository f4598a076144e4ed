import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { LoadPoint } from '../../api';
import { useAction, useLive, useSystem } from '../client';
import { Page, Problem } from '../parts';

type Series = readonly {
  readonly label: string;
  readonly color: string;
  readonly of: (point: LoadPoint) => number | undefined;
}[];

const FLOW: Series = [
  { label: 'arrived', color: '--accent', of: ({ arrived }) => arrived },
  { label: 'processed', color: '--good', of: ({ processed }) => processed },
];
const DEPTH: Series = [{ label: 'in queues', color: '--warn', of: ({ depth }) => depth }];
const CONCURRENCY: Series = [{ label: 'at once', color: '--good', of: ({ inFlight }) => inFlight }];

/** Pixels. All charts fit on a screen. */
const HEIGHT = 190;
/** Seconds that are shown. */
const [LEAST_SHOWN, MOST_SHOWN] = [60, 300];

/** Arrivals, work and queues over time: a burst becomes a steady flow. */
export default function LoadPage() {
  const { traffic } = useSystem();
  const points = useLive().snapshot?.load ?? [];
  const action = useAction();
  return (
    <Page title="Load">
      <div className="actions wide">
        {traffic.map(({ id, label, description }) => (
          <button
            key={id}
            type="button"
            title={description}
            disabled={action.isPending}
            onClick={() => action.mutate({ path: `/api/traffic/${id}` })}
          >
            {label}
          </button>
        ))}
        <span role="status" className="done">
          {action.isPending ? 'Working …' : action.data?.text}
        </span>
      </div>
      <Steady />
      <Problem error={action.error} />
      <div className="charts">
        <Chart title="Events per second" series={FLOW} points={points} />
        <Chart title="Messages" series={DEPTH} points={points} />
        <Chart title="Messages being processed" series={CONCURRENCY} points={points} />
      </div>
    </Page>
  );
}

/** Repeats an action until it is stopped. */
function Steady() {
  const { traffic } = useSystem();
  const { snapshot } = useLive();
  const action = useAction();
  const [id, setId] = useState(traffic[0]?.id ?? '');
  const [perSecond, setPerSecond] = useState(5);
  const running = snapshot?.steady;
  if (traffic.length === 0) return null;
  return (
    <div className="actions wide">
      <label>
        Steadily{' '}
        <select value={id} onChange={({ target }) => setId(target.value)}>
          {traffic.map((one) => (
            <option key={one.id} value={one.id}>
              {one.label}
            </option>
          ))}
        </select>
      </label>
      <label>
        <input
          type="number"
          min={0.1}
          max={100}
          step="any"
          value={perSecond}
          onChange={({ target }) => setPerSecond(target.valueAsNumber)}
        />{' '}
        per second
      </label>
      <button
        type="button"
        onClick={() => action.mutate({ path: `/api/steady/${encodeURIComponent(id)}`, body: { perSecond } })}
      >
        Start
      </button>
      <button type="button" disabled={!running} onClick={() => action.mutate({ path: '/api/steady/stop' })}>
        Stop
      </button>
      {running && (
        <span role="status" className="done">
          {running.accepted} accepted{running.refused > 0 && `, ${running.refused} refused`}
        </span>
      )}
      <Problem error={action.error} />
    </div>
  );
}

function Chart({ title, series, points }: { title: string; series: Series; points: readonly LoadPoint[] }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const axis = {
      font: '11px system-ui',
      stroke: color('--muted'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { show: false },
    };
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        series: [
          {},
          ...series.map((one) => {
            return {
              label: one.label,
              stroke: color(one.color),
              fill: `${color(one.color)}22`,
              width: 2,
              points: { show: false },
              // Queues are not read in every second.
              spanGaps: true,
            };
          }),
        ],
        axes: [
          { ...axis, values: (_, times) => times.map(clock), space: 70, size: 24 },
          { ...axis, size: 44 },
        ],
        scales: {
          x: { range: shown },
          y: { range: (_, __, most) => [0, Math.max(5, most * 1.1)] },
        },
        legend: { show: false },
        cursor: { show: false },
      },
      [[], ...series.map(() => [])],
      element,
    );
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [series]);
  useEffect(() => {
    plot.current?.setData([
      points.map(({ at }) => at),
      ...series.map(({ of }) => points.map((point) => of(point) ?? null)),
    ]);
  }, [points, series]);
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
        <p className="actions">
          {series.map(({ label, color, of }) => (
            <span key={label} className="legend" style={{ borderColor: `var(${color})` }}>
              <b>{lastOf(of, points)}</b> {label}
            </span>
          ))}
        </p>
      </header>
      <div
        ref={box}
        className="chart"
        role="img"
        aria-label={`${title}: ${series.map((one) => `${one.label} ${lastOf(one.of, points)}`).join(', ')}`}
      />
    </section>
  );
}

function shown(_: uPlot, first: number, last: number): [number, number] {
  return [Math.max(last - MOST_SHOWN, Math.min(first, last - LEAST_SHOWN)), last];
}

/** The time of day. @param seconds since 1970 */
function clock(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleTimeString('en-GB');
}

/** The newest value that is known. */
function lastOf(of: Series[number]['of'], points: readonly LoadPoint[]): number {
  return points.map(of).findLast((value) => value !== undefined) ?? 0;
}
