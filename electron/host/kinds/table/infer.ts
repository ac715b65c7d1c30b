/** What a column is (kind), what it is for (role) and what the task is, decided from its statistics alone. */
import {
  DescentError,
  binary,
  classification,
  columnKinds,
  isoFormat,
  keptAs,
  multilabel,
  parserFor,
  plainNumerals,
  regression,
  sameParser,
  taskOf,
  type Column,
  type ColumnKind,
  type ColumnRole,
  type Dates,
  type Numerals,
  type Parser,
  type Task,
} from '../../../contract/index.ts'
import type { ImportRequest } from '../kind.ts'
import { isCurrency, type Doubt } from './parsers/choose-numerals.ts'
import { levelsIn, type Levels } from './levels.ts'
import type { NumberStyle } from './parsers/upgrades.ts'

export interface ColumnFacts {
  /** Rows with a value. */
  readonly present: number
  readonly distinct: number
  /** Values that are finite numbers, read by the parser that fits best. */
  readonly numbers: number
  readonly numerals: Numerals
  /** These values alone may be read by either decimal sign; null: they tell, or are plain. */
  readonly doubt: Doubt | null
  /** Values that are finite numbers as they stand. */
  readonly plain: number
  /** What versions without parsers would have read them by. */
  readonly style: NumberStyle
  readonly infinite: number
  readonly nan: number
  readonly integers: number
  readonly padded: number
  /** Values that are groups of digits, as 01039 and 01039-2218, where some are padded; otherwise not counted. */
  readonly coded: number
  /** Values that are written as whole numbers which no number keeps exactly: beyond 2⁵³. */
  readonly inexact: number
  /** The digits that all of them begin with; null: not as many, or none is padded. */
  readonly codeWidth: number | null
  readonly min: number | null
  readonly max: number | null
  /** null: the values do not look like dates. */
  readonly dateParser: Dates | null
  /** Values that are dates, read by it. */
  readonly dates: number
  /** Its formats by which day and month may as well be the other way round. */
  readonly ambiguous: readonly string[]
  /** Mean length of the values in characters. */
  readonly length: number
  /** Values that are times of day. */
  readonly times: number
  /** All its different texts, where they are few and are not numbers; otherwise none. */
  readonly words: readonly string[]
  /** A few values that are no numbers, for messages. */
  readonly oddities: readonly string[]
  /** And a few that are no dates. */
  readonly oddDates: readonly string[]
}

export interface Inferred {
  readonly kind: ColumnKind
  readonly role: ColumnRole
  /** Absent: it is text, or numbers that are written plainly. */
  readonly parser?: Parser
  /** Of an order, from the lowest on. */
  readonly levels?: readonly string[]
  readonly notes: readonly string[]
}

/** Names that say "this identifies the row". `Unnamed: 0` is what pandas calls a written index. */
const idName =
  /^(id|uuid|guid|index|idx|key|no|nr|row|rowid|row_?n(o|r|um|umber)|unnamed: ?0)$|(^|[ _.-])(id|uuid|guid|key)$|[a-z](Id|ID)$|^(id|uuid)[ _.-]/i
/** `camelId` only with its capital: "paid" and "valid" are no identifiers. */
const camelId = /[a-z](Id|ID)$/
const plainIdName = new RegExp(idName.source.replace('|[a-z](Id|ID)$', ''), 'i')
export const hasIdName = (name: string): boolean => plainIdName.test(name) || camelId.test(name)

/** Below this many rows almost anything is unique by chance. */
const fewestForUnique = 10

const isWholly = (part: number, { present }: Pick<ColumnFacts, 'present'>) => part >= present && present > 0

/** A few odd cells ("unknown", "n.a.") do not make a measured column a category: this share has to fit. */
export const fewest = 0.95
export const nearlyAll = (part: number, present: number): boolean => part > 0 && part >= fewest * present

const nearlyAllNumbers = (facts: ColumnFacts) =>
  facts.numbers >= 20 && nearlyAll(facts.numbers, facts.present) && facts.distinct > 20
const nearlyAllDates = (facts: ColumnFacts) => facts.dates >= 20 && nearlyAll(facts.dates, facts.present)

function oddNote(name: string, odd: number, what: string, examples: readonly string[]): string[] {
  if (odd <= 0) return []
  const named = examples.length === 0 ? '' : ` (${examples.map((text) => `"${text}"`).join(', ')})`
  return odd === 1
    ? [`"${name}": 1 value is not a ${what}${named} and is read as missing.`]
    : [`"${name}": ${odd} values are not ${what}s${named} and are read as missing.`]
}

