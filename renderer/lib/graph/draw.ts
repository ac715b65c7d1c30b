/** A graph as a picture for a file: the boxes that are seen, and the lines between them. */
import type { ComputationGraph, GraphEdgeInfo } from '../../../electron/contract/index.ts'
import { strings } from '../../strings/index.ts'
import type { Palette } from '../chart-model.ts'
import { element, text, type Drawing } from '../svg.ts'
import { curveThrough, middleOf } from './curve.ts'
import type { Layout } from './layout.ts'
import type { Item } from './tree.ts'
import type { Visible } from './visible.ts'
import { localText, compactShape, compactSpread, outputsOf, sizeText, titleOf } from './words.ts'

const cut = (words: string, width: number): string => {
  const most = Math.floor(width / 6.5)
  return words.length > most ? `${words.slice(0, most - 1)}…` : words
}

export function drawGraph(
  graph: ComputationGraph,
  { boxes, open, links }: Visible<Item, GraphEdgeInfo>,
  { places, ways, width, height }: Layout,
  mode: 'forward' | 'backward',
  palette: Palette,
): Drawing {
  const frames = open.flatMap((group) => {
    const rect = places.get(group.id)
    if (!rect) return []
    return [
      element('rect', { ...rect, rx: 6, fill: palette.sunken, stroke: palette.line }),
      text(cut(`${titleOf(group)} ${group.type}`, rect.width), {
        x: rect.x + 8,
        y: rect.y + 20,
        fill: palette.muted,
        'font-size': 12,
      }),
    ]
  })
  const lines = links.flatMap(({ id, from, to, edges }) => {
    const [a, b] = [places.get(from), places.get(to)]
    if (!a || !b) return []
    const [x1, y1, x2, y2] = [a.x + a.width / 2, a.y + a.height, b.x + b.width / 2, b.y]
    const points = [{ x: x1, y: y1 }, ...(ways.get(id) ?? []), { x: x2, y: y2 }]
    const middle = middleOf(points)
    const label = mode === 'backward' ? localText(edges) : ''
    return [
      element('path', {
        d: curveThrough(points),
        fill: 'none',
        stroke: palette.muted,
      }),
      // Where the line goes: forward to its end, backward to its beginning.
      mode === 'forward'
        ? element('path', {
            d: `M ${x2 - 4} ${y2 - 7} L ${x2 + 4} ${y2 - 7} L ${x2} ${y2} z`,
            fill: palette.muted,
          })
        : element('path', {
            d: `M ${x1 - 4} ${y1 + 7} L ${x1 + 4} ${y1 + 7} L ${x1} ${y1} z`,
            fill: palette.muted,
          }),
      ...(label
        ? [
            text(label, {
              x: middle.x,
              y: middle.y + 4,
              fill: palette.text,
              'font-size': 11,
              'text-anchor': 'middle',
            }),
          ]
        : []),
    ]
  })
  const drawn = boxes.flatMap((item) => {
    const rect = places.get(item.id)
    const [output] = outputsOf(item, graph)
    if (!rect) return []
    const shape = output && output.shape.length > 0 ? `${compactShape(output.shape)} · ` : ''
    const number = output
      ? mode === 'forward'
        ? compactSpread(output.forward)
        : `∂ ${sizeText(output.gradient)}`
      : ''
    const kind =
      item.kind === 'group'
        ? item.type
        : item.kind === 'op'
          ? (output?.name ?? '')
          : strings.graph.inspector.kind[item.value.kind].toLowerCase()
    return [
      element('rect', {
        ...rect,
        rx: item.kind === 'value' ? rect.height / 2 : 6,
        fill: palette.panel,
        stroke: palette.muted,
        'stroke-width': item.kind === 'group' ? 2 : 1,
      }),
      text(cut(`${titleOf(item)}  ${kind}`, rect.width - 16), {
        x: rect.x + rect.width / 2,
        y: rect.y + rect.height / 2 - 3,
        fill: palette.text,
        'font-size': 12,
        'text-anchor': 'middle',
      }),
      text(cut(shape + number, rect.width - 16), {
        x: rect.x + rect.width / 2,
        y: rect.y + rect.height / 2 + 14,
        fill: palette.muted,
        'font-size': 11,
        'text-anchor': 'middle',
      }),
    ]
  })
  return { width, height, body: [...frames, ...lines, ...drawn].join('') }
}
