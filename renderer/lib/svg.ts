/** Pictures of what the window draws as tables and bars, written as SVG: real text and shapes, in the theme's colors. */
import { strings } from '../strings/index.ts'
import type { Palette } from './chart-model.ts'
import { cellText, columnWidths, heading, numericColumns } from './table-data.ts'
import type { TableData } from './table-data.ts'

const words = strings.figures.picture

const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
// What XML cannot hold at all is left out: https://www.w3.org/TR/xml/#charsets
const escaped = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replace(/[&<>"]/g, (sign) => named[sign]!)

type Attributes = Record<string, string | number | undefined>

export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${escaped(typeof value === 'number' ? String(Number(value.toFixed(2))) : value!)}"`,
    )
  return content ? `<${name}${written.join('')}>${content}</${name}>` : `<${name}${written.join('')}/>`
}
export const text = (content: string, attributes: Attributes): string =>
  element('text', attributes, escaped(content))

export interface Drawing {
  width: number
  height: number
  body: string
}
const margin = 24
const titleHeight = 32
/** Of the wider sans-serif fonts, beside their size: too much room is better than words over each other. */
const characterWidth = 0.62

/**
 * A drawing as a file of its own: with its title, what it shows in words, and the ground it was made for. `headed`: the
 * title is seen, too; on a page it stands above already.
 */
export function svgFile(
  title: string,
  description: string,
  drawing: Drawing,
  palette: Palette,
  headed = true,
): string {
  const top = margin + (headed ? titleHeight : 0)
  const width = Math.max(drawing.width, title.length * 16 * characterWidth) + 2 * margin
  const height = drawing.height + top + margin
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'font-family': palette.font,
      'font-size': 12,
      fill: palette.text,
    },
    element('title', {}, escaped(title)) +
      element('desc', {}, escaped(description)) +
      element('rect', { width, height, fill: palette.panel }) +
      (headed ? text(title, { x: margin, y: margin + 12, 'font-size': 16, 'font-weight': 600 }) : '') +
      element('g', { transform: `translate(${margin} ${top})` }, drawing.body),
  )
}

const cut = (content: string, most: number): string =>
  content.length > most ? `${content.slice(0, Math.max(1, most - 1))}…` : content

/** The first rows as they are read; how many more of `total` there are stands below. */
export function drawTable(
  data: TableData,
  palette: Palette,
  mostRows: number,
  total = data.rows.length,
): Drawing {
  const rowHeight = 24
  const padding = 10
  const numeric = numericColumns(data)
  const characters = columnWidths(data, 3).map((most, index) =>
    Math.max(most, heading(data.columns[index]!).length),
  )
  const widths = characters.map((count) => count * 12 * characterWidth + 2 * padding)
  const lefts = widths.map((_, index) => widths.slice(0, index).reduce((sum, one) => sum + one, 0))
  const width = widths.reduce((sum, one) => sum + one, 0)
  const rows = data.rows.slice(0, mostRows)
  const cell = (content: string, column: number, row: number, more: Attributes = {}) =>
    text(cut(content, characters[column]!), {
      x: lefts[column]! + (numeric[column] ? widths[column]! - padding : padding),
      y: row * rowHeight + 16,
      'text-anchor': numeric[column] ? 'end' : undefined,
      ...more,
    })
  const rule = (row: number) =>
    element('line', { x2: width, y1: row * rowHeight, y2: row * rowHeight, stroke: palette.line })
  const body = [
    ...data.columns.map((column, index) =>
      cell(heading(column), index, 0, { 'font-weight': 600, fill: palette.muted }),
    ),
    ...rows.flatMap((row, index) => [
      rule(index + 1),
      ...data.columns.map((column, place) => cell(cellText(column, row[place], row), place, index + 1)),
    ]),
  ]
  const more = total - rows.length
  if (more > 0)
    body.push(
      text(words.more(more), {
        x: padding,
        y: (rows.length + 1) * rowHeight + 16,
        fill: palette.muted,
      }),
    )
  return { width, height: (rows.length + 1 + Number(more > 0)) * rowHeight, body: body.join('') }
}

export interface HeatMap {
  rows: readonly string[]
  columns: readonly string[]
  rowTitle?: string
  columnTitle?: string
  /** Of each cell its ground and what stands in it, if it is large enough. */
  cell: (row: number, column: number) => { fill: string; text: string }
  legend: readonly Swatch[]
}