/** A single zero in front may be a slip among short numbers; among long ones of one width it shows that the width is meant. */
const fewestCodeDigits = 4

function areCodes(facts: ColumnFacts): boolean {
  if (facts.inexact > 0.01 * facts.present && isWholly(facts.integers, facts)) return true
  if (facts.padded === 0 || !(isWholly(facts.integers, facts) || isWholly(facts.coded, facts))) return false
  return facts.padded > 0.01 * facts.present || (facts.codeWidth ?? 0) >= fewestCodeDigits
}

type Read = Pick<Inferred, 'kind' | 'parser' | 'levels' | 'notes'>

function kindOf(name: string, facts: ColumnFacts): Read {
  const numeric = facts.numbers + facts.infinite + facts.nan
  if (areCodes(facts))
    return {
      kind: facts.distinct <= Math.max(50, facts.present / 2) ? 'category' : 'text',
      notes: [
        facts.padded > 0
          ? `"${name}" has numbers with leading zeros and is read as codes, not as quantities.`
          : `"${name}" has whole numbers beyond 2⁵³, which no number keeps exactly, and is read as codes, not as quantities.`,
      ],
    }
  if (isWholly(numeric, facts) || nearlyAllNumbers(facts))
    return {
      kind: 'number',
      ...(!sameParser(facts.numerals, plainNumerals) && { parser: facts.numerals }),
      notes: [
        ...numberNotes(name, facts),
        ...oddNote(name, facts.present - numeric, 'number', facts.oddities),
      ],
    }
  if (facts.dateParser !== null && (isWholly(facts.dates, facts) || nearlyAllDates(facts)))
    return {
      kind: 'date',
      parser: facts.dateParser,
      notes: [
        ...dateNotes(name, facts.dateParser, facts.ambiguous),
        ...oddNote(name, facts.present - facts.dates, 'date', facts.oddDates),
      ],
    }
  if (isWholly(facts.times, facts) || (facts.times >= 20 && nearlyAll(facts.times, facts.present)))
    return {
      kind: 'time',
      parser: parserFor('time')!,
      notes: oddNote(name, facts.present - facts.times, 'time of day', []),
    }
  const ordered = levelsIn(facts.words)
  if (ordered)
    return { ...ordered, notes: 'most' in columnKinds[ordered.kind] ? [] : [orderNote(name, ordered)] }
  const repeats = facts.distinct <= 50 || facts.distinct <= facts.present / 2
  // Sentences are text even where a table is short enough for few of them.
  return { kind: repeats && facts.length <= longestName ? 'category' : 'text', notes: [] }
}

const orderNote = (name: string, { levels }: Levels): string =>
  `"${name}" has an order (${shortly(levels)}) and is read as ordered categories.`
const shortly = (levels: readonly string[]): string =>
  (levels.length <= 8 ? levels : [...levels.slice(0, 3), '…', ...levels.slice(-2)]).join(' < ')

const betweenThousands: Record<Numerals['grouping'], string | null> = {
  none: null,
  ',': 'commas between thousands',
  // It goes without saying beside a decimal comma.
  '.': null,
  space: 'spaces between thousands',
  apostrophe: 'apostrophes between thousands',
}

/** “amounts in $ with commas between thousands”; null: plain numbers. */
function inWords({ decimal, grouping, unit, parentheses }: Numerals): string | null {
  const how = [
    ...(decimal === ',' ? ['a decimal comma'] : []),
    ...(betweenThousands[grouping] === null ? [] : [betweenThousands[grouping]]),
    ...(parentheses ? ['negative ones in parentheses'] : []),
  ].join(' and ')
  if (how === '' && unit === '') return null
  const what =
    unit === ''
      ? 'numbers'
      : unit === '%'
        ? 'percentages'
        : `${isCurrency(unit) ? 'amounts' : 'numbers'} in ${unit}`
  return how === '' ? what : `${what} with ${how}`
}

/** 1,234 by a column's own sign, and what it is. */
function example(sign: Doubt['sign'], decimal: Numerals['decimal']): { text: string; value: string } {
  return { text: `1${sign}234`, value: decimal === sign ? '1.234' : '1234' }
}

