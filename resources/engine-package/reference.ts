/** docs/reference: every public name of the engine, from the sources and the records. a test holds it, and writes it with --update. */
import { join, relative } from 'node:path'
import ts from 'typescript'
import * as engine from '../../engine/index.ts'
import { allFunctions, allModules } from '../../engine/index.ts'
import { commentOf, exportsOf, saysSomething, type Declared } from './declarations.ts'
import { optionLines } from './option-lines.ts'
import { transformEntry, transformRecord } from './transforms.ts'

const root = join(import.meta.dirname, '../..')

export interface Page {
  /** Of the file, below docs/reference. */
  readonly name: string
  readonly title: string
  readonly text: string
}

/** Pages, by what a person imports. */
const places: readonly (readonly [file: string, of: string, title: string])[] = [
  ['tensors', '', 'Tensors and their functions'],
  ['nn', 'nn', 'nn: layers and losses'],
  ['nn-functional', 'nn.functional', 'nn.functional: layers and losses as functions'],
  ['nn-init', 'nn.init', 'nn.init: initial values'],
  ['nn-utils', 'nn.utils', 'nn.utils: gradients and parameters'],
  ['nn-utils-rnn', 'nn.utils.rnn', 'nn.utils.rnn: sequences of different lengths'],
  ['optim', 'optim', 'optim: optimizers'],
  ['optim-schedules', 'optim.lrScheduler', 'optim.lrScheduler: learning rates over time'],
  ['optim-averages', 'optim.swaUtils', 'optim.swaUtils: averages of models'],
  ['data', 'data', 'data: data sets, samplers and loaders'],
  ['autograd', 'autograd', 'autograd: derivatives'],
  ['linalg', 'linalg', 'linalg: matrices'],
  ['special', 'special', 'special: special functions'],
  ['text', 'text', 'text: tokens, vocabularies and word vectors'],
  ['text-models', 'text.models', 'text.models: networks for texts'],
  ['vision', 'vision', 'vision: files of pictures'],
  ['vision-models', 'vision.models', 'vision.models: networks for pictures'],
  ['vision-transforms', 'vision.transforms', 'vision.transforms: pictures into pictures'],
  [
    'vision-functional',
    'vision.transforms.functional',
    'vision.transforms.functional: the same without chance',
  ],
  ['profiler', 'profiler', 'profiler: where time goes'],
]

/** What holds for everything on a page, by its file. */
const common: Readonly<Record<string, string>> = {
  tensors: `Unless an entry says otherwise, a function of one tensor works element by element and gives a tensor of its shape; of two, shapes
broadcast as in NumPy, whole numbers beside floats become float32, and a number stands for a tensor. Errors that are not repeated below: a
RangeError for shapes that do not broadcast and for dimensions that are none, a TypeError for arguments and options that do not exist or are
given twice, for tensors on two devices, and for types that a function has not. They are raised by the call; what depends on values gives NaN.`,
  nn: `A layer is made from its options and called by \`forward\`. Errors that are not repeated below: when it is made, a TypeError for options
that do not exist or are given twice, and a RangeError that names one which is out of bounds; in \`forward\`, a RangeError for an input of
another shape and a TypeError for one of another type. Losses give a single number in the unit that the entry names, unless \`reduction\` is
'none': then one for each example or element.`,
  'nn-functional': `Activations work element by element, in the shape of x. Losses are reduced to their mean unless \`reduction\` says 'sum' or
'none'. Errors that are not repeated below: a RangeError for shapes that do not fit and options out of bounds, a TypeError for arguments and
options that do not exist or are given twice.`,
  'nn-init': `Functions that end in _ change a parameter in place, without a gradient, and give it back; the others make a tensor of a shape.
Errors: a RangeError for shapes that have no inputs and outputs, where those decide.`,
  optim: `Parameters come as a list of tensors, with or without names, or of groups \`{ params, lr, … }\`. Errors that are not repeated below: a
TypeError for options that do not exist, a RangeError that names one out of bounds, an Error for no parameters and for one in two groups.`,
  'optim-schedules': `A schedule takes the optimizer and sets its rates, of which \`step()\` moves on to the next: call it once an epoch, or once a
step where the entry counts those. Errors that are not repeated below: a TypeError for what is no optimizer and for options that do not exist,
a RangeError that names one out of bounds.`,
  special: `Functions work element by element, in self's shape; of whole numbers they are float32, but for round. Errors: a TypeError for arguments that do not
exist.`,
}

const engineFile = join(root, 'engine/index.ts')

function moduleFile(path: string): string {
  return path
    .split('.')
    .filter((part) => part !== '')
    .reduce((file, part) => exportsOf(file).modules.get(part)!, engineFile)
}

const oneLine = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/,? ([)}\]])/g, ' $1')
    .replace(/([([]) /g, '$1')
    .replace(/ ([)\]])/g, '$1')

