/** What an edit makes of a network, in lines. */
import {
  formatNumber,
  isLayer,
  midCase,
  memberOf,
  plural,
  templates,
  valueText,
  type NetworkDocument,
  type NetworkNode,
  type Option,
  type TemplateModel,
} from '../../contract/index.ts'
import { functions } from './functions.ts'
import { optionsOfLayer } from './layers.ts'

const kindOf = (node: NetworkNode): string => (isLayer(node) ? node.layer : node.op)
const counted = (names: readonly string[]): [name: string, count: number][] => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
}
const listed = (names: readonly string[]): string =>
  counted(names)
    .map(([name, count]) => (count === 1 ? name : `${count} ${name}`))
    .join(', ')

/** What is not given stands at its default. */
const text = (value: unknown, usual?: unknown): string => {
  if (value === undefined) return usual === undefined ? 'its default' : text(usual)
  return typeof value === 'number' ? formatNumber(value, 6) : JSON.stringify(value)
}
const usualOf = (node: NetworkNode, name: string): unknown => {
  const options = isLayer(node)
    ? optionsOfLayer(node.layer).map(({ option }) => option)
    : (functions[node.op]?.options ?? [])
  const option = options.find((one) => one.name === name)
  return option && 'default' in option ? (option.default ?? undefined) : undefined
}
const words = (option: string): string => option.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

/** More lines than these say nothing any more. */
const mostLines = 4
const shortened = (lines: readonly string[]): string[] =>
  lines.length <= mostLines
    ? [...lines]
    : [...lines.slice(0, mostLines - 1), `and ${plural(lines.length - mostLines + 1, 'more layer')}`]

export function layerChanges(before: NetworkDocument, after: NetworkDocument): string[] {
  const was = new Map(before.nodes.map((node) => [node.id, node]))
  const is = new Set(after.nodes.map(({ id }) => id))
  const added = after.nodes.filter(({ id }) => !was.has(id)).map(kindOf)
  const removed = before.nodes.filter(({ id }) => !is.has(id)).map(kindOf)
  const exchanged: string[] = []
  const set: string[] = []
  for (const node of after.nodes) {
    const old = was.get(node.id)
    if (!old) continue
    if (kindOf(old).toLowerCase() !== kindOf(node).toLowerCase()) {
      exchanged.push(`${kindOf(old)} → ${kindOf(node)}`)
      continue
    }
    const names = new Set([...Object.keys(old.options), ...Object.keys(node.options)])
    const options = [...names].filter(
      (name) => JSON.stringify(old.options[name]) !== JSON.stringify(node.options[name]),
    )
    if (options.length > 0)
      set.push(
        `${kindOf(node)} ${node.id}: ${options
          .map((name) => {
            const usual = usualOf(node, name)
            return `${words(name)} ${text(old.options[name], usual)} → ${text(node.options[name], usual)}`
          })
          .join(', ')}`,
      )
  }
  return [
    ...(added.length > 0 ? [`${plural(added.length, 'more layer', 'more layers')}: ${listed(added)}`] : []),
    ...(removed.length > 0 ? [`${plural(removed.length, 'layer')} less: ${listed(removed)}`] : []),
    ...counted(exchanged).map(([what, count]) => (count === 1 ? what : `${count} times ${what}`)),
    ...shortened(set),
  ]
}

/** Of the same template. */
export function settingChanges(before: TemplateModel, after: TemplateModel): string[] {
  const options = memberOf(templates, after.template).options as Readonly<Record<string, Option>>
  const [was, is] = [before, after] as unknown as Readonly<Record<string, unknown>>[]
  return Object.entries(options).flatMap(([key, option]) => {
    const [a, b] = [was![key], is![key]]
    const said = (value: unknown): string =>
      option.kind === 'number' ? formatNumber(value as number, 6) : midCase(valueText(option, value))
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [`${option.label} ${said(a)} → ${said(b)}`]
  })
}