function doubtNote(name: string, { decimal }: Numerals, { sign }: Doubt): string {
  const { text, value } = example(sign, decimal)
  const other = { '.': ',', ',': '.' } as const
  const otherwise = example(sign, other[decimal]).value
  return `"${name}": nothing tells decimal signs from thousands; ${text} is read as ${value}. If it is ${otherwise}, change its parser: decimal sign "${other[decimal]}", between thousands "${decimal}".`
}

function numberNotes(name: string, { numerals, plain, doubt, numbers, infinite }: ColumnFacts): string[] {
  const words = inWords(numerals)
  // Whole numbers beside decimal commas are read like them, which changes none of them.
  const follows = doubt?.by === 'others' ? example(doubt.sign, numerals.decimal) : null
  const telling = words !== null && (follows !== null || plain < numbers)
  const like =
    follows === null ? '' : `, as other columns of the file show: ${follows.text} is ${follows.value}`
  return [
    ...(telling
      ? [`"${name}" writes ${words}${like}${numerals.unit === '%' ? ': 16.1% is read as 16.1' : ''}.`]
      : []),
    ...(doubt?.by === 'nothing' ? [doubtNote(name, numerals, doubt)] : []),
    ...(infinite > 0
      ? [`"${name}": ${infinite} infinite ${infinite === 1 ? 'value is' : 'values are'} read as missing.`]
      : []),
  ]
}

function dateNotes(name: string, { formats }: Dates, ambiguous: readonly string[]): string[] {
  return [
    ...(formats.length === 1 && formats[0] === isoFormat
      ? []
      : [`"${name}" writes dates as ${formats.join(' or ')}.`]),
    ...(formats.some((format) => format.includes('%y'))
      ? [`"${name}" has two-digit years: 00–68 are read as 2000–2068, 69–99 as 1969–1999.`]
      : []),
    ...ambiguous.map(
      (format) =>
        `"${name}": nothing tells days from months in ${format}; the day is read first. Change its parser if that is wrong.`,
    ),
  ]
}

/** 0…n−1 or 1…n: a row number unless its name says otherwise. */
export const countsRows = (facts: ColumnFacts, rows: number): boolean =>
  rows >= fewestForUnique &&
  facts.present === rows &&
  (facts.min === 0 || facts.min === 1) &&
  facts.max === facts.min + rows - 1

/** Longer values are sentences. */
const longestName = 60
/** Values that are longer on average are read; shorter ones are looked up. */
const longestCode = 20

/** Large whole numbers that hardly repeat, such as hospital numbers. May be a quantity, so people decide. */
export const mayBeIdentifier = (
  facts: Pick<ColumnFacts, 'present' | 'distinct' | 'integers' | 'min'>,
): boolean =>
  facts.present >= fewestForUnique &&
  isWholly(facts.integers, facts) &&
  facts.distinct >= 0.9 * facts.present &&
  (facts.min ?? 0) >= 100_000

function isIdentifier(name: string, kind: ColumnKind, facts: ColumnFacts, rows: number): boolean {
  if (facts.distinct < 2 || keptAs(kind) === 'date') return false
  // Sentences are different in every row and name none of them.
  if (kind === 'text' && facts.length > longestName) return false
  const unique = facts.distinct === facts.present && facts.present >= fewestForUnique
  if (kind === 'number')
    return (
      isWholly(facts.integers, facts) &&
      facts.distinct === facts.present &&
      (hasIdName(name) || countsRows(facts, rows))
    )
  return unique || (hasIdName(name) && facts.distinct >= 0.95 * facts.present)
}

export function inferColumn(name: string, facts: ColumnFacts, rows: number): Inferred {
  if (facts.present === 0)
    return { kind: 'category', role: 'ignore', notes: [`"${name}" has no values and is ignored.`] }
  const { kind, parser, levels, notes } = kindOf(name, facts)
  const as = (role: ColumnRole, ...more: string[]): Inferred => ({
    kind,
    role,
    ...(parser && { parser }),
    ...(levels && { levels }),
    notes: [...notes, ...more],
  })
  if (kind === 'number' && facts.numbers === 0)
    return as('ignore', `"${name}" has no finite number and is ignored.`)
  // One value beside missing cells still tells two sorts of rows apart.
  if (facts.distinct === 1 && facts.present === rows)
    return as('ignore', `"${name}" has the same value in every row and is ignored.`)
  if (isIdentifier(name, kind, facts, rows))
    return as('id', `"${name}" identifies the row and is not used for learning.`)
  if (kind === 'text')
    return as(
      'ignore',
      facts.length > longestCode
        ? `"${name}" is free text, and is ignored. Make it a feature to have its words learned from.`
        : `"${name}" holds names or codes, too many different ones to be categories, and is ignored. Make it a feature to have its words learned from.`,
    )
  if (mayBeIdentifier(facts))
    return as(
      'feature',
      `"${name}" may be an identifier: large whole numbers, almost all different. If so, give it the role id.`,
    )
  return as('feature')
}

