/**
 * Python as a tree. The grammar is Lezer's, CodeMirror's parser: kept, pure JavaScript, and it goes on behind a mistake, so that
 * what is wrong has a place. Nothing that is read here is ever run.
 */
import { parser } from '@lezer/python'

export type Node = ReturnType<typeof parser.parse>['topNode']

/** What is not understood, and where it stands. */
export class NotUnderstood extends Error {
  readonly at: number
  constructor(node: Node | number, message: string) {
    super(message)
    this.at = typeof node === 'number' ? node : node.from
  }
}

/** Follows from what was said before: nothing is said again. */
export class Unknown extends Error {}

/** A source with what its nodes say. */
export interface Script {
  readonly source: string
  readonly top: Node
  readonly text: (node: Node) => string
}

export function parsePython(source: string): Script {
  const { topNode: top } = parser.parse(source)
  return { source, top, text: ({ from, to }) => source.slice(from, to) }
}

/** Gives places, from 1, as editors count. */
export function placesIn(source: string): (at: number) => { readonly line: number; readonly column: number } {
  const starts = [0]
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  return (at) => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (starts[middle]! <= at) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: at - starts[low]! + 1 }
  }
}

export function childrenOf(node: Node): Node[] {
  const children: Node[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child)
  return children
}

/** The first thing that is no Python at all; null: it is Python. */
export function brokenAt({ top, source }: Script): number | null {
  let at: number | null = null
  top.cursor().iterate((node) => {
    if (at !== null) return false
    if (node.type.isError) at = node.from
    return true
  })
  // An end that is missed is said at the last letter there is.
  return at === null ? null : Math.min(at, source.trimEnd().length)
}

/** The parts of a list, of a call's arguments, without brackets and commas. */
const isMark = ({ name }: Node): boolean => /^[()[\]{},:]$/.test(name) || name === 'Comment'
export const partsOf = (node: Node): Node[] => childrenOf(node).filter((child) => !isMark(child))

/** An argument of a call; `name` null: by its place. */
export interface Argument {
  readonly name: string | null
  readonly value: Node
}

/** A call's arguments. Errors: for `*args`, and comprehensions. */
export function argumentsOfCall(script: Script, call: Node): Argument[] {
  const parts = partsOf(call.getChild('ArgList')!)
  const given: Argument[] = []
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!
    if (part.name === 'ArithOp' || part.name === 'for' || part.name === '*' || part.name === '**')
      throw new NotUnderstood(part, 'Arguments are not unpacked here: write each of them.')
    if (parts[i + 1]?.name === 'AssignOp') {
      const value = parts[i + 2]
      if (!value) throw new NotUnderstood(part, `${script.text(part)} has no value.`)
      given.push({ name: script.text(part), value })
      i += 2
    } else {
      if (given.some(({ name }) => name !== null))
        throw new NotUnderstood(part, 'An argument without a name stands before those that have one.')
      given.push({ name: null, value: part })
    }
  }
  return given
}

/** `torch.nn.Linear` as its names; null: it is none. */
export function dotted(script: Script, node: Node): string[] | null {
  if (node.name === 'VariableName') return [script.text(node)]
  if (node.name !== 'MemberExpression') return null
  const { firstChild: of, lastChild: last } = node
  const before = of && dotted(script, of)
  return before && last?.name === 'PropertyName' ? [...before, script.text(last)] : null
}

/** What `x[…]` holds in its brackets; null: it is something else. */
export function indexOf(node: Node): { readonly of: Node; readonly index: Node } | null {
  if (node.name !== 'MemberExpression' || !node.getChild('[')) return null
  const [of, ...rest] = partsOf(node)
  const [index, more] = rest
  return of && index && !more ? { of, index } : null
}

/** `(x)` is x. */
export function bare(node: Node): Node {
  let at = node
  while (at.name === 'ParenthesizedExpression') {
    const [inner] = partsOf(at)
    if (!inner) break
    at = inner
  }
  return at
}

/** The statements of a class, a function or the file, without what says nothing. */
export const statementsOf = (body: Node): Node[] =>
  partsOf(body).filter(
    (node) =>
      node.name !== 'PassStatement' &&
      !(node.name === 'ExpressionStatement' && node.firstChild?.name === 'String'),
  )