/** Names in a list that a file declares, such as `const order = ['lr', 'momentum'] as const`. */
function namesIn(list: string, file: ts.SourceFile): string[] {
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue
    const found = statement.declarationList.declarations.find(({ name }) => name.getText() === list)
    if (found?.initializer)
      return [...found.initializer.getText().matchAll(/'(\w+)'/g)].map(([, name]) => name!)
  }
  return []
}

/** Options by position, of a parameter `...rest: Arguments<Options, typeof order>`: each may be left out. */
function optionsInOrder(one: ts.ParameterDeclaration): string[] {
  const file = one.getSourceFile()
  const type = one.type?.getText() ?? ''
  const alias = file.statements.find((s) => ts.isTypeAliasDeclaration(s) && s.name.text === type)
  const order = /Arguments<[\s\S]*typeof (\w+)/.exec(alias?.getText() ?? type)?.[1]
  return order === undefined ? [] : namesIn(order, file)
}

/** Parameters as they are written; options by their names. */
function parameterNames(parameters: ts.NodeArray<ts.ParameterDeclaration>): string {
  return parameters
    .filter(({ name }) => name.getText() !== 'this')
    .flatMap((one) => {
      const options = one.dotDotDotToken ? optionsInOrder(one) : []
      return options.length > 0 ? options.map((name) => `${name}?`) : [oneLine(one.getText())]
    })
    .join(', ')
}

const functionText = (name: string, node: ts.SignatureDeclaration): string =>
  `${name}(${parameterNames(node.parameters)})${node.type ? `: ${oneLine(node.type.getText())}` : ''}`

/** The call of a record, if this is one: its function, and what its last argument may hold. */
function recordText(name: string, call: ts.FunctionLikeDeclaration, options: readonly string[]): string {
  const parameters = [...call.parameters]
  const last = parameters.at(-1)
  const isOptions = last !== undefined && options.length > 0 && !last.dotDotDotToken
  const lead = (isOptions ? parameters.slice(0, -1) : parameters).map((one) => oneLine(one.getText()))
  const result = call.type ? `: ${oneLine(call.type.getText())}` : ''
  return `${name}(${[...lead, ...options.map((option) => `${option}?`)].join(', ')})${result}`
}

function callIn(node: ts.Node): ts.FunctionLikeDeclaration | null {
  let found: ts.FunctionLikeDeclaration | null = null
  const visit = (at: ts.Node): void => {
    if (found) return
    if (ts.isMethodDeclaration(at) && at.name.getText() === 'call') found = at
    else if (
      ts.isPropertyAssignment(at) &&
      at.name.getText() === 'call' &&
      (ts.isArrowFunction(at.initializer) || ts.isFunctionExpression(at.initializer))
    )
      found = at.initializer
    else ts.forEachChild(at, visit)
  }
  visit(node)
  return found
}

/** A constant's function: itself, or the last argument of what records it, whose first parameter is images. */
function arrowOf(made: ts.Expression | undefined): ts.ArrowFunction | undefined {
  if (made && ts.isArrowFunction(made)) return made
  const last = made && ts.isCallExpression(made) ? made.arguments.at(-1) : undefined
  return last && ts.isArrowFunction(last) && last.parameters[0]?.name.getText() === 'images'
    ? last
    : undefined
}

/** A recorded function of images says nothing of its first parameter and its result: both are tensors. */
const ofImages = (text: string): string =>
  text.includes('(images: ')
    ? text
    : text.replace(/\(images([,)])/, '(images: Tensor$1').replace(/\)$/, '): Tensor')

/** What a name is, such as `vision.transforms.randomCrop`. */
const valueAt = (path: string): unknown =>
  path.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], engine)

const isHidden = (member: ts.ClassElement): boolean =>
  (ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : []).some(({ kind }) =>
    [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword, ts.SyntaxKind.OverrideKeyword].includes(
      kind,
    ),
  ) ||
  (member.name !== undefined &&
    (ts.isPrivateIdentifier(member.name) || ts.isComputedPropertyName(member.name)))

/** Members that are known from the class's own comment, or from the class it extends. */
const usual = new Set([
  'forward',
  'copy',
  'toString',
  'extraRepr',
  'stateDict',
  'loadStateDict',
  'step',
  'length',
  'at',
])

interface Entry {
  readonly text: string
  /** Names, in full, that nothing is said of. */
  readonly silent: readonly string[]
}

function membersOf(owner: string, node: ts.ClassDeclaration): Entry {
  const lines: string[] = []
  const silent: string[] = []
  const seen = new Set<string>()
  for (const member of node.members) {
    if (isHidden(member) || !member.name) continue
    const isMethod = ts.isMethodDeclaration(member)
    if (!isMethod && !ts.isGetAccessorDeclaration(member) && !ts.isPropertyDeclaration(member)) continue
    const name = member.name.getText()
    if (seen.has(name)) continue
    seen.add(name)
    const comment = commentOf(member)
    if (comment === '' && (!isMethod || usual.has(name))) continue
    if (!saysSomething(comment) && isMethod && !/\bSource: /.test(comment)) silent.push(`${owner}.${name}`)
    const shown = isMethod ? functionText(name, member) : name
    lines.push(`- \`${shown}\`${comment === '' ? '' : `: ${comment}`}`)
  }
  return { text: lines.join('\n'), silent }
}

