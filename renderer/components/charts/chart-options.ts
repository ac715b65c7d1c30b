/** From a chart as plain data to what Chart.js draws, on the screen and into files alike. */
import type { Chart, ChartDataset, ChartOptions, Plugin, Scale, ScaleOptionsByType } from 'chart.js'
import type { Point } from '../../lib/chart-data.ts'
import { seriesLook } from '../../lib/chart-data.ts'
import type { Axis, ChartModel, Marker, Palette, Series } from '../../lib/chart-model.ts'
import { withAlpha } from '../../lib/colors.ts'
import { cutMiddle, formatNumber } from '../../lib/format.ts'
import { extentOn } from './ground-plugin.ts'

export type MixedType = 'line' | 'bar' | 'scatter'

export const isShort = (series: Series) => series.data.length < 3

export function dataset(series: Series, palette: Palette): ChartDataset<MixedType, Point[]> {
  const look = seriesLook(series.color, series.dashed)
  const color = palette.series(look.token)
  const common = { label: series.label, data: series.data, hidden: series.hidden ?? false }
  switch (series.kind ?? 'line') {
    case 'bars':
      return {
        ...common,
        type: 'bar',
        backgroundColor: color,
        borderWidth: 0,
        barPercentage: 0.98,
        categoryPercentage: 0.98,
        grouped: false,
      }
    case 'points':
      return {
        ...common,
        type: 'scatter',
        backgroundColor: withAlpha(color, 0.5),
        borderWidth: 0,
        pointRadius: 2.5,
      }
    case 'line':
      return {
        ...common,
        type: 'line',
        borderColor: series.faint ? withAlpha(color, 0.4) : color,
        backgroundColor: color,
        borderWidth: series.faint ? 1 : 1.75,
        borderDash: [...look.dash],
        // A single point has no line to be seen by.
        pointRadius: isShort(series) && !series.dashed ? 3 : 0,
        pointHitRadius: 6,
        pointHoverRadius: 3,
        tension: 0,
      }
  }
}

const isCloud = ({ series }: ChartModel): boolean => series.some(({ kind }) => kind === 'points')

export function chartOptions(model: ChartModel, palette: Palette): ChartOptions<MixedType> {
  return {
    responsive: true,
    maintainAspectRatio: false,
    parsing: false,
    normalized: true,
    animation: false,
    // Points lie anywhere: the nearest one is meant, in both directions.
    interaction: { mode: 'nearest', axis: isCloud(model) ? 'xy' : 'x', intersect: false },
    scales: {
      x: { ...scale(model.x, palette, false), ...extentOn(model, 'x'), stacked: model.stacked ?? false },
      y: { ...scale(model.y, palette, true), ...extentOn(model, 'y'), stacked: model.stacked ?? false },
    },
    plugins: {
      legend: { display: false },
      decimation: { enabled: true, algorithm: 'min-max' },
      tooltip: {
        animation: false,
        backgroundColor: palette.text,
        titleColor: palette.panel,
        bodyColor: palette.panel,
        boxPadding: 4,
        callbacks: {
          title: (items) => {
            const x = items[0]?.parsed.x ?? 0
            const name = model.x.categories?.[x]
            return name ?? `${model.x.title}: ${(model.x.text ?? formatNumber)(x)}`
          },
          label: (item) =>
            `${item.dataset.label ?? ''}: ${(model.y.text ?? formatNumber)(item.parsed.y ?? NaN, 5)}`,
        },
      },
    },
  }
}

/** Of the axis’ font, on average, and what is left free between two labels. */
const [characterWidth, labelPadding] = [6, 22]
/** Of a chart’s width, what its other axis takes. */
const otherAxis = 56
/** Shorter names say nothing: then every second one is left out, or more. */
const fewestCharacters = 8

/** A name in as many characters as its category has room for. */
export function fitted(name: string, width: number): string {
  const most = Math.floor((width - labelPadding) / characterWidth)
  return most < fewestCharacters ? name : cutMiddle(name, most)
}

function scale(axis: Axis, palette: Palette, vertical: boolean) {
  const font = { family: palette.font, size: 11 }
  const common = {
    title: { display: true, text: axis.title, color: palette.muted, font, padding: 2 },
    grid: { color: palette.line, drawTicks: false, display: vertical },
    border: { color: palette.line, display: !vertical },
    min: axis.min,
    max: axis.max,
  }
  const ticks = {
    color: palette.muted,
    font,
    maxRotation: 0,
    autoSkipPadding: 16,
    padding: 4,
    display: axis.unmarked !== true,
  }
  const names = axis.categories
  if (names)
    return {
      ...common,
      type: 'category',
      labels: names,
      offset: true,
      ticks: {
        ...ticks,
        callback(this: Scale, _: string | number, at: number) {
          const label = names[at] ?? ''
          return axis.named ? fitted(label, (this.chart.width - otherAxis) / names.length) : label
        },
      },
    } satisfies DeepScale<'category'>
  return {
    ...common,
    type: axis.logarithmic ? 'logarithmic' : 'linear',
    offset: false,
    ticks: {
      ...ticks,
      ...(axis.integer ? { precision: 0 } : {}),
      maxTicksLimit: vertical ? 6 : 9,
      callback: (value: number | string) => (axis.text ?? formatNumber)(Number(value), 3),
    },
  } as const
}

type DeepScale<T extends 'category' | 'linear'> = {
  [K in keyof ScaleOptionsByType<T>]?: ScaleOptionsByType<T>[K] extends object
    ? Partial<ScaleOptionsByType<T>[K]>
    : ScaleOptionsByType<T>[K]
}

/** Draws marked places of the x axis over the curves; asked anew at every drawing. */
export const markersPlugin = (
  current: () => { markers: readonly Marker[] | undefined; palette: Palette },
): Plugin<MixedType> => ({
  id: 'markers',
  afterDatasetsDraw: (chart) => {
    const { markers, palette } = current()
    drawMarkers(chart, markers ?? [], palette)
  },
})

function drawMarkers(chart: Chart<MixedType>, markers: readonly Marker[], palette: Palette): void {
  const { ctx, chartArea } = chart
  const x = chart.scales['x']
  if (!x) return
  for (const marker of markers) {
    const at = x.getPixelForValue(marker.x)
    if (at < chartArea.left || at > chartArea.right) continue
    ctx.save()
    ctx.strokeStyle = palette.muted
    ctx.lineWidth = 1
    ctx.setLineDash([3, 3])
    ctx.beginPath()
    ctx.moveTo(at, chartArea.top)
    ctx.lineTo(at, chartArea.bottom)
    ctx.stroke()
    ctx.font = `11px ${palette.font}`
    ctx.setLineDash([])
    ctx.textAlign = 'left'
    ctx.textBaseline = 'alphabetic'
    const width = ctx.measureText(marker.label).width
    const left = at + 4 + width > chartArea.right ? at - 4 - width : at + 4
    // Legible on bars and curves alike.
    ctx.fillStyle = palette.panel
    ctx.globalAlpha = 0.7
    ctx.fillRect(left - 2, chartArea.top, width + 4, 14)
    ctx.globalAlpha = 1
    ctx.fillStyle = palette.text
    ctx.fillText(marker.label, left, chartArea.top + 11)
    ctx.restore()
  }
}
