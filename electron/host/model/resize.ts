/** One size up or down: about twice, or half, the parameters. */
import {
  isCustom,
  sizesOf,
  startOf,
  templates,
  memberOf,
  familySchema,
  mostUnits,
  type NetworkDocument,
  type Option,
  type TemplateModel,
} from '../../contract/index.ts'
import { documentOf, type NetworkSpec } from './build.ts'
import { isLayer } from '../../contract/index.ts'
import { withShortChains } from './check.ts'
import { sketchLayer } from './layers.ts'
import { innerWidths, scaledDocument, scaledWidth } from './widths.ts'

export type Direction = 'bigger' | 'smaller'

/** Of a document whose layers fit; without knowing any shape. On the current device. */
export const parametersOf = ({ nodes }: NetworkDocument): number =>
  nodes.filter(isLayer).reduce(
    (sum, node) =>
      sum +
      sketchLayer(node)
        .parameters()
        .reduce((all, one) => all + one.numel(), 0),
    0,
  )

/** Weights between two layers grow with both: these lead to between 1.1 and 64 times as many. */
const growing = [1.1, 1.19, 1.3, 1.41, 1.55, 1.7, 1.85, 2, 2.4, 2.8, 3.4, 4, 6, 8]
const factorsOf = (direction: Direction): number[] =>
  direction === 'bigger' ? growing : growing.map((factor) => 1 / factor)

interface Candidate<T> {
  readonly made: T
  readonly parameters: number
}

/** Of what the factors make, in their order, that nearest to twice or half as many parameters; null: none changes them. */
export function nearest<T>(
  direction: Direction,
  now: number,
  make: (factor: number) => Candidate<T> | null,
): T | null {
  const wanted = Math.log(2)
  let best: { made: T; off: number } | null = null
  for (const factor of factorsOf(direction)) {
    withShortChains()
    const candidate = make(factor)
    if (candidate === null) continue
    const grown = Math.log(candidate.parameters / now) * (direction === 'bigger' ? 1 : -1)
    if (!(grown > 0)) continue
    const off = Math.abs(grown - wanted)
    if (best === null || off < best.off) best = { made: candidate.made, off }
    if (grown >= wanted) break
  }
  return best?.made ?? null
}

/** The value of an option that says a width, or several; null: it is none that can be scaled. */
function scaledOption(option: Option, value: unknown, factor: number, multiple: number): unknown {
  if (option.kind === 'list' && Array.isArray(value)) {
    const { item, most } = option
    // A linear model becomes bigger by a first hidden layer.
    if (value.length === 0) return factor > 1 && most > 0 ? [startOf(item)] : value
    return value.map((width: number) => scaledWidth(width, factor, multiple, item.most ?? Infinity))
  }
  if (option.kind === 'number' && typeof value === 'number')
    return scaledWidth(value, factor, multiple, option.most ?? Infinity)
  return value
}

/** The settings of a template that say how wide it is, times a number. */
export function scaledTemplate(model: TemplateModel, factor: number): TemplateModel {
  const { options } = memberOf(templates, model.template)
  const values = model as Readonly<Record<string, unknown>>
  const scaled = Object.entries(sizesOf(model.template)).map(([key, { multipleOf }]) => {
    const multiple = multipleOf === undefined ? 1 : Number(values[multipleOf])
    return [
      key,
      scaledOption((options as Readonly<Record<string, Option>>)[key]!, values[key], factor, multiple),
    ]
  })
  return { ...model, ...(Object.fromEntries(scaled) as object) }
}

export type Resized =
  { readonly model: TemplateModel } | { readonly document: NetworkDocument } | { readonly refusal: string }

/** Why there is no other size. `widths`: those inside that could be others. */
const atItsEnd = (direction: Direction, widths: readonly number[]): string => {
  if (widths.length === 0)
    return 'It has no inner width that could be another: how wide its layers are, the data and the target decide.'
  if (direction === 'bigger' && widths.every((width) => width < mostUnits / 2))
    return 'None of its widths can grow: each of them has to agree with others.'
  return direction === 'bigger'
    ? `None of its widths can grow any more: they end at ${mostUnits.toLocaleString('en')}.`
    : 'None of its widths can shrink any more.'
}

/** On the current device; the network has to fit. */
export function resized(spec: NetworkSpec, direction: Direction): Resized {
  const { model } = spec
  const document = documentOf(spec)
  const now = parametersOf(document)
  if (!isCustom(model)) {
    const schema = familySchema(templates)
    const found = nearest<TemplateModel>(direction, now, (factor) => {
      const parsed = schema.safeParse(scaledTemplate(model, factor))
      if (!parsed.success) return null
      return { made: parsed.data, parameters: parametersOf(documentOf({ ...spec, model: parsed.data })) }
    })
    if (found !== null) return { model: found }
    const values = model as Readonly<Record<string, unknown>>
    const widths = Object.keys(sizesOf(model.template)).flatMap((key) => values[key] as number | number[])
    return { refusal: atItsEnd(direction, widths) }
  }
  let refusal: string | null = null
  const found = nearest<NetworkDocument>(direction, now, (factor) => {
    const scaled = scaledDocument(document, factor, mostUnits)
    if (scaled === null) return null
    if ('refusal' in scaled) {
      refusal = scaled.refusal
      return null
    }
    return { made: scaled.document, parameters: parametersOf(scaled.document) }
  })
  return found === null
    ? { refusal: refusal ?? atItsEnd(direction, innerWidths(document)) }
    : { document: found }
}
