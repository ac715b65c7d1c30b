/** Formulas as `python.ts` writes them, `formula(lambda x: x * torch.sigmoid(x), h)`, back as what was typed. */
import { formulaConstants, readFormula } from '../../../contract/index.ts'
import { implementations } from '../../formulas/functions.ts'
import { formulaNames } from '../functions.ts'
import { bare, childrenOf, dotted, NotUnderstood, partsOf, type Node, type Script } from './tree.ts'

/** By their names under torch. */
const byTorchName: ReadonlyMap<string, readonly [name: string, tail: string]> = new Map(
  Object.entries(implementations).flatMap(([name, { torch }]) =>
    torch ? [[torch.name, [name, torch.tail]] as const] : [],
  ),
)

/** What a lambda computes, as a formula of tensors x, or x1, x2 …. Errors: NotUnderstood, with the place. */
export function formulaFrom(script: Script, written: Node, count: number): string {
  const lambda = bare(written)
  if (lambda.name !== 'LambdaExpression')
    throw new NotUnderstood(written, 'A formula is written as lambda x: x * 2, and its slope as well.')
  const names = formulaNames(count)
  const parameters = childrenOf(lambda.getChild('ParamList')!).filter(({ name }) => name === 'VariableName')
  if (parameters.length !== count)
    throw new NotUnderstood(
      lambda,
      `The formula takes ${parameters.length} tensors, and ${count} come behind it: lambda ${names.join(', ')}: …`,
    )
  const variables = new Map(parameters.map((node, i) => [script.text(node), names[i]!]))
  const text = textOf(script, lambda.lastChild!, variables)
  try {
    readFormula(text, names)
  } catch (error) {
    throw new NotUnderstood(lambda, error instanceof Error ? error.message : String(error))
  }
  return text
}

function textOf(script: Script, node: Node, variables: ReadonlyMap<string, string>): string {
  switch (node.name) {
    case 'Number':
      return script.text(node)
    case 'VariableName': {
      const name = variables.get(script.text(node))
      if (name === undefined)
        throw new NotUnderstood(
          node,
          `Nothing is called ${script.text(node)} here: a formula is of ${[...variables.keys()].join(', ')} alone.`,
        )
      return name
    }
    case 'MemberExpression': {
      const [home, name] = dotted(script, node) ?? []
      if (home === 'torch' && name !== undefined && Object.hasOwn(formulaConstants, name)) return name
      break
    }
    case 'BinaryExpression':
    case 'UnaryExpression':
    case 'ParenthesizedExpression':
      return copied(script, node, variables)
    case 'CallExpression':
      return callOf(script, node, variables)
  }
  throw new NotUnderstood(
    node,
    `“${script.text(node)}” is not read in a formula: there are + - * / ** and torch.${[...byTorchName.keys()].slice(0, 3).join(', torch.')} and the like.`,
  )
}

/** The text between expressions as it is. */
function copied(script: Script, node: Node, variables: ReadonlyMap<string, string>): string {
  let [text, at] = ['', node.from]
  for (const part of childrenOf(node)) {
    const isExpression = /^(?:Number|VariableName|.*Expression)$/.test(part.name)
    text += script.source.slice(at, part.from)
    text += isExpression ? textOf(script, part, variables) : script.text(part)
    at = part.to
  }
  return text + script.source.slice(at, node.to)
}

function callOf(script: Script, node: Node, variables: ReadonlyMap<string, string>): string {
  const callee = node.firstChild!
  const [home, torchName, more] = dotted(script, callee) ?? []
  const list = node.getChild('ArgList')!
  const known = home === 'torch' && more === undefined ? byTorchName.get(torchName!) : undefined
  if (!known) throw new NotUnderstood(node, `A formula has no ${script.text(callee)}. There are: ${[...byTorchName.keys()].map((name) => `torch.${name}`).join(', ')}.`) // prettier-ignore
  const [name, tail] = known
  const whole = script.text(list)
  if (!whole.endsWith(`${tail})`))
    throw new NotUnderstood(
      list,
      `In a formula, ${script.text(callee)} is given “${tail.slice(2)}” behind the tensor.`,
    )
  const end = list.to - tail.length - 1
  const given = partsOf(list).filter(({ from }) => from < end)
  let [text, at] = [name, list.from]
  for (const part of given) {
    text += script.source.slice(at, part.from) + textOf(script, unwrapped(script, part), variables)
    at = part.to
  }
  return `${text}${script.source.slice(at, end)})`
}

/** torch’s functions take tensors, so that numbers stand in torch.tensor(…). */
function unwrapped(script: Script, node: Node): Node {
  if (node.name !== 'CallExpression' || dotted(script, node.firstChild!)?.join('.') !== 'torch.tensor')
    return node
  const [inner, second] = partsOf(node.getChild('ArgList')!)
  if (!inner || second) throw new NotUnderstood(node, 'torch.tensor takes one number here.')
  return inner
}
