import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The part of ECharts that is used here. It is a dependency of bench/package.json alone. */
interface ECharts {
  init(
    element: null,
    theme: null,
    options: { renderer: 'svg'; ssr: true; width: number; height: number },
  ): { setOption(option: object): void; renderToSVGString(): string; dispose(): void };
}

const WIDTH = 800;
const TITLE = 60;
const LEGEND = 60;
/** Of a panel's picture, and of the space for its name and its axis. */
const PANEL = 110;
const PANEL_MARGIN = 55;
const BAR = 48;
/** Also readable where a page is dark, because the background is part of the picture. */
const STYLE = {
  backgroundColor: '#ffffff',
  animation: false,
  textStyle: { fontFamily: 'sans-serif' },
  color: ['#2563eb', '#f59e0b', '#16a34a', '#dc2626', '#7c3aed', '#0891b2', '#64748b', '#db2777', '#84cc16'],
};

/** A chart as ECharts takes it, and its height in pixels. */
export interface Chart {
  readonly height: number;
  readonly option: object;
}

/** Draws a chart as SVG. */
export function draw({ height, option }: Chart): string {
  const echarts = createRequire(join(__dirname, 'package.json'))('echarts') as ECharts;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({ ...STYLE, ...option });
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}

/** Returns a chart of horizontal bars, each made of parts. */
export function stackedBars(
  title: string,
  bars: readonly string[],
  parts: readonly { readonly name: string; readonly values: readonly number[] }[],
): Chart {
  const option = {
    title: { text: title, left: 'center', top: 10 },
    legend: { bottom: 5, icon: 'roundRect' },
    grid: { left: 20, right: 30, top: TITLE, bottom: LEGEND, containLabel: true },
    xAxis: { type: 'value' },
    yAxis: { type: 'category', inverse: true, data: bars },
    series: parts.map(({ name, values }) => ({ name, type: 'bar', stack: 'all', data: values.map(rounded) })),
  };
  return { height: TITLE + LEGEND + BAR * (bars.length + 1), option };
}

/** A part of a chart: lines with the same unit. */
export interface Panel {
  readonly unit: string;
  readonly lines: readonly { readonly name: string; readonly values: readonly number[]; readonly dashed?: boolean }[];
}

/** Returns a chart of lines over time. @param panels one below the other, with the same time axis */
export function linesOverTime(title: string, seconds: readonly number[], panels: readonly Panel[]): Chart {
  const top = (index: number) => TITLE + PANEL_MARGIN / 2 + index * (PANEL + PANEL_MARGIN);
  const axisLabel = { formatter: '{value} s', showMaxLabel: false };
  const option = {
    title: { text: title, left: 'center', top: 10 },
    legend: { bottom: 5, icon: 'roundRect' },
    grid: panels.map((_, index) => ({ left: 70, right: 30, top: top(index), height: PANEL })),
    xAxis: panels.map((_, gridIndex) => ({ type: 'value', gridIndex, max: seconds.at(-1), axisLabel })),
    yAxis: panels.map(({ unit }, gridIndex) => ({
      type: 'value',
      name: unit,
      gridIndex,
      splitNumber: 3,
      nameTextStyle: { align: 'left', padding: [0, 0, 0, -40] },
    })),
    series: panels.flatMap(({ lines }, index) =>
      lines.map(({ name, values, dashed }) => ({
        name,
        type: 'line',
        xAxisIndex: index,
        yAxisIndex: index,
        showSymbol: false,
        lineStyle: { type: dashed ? 'dashed' : 'solid' },
        data: values.map((value, at) => [seconds[at], rounded(value)]),
      })),
    ),
  };
  return { height: top(panels.length) + LEGEND, option };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
