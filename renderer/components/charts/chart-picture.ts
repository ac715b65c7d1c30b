/** A chart for a file: drawn once more by Chart.js, at a size of its own, with all that the page says around it. */
import { BasicPlatform, Chart, Legend, Title } from 'chart.js'
import type { LegendItem, Plugin } from 'chart.js'
import { Element as SvgCanvas } from 'svgcanvas'
import type { ChartModel, Palette } from '../../lib/chart-model.ts'
import type { Picture } from '../figures/pictures.ts'
import { blobOf, density } from '../figures/pictures.ts'
import { chartOptions, dataset, markersPlugin } from './chart-options.ts'
import type { MixedType } from './chart-options.ts'
import { groundPlugin } from './ground-plugin.ts'

const size = { width: 960, height: 540 }

function draw(
  canvas: HTMLCanvasElement,
  title: string,
  model: ChartModel,
  palette: Palette,
  pixelRatio: number,
): Chart<MixedType> {
  const series = model.series.filter(({ hidden }) => !hidden)
  const options = chartOptions(model, palette)
  const font = { family: palette.font, size: 12 }
  const ground: Plugin<MixedType> = {
    id: 'ground',
    beforeDraw: ({ ctx, width, height }) => {
      ctx.fillStyle = palette.panel
      ctx.fillRect(0, 0, width, height)
    },
  }
  return new Chart<MixedType>(canvas, {
    type: 'line',
    platform: BasicPlatform,
    // Segments make Chart.js stroke lines step by step, which SVG can follow, and not as a Path2D, which it cannot.
    data: { datasets: series.map((one) => ({ ...dataset(one, palette), segment: {} })) },
    options: {
      ...options,
      responsive: false,
      devicePixelRatio: pixelRatio,
      events: [],
      layout: { padding: 20 },
      plugins: {
        ...options.plugins,
        title: {
          display: true,
          text: title,
          align: 'start',
          color: palette.text,
          font: { ...font, size: 16, weight: 600 },
          padding: { bottom: 12 },
        },
        legend: {
          display: series.length > 1,
          align: 'start',
          labels: {
            font,
            color: palette.muted,
            usePointStyle: true,
            pointStyleWidth: 20,
            generateLabels: ({ data }) =>
              data.datasets.map((one, index): LegendItem => ({
                text: one.label ?? '',
                datasetIndex: index,
                fontColor: palette.muted,
                fillStyle: String(one.backgroundColor),
                strokeStyle: 'borderColor' in one ? String(one.borderColor) : 'transparent',
                lineWidth: one.type === 'line' ? 2 : 0,
                lineDash: 'borderDash' in one ? (one.borderDash as number[]) : [],
                pointStyle: one.type === 'line' ? 'line' : one.type === 'bar' ? 'rect' : 'circle',
              })),
          },
        },
      },
    },
    plugins: [
      ground,
      Title as Plugin<MixedType>,
      Legend as Plugin<MixedType>,
      groundPlugin(() => ({ model, palette })),
      markersPlugin(() => ({ markers: model.markers, palette })),
    ],
  })
}

function svg(title: string, summary: string, model: ChartModel, palette: Palette): string {
  const canvas = new SvgCanvas(size)
  // The library is made to be taken for a canvas, and has all of it that Chart.js asks for.
  const chart = draw(canvas as unknown as HTMLCanvasElement, title, model, palette, 1)
  const root = canvas.svg
  root.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`)
  root.setAttribute('role', 'img')
  // What a text is not underlined by, the library writes as it is.
  root
    .querySelectorAll('[text-decoration=undefined]')
    .forEach((text) => text.removeAttribute('text-decoration'))
  const named = (name: string, content: string) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name)
    element.textContent = content
    return element
  }
  root.prepend(named('title', title), named('desc', summary))
  const written = new XMLSerializer().serializeToString(root)
  chart.destroy()
  return written
}

async function png(title: string, model: ChartModel, palette: Palette): Promise<Blob> {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, size)
  const chart = draw(canvas, title, model, palette, density)
  try {
    return await blobOf(canvas)
  } finally {
    chart.destroy()
  }
}

export const chartPicture = (
  title: string,
  summary: string,
  model: ChartModel,
  palette: Palette,
): Picture => ({
  svg: () => svg(title, summary, model, palette),
  png: () => png(title, model, palette),
})
