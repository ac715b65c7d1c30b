/** Numbers, words, lists of them: values that stand in a source as such. */
import { bare, NotUnderstood, partsOf, type Node, type Script } from './tree.ts'

/** Several times the same: `(1,) * 6`; `[1] * 6` is an open one. */
export interface Repeated {
  readonly repeated: Value
  readonly open: boolean
}
export type Value = string | number | boolean | null | readonly Value[]

/** Deeper, nobody writes lists or calls. */
export const deepest = 60

/** What is written there; undefined: no value, but something that is computed. Errors: for numbers that there are not. */
export function valueOf(script: Script, written: Node, depth = 0): Value | Repeated | undefined {
  const node = bare(written)
  if (depth > deepest) throw new NotUnderstood(node, 'This is nested deeper than can be read.')
  switch (node.name) {
    case 'Number': {
      const text = script.text(node)
      const value = Number(text.replaceAll('_', ''))
      if (!Number.isFinite(value)) throw new NotUnderstood(node, `${text} is no number that a layer takes.`)
      return value
    }
    case 'UnaryExpression': {
      const [sign, of] = [node.firstChild, node.lastChild]
      const value = of ? valueOf(script, of, depth + 1) : undefined
      return sign && script.text(sign) === '-' && typeof value === 'number' ? -value : undefined
    }
    case 'Boolean':
      return script.text(node) === 'True'
    case 'None':
      return null
    case 'String': {
      const text = script.text(node)
      if (!/^(["'])[^\\\n]*\1$/.test(text) || text.length < 2)
        throw new NotUnderstood(node, 'Words stand in plain quotes, without a backslash.')
      return text.slice(1, -1)
    }
    case 'TupleExpression':
    case 'ArrayExpression': {
      const values = partsOf(node).map((part) => valueOf(script, part, depth + 1))
      return values.every(isValue) ? values : undefined
    }
    case 'BinaryExpression':
      return repeatedOf(script, node, depth)
    default:
      return undefined
  }
}

export const isRepeated = (value: Value | Repeated | undefined): value is Repeated =>
  typeof value === 'object' && value !== null && 'repeated' in value
const isValue = (value: Value | Repeated | undefined): value is Value =>
  value !== undefined && !isRepeated(value)

function repeatedOf(script: Script, node: Node, depth: number): Repeated | undefined {
  const [list, sign, count] = partsOf(node)
  if (!list || !sign || !count || script.text(sign) !== '*' || count.name !== 'Number') return undefined
  if (list.name !== 'TupleExpression' && list.name !== 'ArrayExpression') return undefined
  const values = valueOf(script, list, depth + 1)
  return Array.isArray(values) && values.length === 1
    ? { repeated: values[0] as Value, open: list.name === 'ArrayExpression' }
    : undefined
}
