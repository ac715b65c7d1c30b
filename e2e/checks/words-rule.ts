/**
 * An ESLint rule: what the window says stands in `renderer/strings`, so no string elsewhere in it may look like words for
 * people. In templates, `vue/no-bare-strings-in-template` sees plain text and attributes; this sees scripts and bindings.
 */
import type { Rule } from 'eslint'

/** The parts of ESTree and of Vue's templates that this looks at. */
interface Node {
  type: string
  parent?: Node
  [field: string]: unknown
}

/** Stands for what a template literal has between its pieces: it may be a word. */
const hole = '\uE000'

const wordBesideSpace = new RegExp(
  `\\p{L}{2}[,.;:!?…’”)]*\\s+[(“‘]*[\\p{L}${hole}]|[\\p{L}${hole}][,.;:!?…’”)]*\\s+[(“‘]*\\p{L}{2}`,
  'u',
)
const startsLikeALabel = /^\p{Lu}\p{Ll}{2,}/u
/** `CanvasText`, `ArrowDown`: names that programs use. */
const isName = /^\p{Lu}\p{Ll}+\p{Lu}\w*$/u

/** `flex w-40 border-b`: all in lower case, and one that no sentence would have. */
function isClassList(text: string): boolean {
  const tokens = text.trim().split(/\s+/)
  return (
    tokens.every((token) => /^[-a-z0-9:/.[\]()!_%#>&*,=+\uE000]+$/.test(token)) &&
    tokens.some((token) => /[a-z0-9\]\uE000]-[a-z0-9[]|[a-z]:[a-z]/.test(token))
  )
}

/** The app, keys of keyboards, what drags and colors are called in browsers, and units. */
const properNames = new Set(
  'Descent Mod Ctrl Control Meta Shift Enter Esc Files Canvas ms GFLOP/s GB/s'.split(' '),
)

const looksLikeWords = (text: string): boolean =>
  (wordBesideSpace.test(text) || startsLikeALabel.test(text)) && !isName.test(text) && !isClassList(text)

/** One small word can be a key as well as a word; here it is read. */
const readNames = new Set(
  'label title header unit note text help advice hint lead placeholder confirm empty loading summary words'.split(
    ' ',
  ),
)
const hasAWord = (text: string): boolean => /\p{L}{2}/u.test(text)

/** Whether a string becomes what stands in the page, or in a property that is read, as it is. */
function isRead(node: Node): boolean {
  let inner = node
  let outer = node.parent
  while (
    (outer?.type === 'ConditionalExpression' && outer['test'] !== inner) ||
    outer?.type === 'LogicalExpression' ||
    outer?.type === 'TemplateLiteral' ||
    outer?.type === 'ArrayExpression'
  ) {
    inner = outer
    outer = outer.parent
  }
  if (outer?.type === 'Property') return readNames.has(String((outer['key'] as Node)['name']))
  if (outer?.type !== 'VExpressionContainer') return false
  const place = outer.parent
  if (place?.type !== 'VAttribute') return true
  const argument = (place['key'] as Node)['argument'] as Node | undefined
  return readNames.has(String(argument?.['name']).replace('aria-', ''))
}

/** Attributes and properties whose strings are read by the machine alone. */
const machineNames = new Set('class style key ref is d transform shortcut font why'.split(' '))
const machineCalls = /^(matchMedia|useMediaQuery|querySelector(All)?|getElementById)$/

function nameOfCallee(call: Node): string {
  const callee = call['callee'] as Node
  const name = callee.type === 'MemberExpression' ? (callee['property'] as Node)['name'] : callee['name']
  return typeof name === 'string' ? name : ''
}

/** Whether a string that stands here is not shown: a name, a type, a comparison, a bug's message. */
function isForTheMachine(node: Node): boolean {
  for (let inner = node, outer = node.parent; outer; inner = outer, outer = outer.parent) {
    switch (outer.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        if (outer['source'] === inner) return true
        break
      case 'TSLiteralType':
      case 'TSTypeAliasDeclaration':
        return true
      case 'Property':
        if (outer['key'] === inner) return true
        if (machineNames.has(String((outer['key'] as Node)['name']))) return true
        break
      case 'MemberExpression':
        if (outer['property'] === inner) return true
        break
      case 'BinaryExpression':
        if (outer['operator'] !== '+') return true
        break
      case 'AssignmentExpression':
        if (machineNames.has(String(((outer['left'] as Node)['property'] as Node | undefined)?.['name'])))
          return true
        break
      case 'SwitchCase':
        if (outer['test'] === inner) return true
        break
      case 'CallExpression':
        if (machineCalls.test(nameOfCallee(outer))) return true
        break
      case 'NewExpression':
        if (/Error$/.test(nameOfCallee(outer)) && nameOfCallee(outer) !== 'DescentError') return true
        break
      case 'VAttribute': {
        const key = outer['key'] as Node
        const name = (key['argument'] as Node | undefined)?.['name'] ?? (key['name'] as Node)['name']
        return machineNames.has(String(name))
      }
    }
  }
  return false
}

export const wordsInCatalog: Rule.RuleModule = {
  meta: {
    type: 'suggestion',
    messages: { words: 'What the window says stands in renderer/strings, not here: {{text}}' },
    schema: [],
  },
  create(context) {
    const look = (node: Node, text: string) => {
      if (properNames.has(text) || isForTheMachine(node)) return
      if (!looksLikeWords(text) && !(hasAWord(text) && isRead(node))) return
      context.report({
        loc: node['loc'] as Rule.Node['loc'] & object,
        messageId: 'words',
        data: { text: text.replaceAll(hole, '…') },
      })
    }
    const visitor = {
      Literal: (node: Node) => {
        if (typeof node['value'] === 'string') look(node, node['value'])
      },
      TemplateLiteral: (node: Node) => {
        const pieces = (node['quasis'] as Node[]).map((one) => (one['value'] as { cooked: string }).cooked)
        look(node, pieces.join(hole))
      },
    }
    const { defineTemplateBodyVisitor } = context.sourceCode.parserServices as {
      defineTemplateBodyVisitor?: (template: unknown, script: unknown) => Rule.RuleListener
    }
    return defineTemplateBodyVisitor?.(visitor, visitor) ?? (visitor as unknown as Rule.RuleListener)
  },
}