const heading = (name: string): string => `### ${name}`

function entryOf({ name, node, file }: Declared, place: string): Entry | null {
  const full = place === '' ? name : `${place}.${name}`
  const comment = commentOf(node)
  const record = place === 'nn' ? allModules().find((one) => one.name === name) : undefined
  const help = record ? record.help : ''
  const source = `[${relative(root, file.fileName)}](../../${relative(root, file.fileName)})`
  const said = [help, comment].filter((text) => text !== '').join(' ')
  const parts: string[] = [heading(name), '']
  const silent: string[] = saysSomething(said) ? [] : [full]
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return null
  const transform = transformRecord(valueAt(full))
  if (transform)
    return { text: [heading(name), '', ...transformEntry(full, transform), source].join('\n'), silent: [] }
  let givenOptions: readonly string[] = []
  if (record) {
    const options = record.list.options.filter(({ kind }) => kind !== 'device')
    const shown = options.map((option) =>
      'default' in option || 'like' in option ? `${option.name}?` : option.name,
    )
    parts.push(`\`new nn.${name}(${shown.join(', ')})\``, '')
  } else if (ts.isFunctionDeclaration(node)) parts.push(`\`${functionText(full, node)}\``, '')
  else if (ts.isClassDeclaration(node)) {
    const made = node.members.find((member) => ts.isConstructorDeclaration(member))
    parts.push(`\`${made ? `new ${functionText(full, made)}` : `class ${full}`}\``, '')
    givenOptions = made ? optionLines(made) : []
  } else if (ts.isVariableStatement(node)) {
    const known = [...allFunctions().values()].find(
      (one) => one.name === name || (place !== '' && one.name === `${place}.${name}`),
    )
    const call = callIn(node)
    const own = known as { positional?: readonly string[]; named?: readonly string[] } | undefined
    const options = [...(own?.positional ?? []), ...(own?.named ?? [])]
    const arrow = arrowOf(node.declarationList.declarations[0]?.initializer)
    if (call) parts.push(`\`${recordText(full, call, options)}\``, '')
    else if (arrow) parts.push(`\`${ofImages(functionText(full, arrow))}\``, '')
    else parts.push(`\`${full}\``, '')
    const ways = known && known.isMethod !== false ? ' Also a method of tensors.' : ''
    parts.push(`${said}${ways}`, '')
    const lines = call && options.length > 0 ? optionLines(call) : arrow ? optionLines(arrow) : []
    if (lines.length > 0) parts.push(...lines, '')
    return { text: [...parts, source].join('\n'), silent }
  }
  parts.push(said, '')
  if (givenOptions.length > 0) parts.push(...givenOptions, '')
  if (ts.isClassDeclaration(node)) {
    const members = membersOf(full, node)
    silent.push(...members.silent)
    if (members.text !== '') parts.push(members.text, '')
  }
  if (record) parts.push(`Options: [Modules](../modules.md#${name.toLowerCase()}).`, '')
  return { text: [...parts, source].join('\n'), silent }
}

/** All pages, and the names that nothing is said of. */
export function reference(): { readonly pages: readonly Page[]; readonly silent: readonly string[] } {
  const silent: string[] = []
  const pages = places.map(([name, place, title]): Page => {
    const { declared } = exportsOf(moduleFile(place))
    const entries = [...declared.values()]
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((one) => entryOf(one, place) ?? [])
    for (const entry of entries) silent.push(...entry.silent)
    const body = entries.map(({ text }) => text).join('\n\n')
    return {
      name,
      title,
      text: `<!-- Written by \`npx vitest run resources/engine-package --update\` from the sources; do not edit. -->\n\n# ${title}\n\n${common[name] ? `${common[name]}\n\n` : ''}${body}\n`,
    }
  })
  const list = pages.map(
    ({ name, title, text }) => `- [${title}](${name}.md): ${text.split('\n### ').length - 1} names`,
  )
  const index: Page = {
    name: 'README',
    title: 'Reference',
    text: `<!-- Written by \`npx vitest run resources/engine-package --update\` from the sources; do not edit. -->

# Reference of the engine

Every public name, with what it takes and gives: shapes in square brackets, what goes wrong after “Errors:”, and where it comes from after
“Source:”. Names are PyTorch's in camelCase; options (with a question mark) stand in PyTorch's order, and may be given by name in an object
at the end. What PyTorch has and this has not, [PyTorch's names](../torch-names.md) says; how it is all used, [For people who know
PyTorch](../for-pytorch-users.md).

${list.join('\n')}
`,
  }
  return { pages: [index, ...pages], silent }
}