interface Swatch {
  label: string
  fill: string
}
const legendHeight = 28
/** Side by side from the left. */
function drawLegend(
  swatches: readonly Swatch[],
  left: number,
  top: number,
  palette: Palette,
): { width: number; body: string } {
  let x = left
  const body = swatches.map(({ label, fill }) => {
    const swatch = element('rect', { x, y: top, width: 12, height: 12, fill, stroke: palette.line })
    const words = text(label, { x: x + 18, y: top + 10, fill: palette.muted })
    x += label.length * 12 * characterWidth + 34
    return swatch + words
  })
  return { width: x, body: body.join('') }
}

export function drawHeatMap(map: HeatMap, palette: Palette): Drawing {
  const size = Math.max(6, Math.min(56, Math.floor(1200 / Math.max(1, map.columns.length))))
  const height = Math.min(36, size)
  const most = 18
  const label = (name: string) => cut(name, most)
  const longest = (names: readonly string[]) => Math.max(0, ...names.map((name) => label(name).length))
  // Names that nobody could read give way to some that can be, and tell where one is.
  const every = height < 12 ? Math.ceil(20 / height) : 1
  const font = every > 1 ? 16 : Math.min(12, height)
  const isNamed = (index: number): boolean => index % every === 0
  const left = longest(map.rows) * font * characterWidth + (map.rowTitle ? 28 : 8)
  const top = longest(map.columns) * font * characterWidth + (map.columnTitle ? 28 : 8)
  const centered = { 'text-anchor': 'middle', 'dominant-baseline': 'central' }
  const [width, high] = [map.columns.length * size, map.rows.length * height]
  const body: string[] = []
  if (map.columnTitle)
    body.push(text(map.columnTitle, { x: left + width / 2, y: 10, ...centered, fill: palette.muted }))
  if (map.rowTitle)
    body.push(
      text(map.rowTitle, {
        transform: `translate(10 ${top + high / 2}) rotate(-90)`,
        ...centered,
        fill: palette.muted,
      }),
    )
  map.columns.forEach((name, column) => {
    if (!isNamed(column)) return
    body.push(
      text(label(name), {
        transform: `translate(${left + (column + 0.5) * size} ${top - 6}) rotate(-90)`,
        'dominant-baseline': 'central',
        'font-size': font,
        fill: palette.muted,
      }),
    )
  })
  map.rows.forEach((name, row) => {
    const y = top + row * height
    if (isNamed(row))
      body.push(
        text(label(name), {
          x: left - 6,
          y: y + height / 2,
          'text-anchor': 'end',
          'dominant-baseline': 'central',
          'font-size': font,
          fill: palette.muted,
        }),
      )
    map.columns.forEach((_, column) => {
      const { fill, text: content } = map.cell(row, column)
      const x = left + column * size
      body.push(element('rect', { x, y, width: size - 1, height: height - 1, fill }))
      if (content.length * 11 * characterWidth < size && height >= 16)
        body.push(text(content, { x: x + size / 2, y: y + height / 2, ...centered, 'font-size': 11 }))
    })
  })
  const legend = drawLegend(map.legend, 0, top + high + legendHeight - 12, palette)
  body.push(legend.body)
  return {
    width: Math.max(left + width, legend.width),
    height: top + high + legendHeight,
    body: body.join(''),
  }
}

export interface BarRow {
  label: string
  /** What stands behind the bar. */
  value: string
  /** `length`: in parts of the longest bar. */
  segments: readonly { length: number; fill: string }[]
}

export function drawBars(rows: readonly BarRow[], legend: readonly Swatch[], palette: Palette): Drawing {
  const rowHeight = 22
  const barWidth = 480
  const width = (content: string) => content.length * 12 * characterWidth
  const left = Math.max(0, ...rows.map(({ label }) => width(label))) + 12
  const right = Math.max(0, ...rows.map(({ value }) => width(value))) + 12
  const body: string[] = []
  body.push(drawLegend(legend, left, 4, palette).body)
  rows.forEach(({ label, value, segments }, index) => {
    const y = (index + 1) * rowHeight + 8
    body.push(text(label, { x: left - 8, y: y + 13, 'text-anchor': 'end' }))
    let start = left
    for (const { length, fill } of segments) {
      body.push(
        element('rect', { x: start, y: y + 3, width: Math.max(0.5, length * barWidth), height: 14, fill }),
      )
      start += length * barWidth
    }
    body.push(
      text(value, { x: left + barWidth + right, y: y + 13, 'text-anchor': 'end', fill: palette.muted }),
    )
  })
  return { width: left + barWidth + right, height: (rows.length + 1) * rowHeight + 12, body: body.join('') }
}