/**
 * The columns with their texts as features, where nothing else is left to learn from; null: something is, or there are none. Short
 * questions that never repeat look like names of the rows; beside a target alone they are what it is asked about.
 */
export function withTexts(columns: readonly Column[], lengthOf: (column: number) => number): Column[] | null {
  if (columns.some(({ role }) => role === 'feature')) return null
  const isRead = ({ name, kind, role }: Column, at: number): boolean =>
    kind === 'text' &&
    (role === 'ignore' || (role === 'id' && !hasIdName(name) && lengthOf(at) > longestCode))
  const changed = columns.map((column, at) =>
    isRead(column, at) ? { ...column, role: 'feature' as const } : column,
  )
  return changed.some(({ role }) => role === 'feature') ? changed : null
}

/** Why this column cannot be predicted; null when it can. */
export function targetProblem(
  name: string,
  facts: ColumnFacts,
  inferred: Inferred,
  task: Task | null = null,
): string | null {
  const column = `The target column "${name}"`
  if (facts.present === 0) return `${column} has no values.`
  if (facts.distinct === 1)
    return `${column} has one value only, the same in every row, so there is nothing to predict.`
  if (inferred.role === 'id')
    return `${column} identifies the rows: every value is different, so nothing can be learned about it.`
  if (keptAs(inferred.kind) === 'date')
    return `${column} holds ${inferred.kind}s, which cannot be predicted yet.`
  // A list of labels may look like text.
  if (inferred.kind === 'text' && !(task !== null && taskOf(task).listed))
    return `${column} is free text: almost every row has a value of its own.`
  if (task !== null && taskOf(task).target === 'number' && inferred.kind !== 'number')
    return `${column} has values that are no numbers.`
  if (inferred.kind === 'number' && facts.numbers === 0) return `${column} has no finite number.`
  return null
}

const mostClasses = 10

/** A column that is to be predicted. */
export interface Candidate {
  readonly name: string
  readonly kind: ColumnKind
  readonly facts: ColumnFacts
}

/** Few whole numbers, each seen often, are classes; 1…29 rings are a quantity. */
function isOfClasses({ kind, facts }: Candidate): boolean {
  if (kind !== 'number') return true
  const few = facts.distinct <= mostClasses && facts.distinct <= Math.max(2, facts.present / 5)
  return few && isWholly(facts.integers, facts)
}

/** What the values of a target ask for. Errors: a DescentError where several columns do not go together. */
export function inferTask(targets: readonly Candidate[], usual?: ImportRequest['usual']): Task {
  const [only, ...others] = targets
  // Somebody knows that these few numbers are quantities.
  if (
    others.length === 0 &&
    only?.kind === 'number' &&
    only.name === usual?.target &&
    usual.task === regression.name
  )
    return usual.task
  // Until there is a target, the task of most.
  if (only === undefined) return classification.name
  if (others.length === 0) {
    if (!isOfClasses(only)) return regression.name
    return only.facts.distinct === 2 ? binary.name : classification.name
  }
  if (targets.every((one) => one.facts.distinct === 2 && isOfClasses(one))) return multilabel.name
  if (targets.every(({ kind }) => kind === 'number')) return regression.name
  const names = targets.map(({ name }) => `"${name}"`).join(', ')
  throw new DescentError(
    'badRecipe',
    `${names} cannot be predicted together: several targets are all numbers, or all say yes or no. Choose one of them.`,
    'task',
  )
}

/** Finds the target by exact name, `last`, or 1-based position, in this order: a column may be called "last". */
export function resolveTarget(target: string, names: readonly string[]): number {
  const exact = names.indexOf(target)
  if (exact !== -1) return exact
  if (target === 'last') return names.length - 1
  const position = /^\d+$/.test(target) ? Number(target) : 0
  if (position >= 1 && position <= names.length) return position - 1
  const listed = names.slice(0, 20).join(', ') + (names.length > 20 ? ', …' : '')
  throw new DescentError(
    'badData',
    `There is no column "${target}" to predict. The ${names.length} columns are: ${listed}. Give a name, a position from 1 to ${names.length}, or "last".`,
    'target',
  )
}
