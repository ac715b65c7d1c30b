/** What lies beneath a chart's series: bands about means, very many thin lines, and names of places on its axes. */
import type { Chart, Plugin } from 'chart.js'
import { seriesLook } from '../../lib/chart-data.ts'
import type { ChartModel, Palette } from '../../lib/chart-model.ts'
import { mix, withAlpha } from '../../lib/colors.ts'
import type { MixedType } from './chart-options.ts'

export interface Extent {
  suggestedMin?: number
  suggestedMax?: number
}

function extentOf(values: Iterable<number>): Extent {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return low > high ? {} : { suggestedMin: low, suggestedMax: high }
}

function* valuesOf({ bands = [], threads = [] }: ChartModel, axis: 'x' | 'y'): Generator<number> {
  for (const band of bands) yield* axis === 'x' ? band.x : [...band.low, ...band.high]
  for (const thread of threads) yield* thread[axis]
}

/** Chart.js knows its series alone; the axes have to hold these, too. */
export const extentOn = (model: ChartModel, axis: 'x' | 'y'): Extent =>
  model.bands || model.threads ? extentOf(valuesOf(model, axis)) : {}

/** The more lines there are, the fainter each is. */
const fainter = (count: number): number => Math.min(0.7, Math.max(0.08, 12 / Math.sqrt(count) / 6))

function drawThreads(chart: Chart<MixedType>, { threads = [] }: ChartModel, palette: Palette): void {
  const { ctx } = chart
  const [x, y] = [chart.scales['x']!, chart.scales['y']!]
  const alpha = fainter(threads.length)
  ctx.lineWidth = 1
  for (const thread of threads) {
    ctx.strokeStyle =
      thread.worth === undefined
        ? withAlpha(palette.series(1), alpha)
        : withAlpha(
            mix(palette.series(1), palette.muted, thread.worth),
            Math.min(1, alpha * (0.4 + 2.6 * thread.worth ** 3)),
          )
    ctx.beginPath()
    for (let i = 0; i < thread.x.length; i++) {
      const [at, up] = [x.getPixelForValue(thread.x[i]!), y.getPixelForValue(thread.y[i]!)]
      if (i === 0) ctx.moveTo(at, up)
      else ctx.lineTo(at, up)
    }
    ctx.stroke()
  }
}

function drawBands(chart: Chart<MixedType>, { bands = [] }: ChartModel, palette: Palette): void {
  const { ctx } = chart
  const [x, y] = [chart.scales['x']!, chart.scales['y']!]
  for (const band of bands) {
    if (band.x.length === 0) continue
    ctx.fillStyle = withAlpha(palette.series(seriesLook(band.color).token), 0.16)
    ctx.beginPath()
    band.x.forEach((at, i) => ctx.lineTo(x.getPixelForValue(at), y.getPixelForValue(band.high[i]!)))
    for (let i = band.x.length - 1; i >= 0; i--)
      ctx.lineTo(x.getPixelForValue(band.x[i]!), y.getPixelForValue(band.low[i]!))
    ctx.closePath()
    ctx.fill()
  }
}

function drawNames(
  chart: Chart<MixedType>,
  { names = [], x: { categories } }: ChartModel,
  palette: Palette,
): void {
  const { ctx, chartArea } = chart
  const [x, y] = [chart.scales['x']!, chart.scales['y']!]
  ctx.font = `11px ${palette.font}`
  ctx.textBaseline = 'middle'
  for (const { x: at, y: up, text } of names) {
    const left = x.getPixelForValue(at)
    const width = ctx.measureText(text).width
    // Before the lines that begin there; behind those that end.
    const isLast = at === (categories?.length ?? 0) - 1 && left + 4 + width <= chartArea.right
    const start = isLast ? left + 4 : Math.max(chartArea.left, left - 4 - width)
    ctx.textAlign = 'left'
    ctx.fillStyle = withAlpha(palette.panel, 0.8)
    ctx.fillRect(start - 2, y.getPixelForValue(up) - 7, width + 4, 14)
    ctx.fillStyle = palette.text
    ctx.fillText(text, start, y.getPixelForValue(up))
  }
}

/** Asked anew at every drawing. */
export const groundPlugin = (current: () => { model: ChartModel; palette: Palette }): Plugin<MixedType> => ({
  id: 'beneath',
  beforeDatasetsDraw: (chart) => {
    const { model, palette } = current()
    const { ctx, chartArea } = chart
    ctx.save()
    ctx.beginPath()
    ctx.rect(
      chartArea.left,
      chartArea.top - 2,
      chartArea.right - chartArea.left,
      chartArea.bottom - chartArea.top + 4,
    )
    ctx.clip()
    drawBands(chart, model, palette)
    drawThreads(chart, model, palette)
    ctx.restore()
  },
  afterDatasetsDraw: (chart) => {
    const { model, palette } = current()
    chart.ctx.save()
    drawNames(chart, model, palette)
    chart.ctx.restore()
  },
})
