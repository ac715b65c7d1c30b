/** A figure as a picture for a file or the clipboard. */
import type { Palette } from '../../lib/chart-model.ts'
import { svgFile } from '../../lib/svg.ts'
import type { Drawing } from '../../lib/svg.ts'

export interface Picture {
  /** A file of its own. */
  svg(): string
  png(): Promise<Blob>
}
/** Of pixels: sharp on a dense screen and in print. */
export const density = 2
/** What a browser's canvas holds at most on a side: https://developer.mozilla.org/docs/Web/HTML/Element/canvas */
const longestSide = 16_384

export const blobOf = (canvas: HTMLCanvasElement): Promise<Blob> =>
  new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large.'))),
      'image/png',
    ),
  )

export async function rasterize(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const scale = Math.min(density, longestSide / Math.max(image.width, image.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(image.width * scale)
    canvas.height = Math.round(image.height * scale)
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
    return await blobOf(canvas)
  } finally {
    URL.revokeObjectURL(url)
  }
}

/** Of what the window shows as a table, bars or a map. */
export function drawnPicture(title: string, summary: string, drawing: Drawing, palette: Palette): Picture {
  const svg = () => svgFile(title, summary, drawing, palette)
  return { svg, png: () => rasterize(svg()) }
}

/** What the page draws as SVG itself, with the colors that its style sheet gives it. */
export function inlineDrawing(svg: SVGSVGElement): Drawing {
  const copy = svg.cloneNode(true) as SVGSVGElement
  const originals = [...svg.querySelectorAll('*')]
  copy.querySelectorAll('*').forEach((element, index) => {
    const style = getComputedStyle(originals[index]!)
    for (const name of ['fill', 'stroke'] as const)
      if (element.hasAttribute(name)) element.setAttribute(name, style[name])
  })
  for (const name of ['class', 'role', 'aria-label']) copy.removeAttribute(name)
  const { width, height } = svg.viewBox.baseVal
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  return { width, height, body: new XMLSerializer().serializeToString(copy) }
}
