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
import type { ChartOptions } from 'chart.js'
import { onBeforeUnmount, onMounted, watch } from 'vue'
import type { Ref } from 'vue'
import type { Point } from '../../lib/chart-data.ts'
import type { ChartModel, Palette } from '../../lib/chart-model.ts'
import { numberMarks } from '../../lib/format.ts'
import { usePalette } from '../palette.ts'
import { chartOptions, dataset, isShort, markersPlugin } from './chart-options.ts'
import type { MixedType } from './chart-options.ts'
import { groundPlugin } from './ground-plugin.ts'

/** A bar or a point, by its series and its place in it. */
export interface Picked {
  readonly series: number
  readonly index: number
}

/** `pick`: what a click on a bar or a point does. */
export function useChart(
  canvas: Readonly<Ref<HTMLCanvasElement | null>>,
  model: () => ChartModel,
  pick?: (place: Picked) => void,
): {
  readonly highlight: (place: Picked | null) => void
  /** Where the axes lie on the canvas, in pixels, and what stands at a place of the x axis; null: nothing is drawn. */
  readonly places: () => { readonly left: number; readonly right: number; at(pixel: number): number } | null
} {
  const palette = usePalette()
  let chart: Chart<MixedType, Point[]> | null = null
  let frame = 0
  let shape = ''
  let painted: Palette | null = null

  const markers = markersPlugin(() => ({ markers: model().markers, palette: palette.value }))

  const beneath = groundPlugin(() => ({ model: model(), palette: palette.value }))

  const clicks = (): ChartOptions<MixedType> =>
    pick === undefined
      ? {}
      : {
          onClick: (_, [first]) => first && pick({ series: first.datasetIndex, index: first.index }),
          onHover: (_, elements) => {
            if (canvas.value) canvas.value.style.cursor = elements.length > 0 ? 'pointer' : ''
          },
        }

  function draw(): void {
    frame = 0
    const element = canvas.value
    if (!element) return
    const next = model()
    const options = { ...chartOptions(next, palette.value), ...clicks() }
    const datasets = next.series.map((series) => dataset(series, palette.value))
    // Chart.js keeps resolved options of bars and points between updates, and with them the colors of the old theme.
    if (painted !== palette.value) {
      chart?.destroy()
      chart = null
      painted = palette.value
    }
    if (!chart) {
      chart = new Chart<MixedType, Point[]>(element, {
        type: 'line',
        data: { datasets },
        options,
        plugins: [beneath, markers],
      })
      shape = shapeOf(next)
      return
    }
    // Datasets keep their identity, or Chart.js would forget its parsed state on every point that arrives.
    if (shape === shapeOf(next))
      datasets.forEach((fresh, index) => Object.assign(chart?.data.datasets[index] ?? {}, fresh))
    else chart.data.datasets = datasets
    shape = shapeOf(next)
    chart.options = options
    chart.update('none')
  }

  function schedule(): void {
    frame ||= requestAnimationFrame(draw)
  }

  onMounted(() => {
    draw()
    watch([model, palette, numberMarks], schedule, { flush: 'post' })
  })
  onBeforeUnmount(() => {
    cancelAnimationFrame(frame)
    chart?.destroy()
    chart = null
  })
  return {
    places() {
      const x = chart?.scales['x']
      if (!chart || !x) return null
      const { left, right } = chart.chartArea
      return { left, right, at: (pixel) => x.getValueForPixel(Math.min(right, Math.max(left, pixel))) ?? 0 }
    },
    /** As if the pointer were there. */
    highlight(place) {
      if (!chart) return
      const active = place === null ? [] : [{ datasetIndex: place.series, index: place.index }]
      chart.setActiveElements(active)
      const element = place && chart.getDatasetMeta(place.series).data[place.index]
      const { x, y } = element?.tooltipPosition(true) ?? { x: 0, y: 0 }
      chart.tooltip?.setActiveElements(active, { x, y })
      chart.render()
    },
  }
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

/** What a drawn dataset cannot change into another of: then it is replaced. */
const shapeOf = (model: ChartModel): string =>
  model.series.map((one) => [one.kind ?? 'line', isShort(one), one.label, one.color]).join('|')
