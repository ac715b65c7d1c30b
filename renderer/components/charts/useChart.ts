/** The one way charts are drawn: Chart.js behind plain data, redrawn at most once per animation frame. */
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Decimation,
  LineController,
  LineElement,
  LinearScale,
  LogarithmicScale,
  PointElement,
  ScatterController,
  Tooltip,
} from 'chart.js'
import type { ChartDataset, ChartOptions, Plugin, ScaleOptionsByType } from 'chart.js'
import { onBeforeUnmount, onMounted, watch } from 'vue'
import type { Ref } from 'vue'
import { seriesLook } from '../../lib/chart-data.ts'
import type { Point } from '../../lib/chart-data.ts'
import { formatNumber, numberMarks } from '../../lib/format.ts'
import { useTheme } from '../theme.ts'

export interface Series {
  label: string
  data: Point[]
  /** Place in the palette, from 1; beyond eight, the stroke changes too. */
  color: number
  kind?: 'line' | 'points' | 'bars'
  dashed?: boolean
  hidden?: boolean
}
export interface Axis {
  /** With its unit. */
  title: string
  logarithmic?: boolean
  integer?: boolean
  min?: number
  max?: number
  /** Names of the positions 0, 1, 2…: makes the axis one of categories. */
  categories?: string[]
}
export interface Marker {
  x: number
  label: string
}
export interface ChartModel {
  series: Series[]
  x: Axis
  y: Axis
  markers?: Marker[]
}

type MixedType = 'line' | 'bar' | 'scatter'
interface Palette {
  text: string
  muted: string
  line: string
  panel: string
  font: string
  /** The color of the token with this number. */
  series(number: number): string
}

export function useChart(canvas: Readonly<Ref<HTMLCanvasElement | null>>, model: () => ChartModel): void {
  const { resolved } = useTheme()
  let chart: Chart<MixedType, Point[]> | null = null
  let frame = 0
  let markers: Marker[] = []
  let palette: Palette | null = null
  let shape = ''

  const markerPlugin: Plugin<MixedType> = {
    id: 'markers',
    afterDatasetsDraw: (drawn) => palette && drawMarkers(drawn, markers, palette),
  }

  function draw(): void {
    frame = 0
    const element = canvas.value
    if (!element) return
    const next = model()
    palette = readPalette()
    markers = next.markers ?? []
    const options = chartOptions(next, palette)
    const datasets = next.series.map((series) => dataset(series, palette as Palette))
    if (!chart) {
      chart = new Chart<MixedType, Point[]>(element, {
        type: 'line',
        data: { datasets },
        options,
        plugins: [markerPlugin],
      })
      shape = shapeOf(next, palette)
      return
    }
    // Datasets keep their identity, or Chart.js would forget its parsed state on every point that arrives.
    if (shape === shapeOf(next, palette))
      datasets.forEach((fresh, index) => Object.assign(chart?.data.datasets[index] ?? {}, fresh))
    else chart.data.datasets = datasets
    shape = shapeOf(next, palette)
    chart.options = options
    chart.update('none')
  }

  function schedule(): void {
    frame ||= requestAnimationFrame(draw)
  }

  onMounted(() => {
    draw()
    watch([model, resolved, numberMarks], schedule, { flush: 'post' })
  })
  onBeforeUnmount(() => {
    cancelAnimationFrame(frame)
    chart?.destroy()
    chart = null
  })
}

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Decimation,
  LineController,
  LineElement,
  LinearScale,
  LogarithmicScale,
  PointElement,
  ScatterController,
  Tooltip,
)

const isShort = (series: Series) => series.data.length < 3

/**
 * What a drawn dataset cannot change into another of: then it is replaced. Colors are among it, for Chart.js shares the
 * options of bars and points between updates, and an update without animation leaves the shared ones as they were.
 */
function shapeOf(model: ChartModel, palette: Palette): string {
  return model.series
    .map((one) => [one.kind ?? 'line', isShort(one), one.label, palette.series(seriesLook(one.color).token)])
    .join('|')
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    text: token('text'),
    muted: token('muted'),
    line: token('line'),
    panel: token('panel'),
    font: getComputedStyle(document.body).fontFamily,
    series: (number) => token(`series-${number}`),
  }
}

function dataset(series: Series, palette: Palette): ChartDataset<MixedType, Point[]> {
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
      return { ...common, type: 'scatter', backgroundColor: `${color}80`, borderWidth: 0, pointRadius: 2.5 }
    case 'line':
      return {
        ...common,
        type: 'line',
        borderColor: color,
        backgroundColor: color,
        borderWidth: 1.75,
        borderDash: [...look.dash],
        // A single point has no line to be seen by.
        pointRadius: isShort(series) && !series.dashed ? 3 : 0,
        pointHitRadius: 6,
        pointHoverRadius: 3,
        tension: 0,
      }
  }
}

function chartOptions(model: ChartModel, palette: Palette): ChartOptions<MixedType> {
  return {
    responsive: true,
    maintainAspectRatio: false,
    parsing: false,
    normalized: true,
    animation: false,
    interaction: { mode: 'nearest', axis: 'x', intersect: false },
    scales: { x: scale(model.x, palette, false), y: scale(model.y, palette, true) },
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
            return name ?? `${model.x.title}: ${formatNumber(x)}`
          },
          label: (item) => `${item.dataset.label ?? ''}: ${formatNumber(item.parsed.y, 5)}`,
        },
      },
    },
  }
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
  const ticks = { color: palette.muted, font, maxRotation: 0, autoSkipPadding: 16, padding: 4 }
  if (axis.categories)
    return {
      ...common,
      type: 'category',
      labels: axis.categories,
      offset: true,
      ticks,
    } satisfies DeepScale<'category'>
  return {
    ...common,
    type: axis.logarithmic ? 'logarithmic' : 'linear',
    offset: false,
    ticks: {
      ...ticks,
      ...(axis.integer ? { precision: 0 } : {}),
      maxTicksLimit: vertical ? 6 : 9,
      callback: (value: number | string) => formatNumber(Number(value), 3),
    },
  } as const
}

type DeepScale<T extends 'category' | 'linear'> = {
  [K in keyof ScaleOptionsByType<T>]?: ScaleOptionsByType<T>[K] extends object
    ? Partial<ScaleOptionsByType<T>[K]>
    : ScaleOptionsByType<T>[K]
}

function drawMarkers(chart: Chart<MixedType>, markers: readonly Marker[], palette: Palette): void {
  const { ctx, chartArea } = chart
  const x = chart.scales['x']
  if (!x) return
  for (const marker of markers) {
    const at = x.getPixelForValue(marker.x)
    if (at < chartArea.left || at > chartArea.right) continue
    ctx.save()
    ctx.strokeStyle = palette.muted
    ctx.setLineDash([3, 3])
    ctx.beginPath()
    ctx.moveTo(at, chartArea.top)
    ctx.lineTo(at, chartArea.bottom)
    ctx.stroke()
    ctx.font = `11px ${palette.font}`
    ctx.setLineDash([])
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
