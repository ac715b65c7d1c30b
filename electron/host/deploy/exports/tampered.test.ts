/** Whatever is done to values on their way: a file in which one thing of it is another is not handed out. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apart as takenApart, thorough } from '../../../../engine/fixtures/apart.ts'
import {
  begin,
  encoders,
  memberOf,
  namesIn,
  parsers,
  preparationSteps,
  wordOptions,
  type Column,
  type Encoder,
  type Options,
  type Parser,
  type PreparationStep,
  type Task,
} from '../../../contract/index.ts'
import type { FrameColumn } from '../../datasets/frame.ts'
import { encode } from '../../prepare/encode.ts'
import { fittedEncoderSchema, type FittedEncoder } from '../../prepare/encoders/index.ts'
import { inputsOf, type PreparedColumn } from '../../prepare/preparation.ts'
import { fittedStepSchema, type FittedStep } from '../../prepare/steps/index.ts'
import { fittedTargetSchema, type FittedTarget } from '../../tasks/target.ts'
import { networkOf } from '../../training/data.ts'
import { predict, useDevice } from '../../training/predict.ts'
import type { LoadedModel } from '../folder.ts'
import { predictionColumns } from '../table.ts'
import { hostileFrame } from './certificate.ts'
import { certified, modelOf, oddTexts, preparedBy, rows, type Untrained } from './testing.ts'

beforeAll(async () => {
  await useDevice('wasm')
})

const isHeld = async (model: LoadedModel): Promise<void> => {
  const { hostile } = await certified(model, model)
  expect(hostile.rows).toBe(400)
  expect(Math.max(...Object.values(hostile.largest))).toBeLessThanOrEqual(1e-5)
}
/** What does not fit together is not even opened. */
const refusal = /does not say what Descent says|Can't create a session/
const isRefused = async (model: LoadedModel, written: LoadedModel, what: string): Promise<void> => {
  const outcome = await certified(model, written).then(() => 'it was handed out', String)
  expect(`${what}: ${outcome}`).toMatch(refusal)
}

/** What else a word may be that says which of several ways is gone. */
type OtherWords = (at: string, word: string) => readonly string[]

/** Two of a list that changed places, and one that became another. `at`: lists have one place. */
function otherLists(list: readonly unknown[], at: string, otherWords: OtherWords): [string, unknown][] {
  const last = list.at(-1)
  if (typeof last !== 'string')
    return tampered(list[0], otherWords, `${at}[]`).map(([inner, one]) => [inner, list.with(0, one)])
  const before = list.at(-2)
  return [
    [`${at}[]`, list.with(-1, `${last}?`)],
    ...(before === undefined ? [] : [[`${at}[] in order`, list.with(-1, before).with(-2, last)] as [string, unknown]]), // prettier-ignore
  ]
}

/** A state with one thing changed, in every way: a number a little further, no for yes, other words. `at`: what. */
function tampered(state: unknown, otherWords: OtherWords, at = ''): [string, unknown][] {
  if (typeof state === 'number') return [[at, Number.isInteger(state) ? state + 1 : state * 1.01 + 0.01]]
  if (typeof state === 'boolean') return [[at, !state]]
  if (typeof state === 'string') return otherWords(at, state).map((word) => [at, word])
  if (Array.isArray(state)) return state.length === 0 ? [] : otherLists(state, at, otherWords)
  if (typeof state !== 'object' || state === null) return []
  return Object.entries(state).flatMap(([name, value]) =>
    tampered(value, otherWords, at === '' ? name : `${at}.${name}`).map(([inner, one]): [string, unknown] => [
      inner,
      { ...state, [name]: one },
    ]),
  )
}

/** The other choices of the option that it was learned by, or just another word. */
const otherChoices =
  (options: Options): OtherWords =>
  (at, word) => {
    const option = options[at.split('.')[0]!]
    if (option?.kind !== 'choice') return [`${word}?`]
    return option.choices.map(({ value }) => value).filter((value) => value !== word)
  }
const changedSteps = (step: FittedStep) =>
  tampered(step, otherChoices(memberOf(preparationSteps, step.step).options)).filter(
    ([, one]) => fittedStepSchema.safeParse(one).success,
  ) as [string, FittedStep][]
const changedEncoders = (encoder: FittedEncoder) =>
  tampered(encoder, otherChoices(memberOf(encoders, encoder.encoder).options)).filter(
    ([, one]) => fittedEncoderSchema.safeParse(one).success,
  ) as [string, FittedEncoder][]

/** Whether a network for the one takes what the other makes; how pixels are scaled is no size. */
const fits = (one: readonly PreparedColumn[], other: readonly PreparedColumn[]): boolean => {
  const sizes = (columns: readonly PreparedColumn[]): string =>
    JSON.stringify(inputsOf({ columns: [...columns] }), (key, value: unknown) =>
      key === 'mean' || key === 'std' ? undefined : value,
    )
  return sizes(one) === sizes(other)
}

interface Case {
  readonly title: string
  readonly kind: Column['kind']
  readonly steps: PreparationStep[]
  readonly encoder: Encoder
}
const fill = begin(preparationSteps, 'impute')
const stepCases = namesIn(preparationSteps).map((name): Case => {
  const [kind] = memberOf(preparationSteps, name).kinds as readonly [Column['kind']]
  const chosen = begin(preparationSteps, name) as PreparationStep
  const encoder = encoders.members.find((one) => one.kinds.includes(kind))!
  const steps = kind === 'number' && name !== 'impute' ? [fill, chosen] : [chosen]
  return { title: `step ${name}`, kind, steps, encoder: begin(encoders, encoder.name) as Encoder }
})
/** ONNX has no hashes: such a model is exported without its preparation. */
const without = new Set<string>(['hashing'])
const encoderCases = encoders.members
  .filter(({ name }) => !without.has(name))
  .map(({ name, kinds: [kind] }): Case => ({
    title: `encoder ${name}`,
    kind: kind as Column['kind'],
    steps: kind === 'number' ? [fill as PreparationStep] : [],
    encoder: begin(encoders, name) as Encoder,
  }))

/** What shows in nothing that a file answers: some lists are sets, and no category is rare here. */
const saysNothing = new Set(['mergeRare.kept[] in order', 'calendar.cycles[] in order', 'without mergeRare'])

describe('every preparation is held to, and noticed where it was tampered with', () => {
  const isNoticed = async ({ kind, steps, encoder }: Case): Promise<void> => {
    const model = await modelOf(kind, steps, encoder)
    await isHeld(model)
    const { columns } = model.document.preparation
    const [own] = columns as [PreparedColumn]
    const changed = [
      ...own.steps.flatMap((step, i) => [
        ...changedSteps(step).map(([at, one]) => [`${step.step}.${at}`, { steps: own.steps.with(i, one) }] as const), // prettier-ignore
        [`without ${step.step}`, { steps: own.steps.toSpliced(i, 1) }] as const,
      ]),
      ...changedEncoders(own.encoder).map(([at, one]) => [`${encoder.encoder}.${at}`, { encoder: one }] as const), // prettier-ignore
    ].filter(([at, parts]) => !saysNothing.has(at) && fits(columns, [{ ...own, ...parts }]))
    // Numbers as they are learn nothing.
    if (steps.length > 0 || encoder.encoder !== 'numeric') expect(changed.length).toBeGreaterThan(0)
    for (const [at, parts] of changed)
      await isRefused(model, preparedBy(model, { columns: [{ ...own, ...parts }] }), at)
  }
  const [some, others] = takenApart([...stepCases, ...encoderCases], 4)
  test.each(some)('$title', isNoticed)
  test.each(others)('$title', thorough, isNoticed)
})

describe('texts are held to, and noticed where they are cut otherwise', () => {
  type Given = Parameters<typeof begin<typeof encoders, 'words'>>[2]
  const changes: readonly (readonly [Given, Record<string, unknown>])[] = [
    [{ tokenizer: 'whitespace', form: 'NFC' }, { form: 'none' }],
    [{ tokenizer: 'whitespace', form: 'NFKC' }, { form: 'NFC' }],
    [{ tokenizer: 'whitespace', form: 'NFD' }, { form: undefined }],
    [{ tokenizer: 'whitespace', form: 'NFKD' }, { form: 'NFD' }],
    [{ tokenizer: 'whitespace' }, { form: 'NFKC' }],
    [{ tokenizer: 'words', lowerCase: true }, { lowerCase: false }],
    [{ tokenizer: 'words' }, { lowerCase: true }],
    [{ tokenizer: 'basicEnglish', stripAccents: true }, { stripAccents: undefined }],
    [{ tokenizer: 'basicEnglish' }, { stripAccents: true }],
    [{ tokenizer: 'basicEnglish', specials: ['[URL]'] }, { specials: undefined }],
    [{ tokenizer: 'whitespace', specials: ['[URL]'] }, { specials: undefined }],
    [{ tokenizer: 'whitespace' }, { tokenizer: 'basicEnglish' }],
    [{ tokenizer: 'character' }, { lowerCase: true }],
    [{ tokenizer: 'regex' }, { pattern: '\\p{L}' }],
    [{ tokenizer: 'bytePair', lowerCase: true }, { lowerCase: false }],
    [{ tokenizer: 'wordPiece', form: 'NFKC', stripAccents: true }, { form: 'NFC' }],
  ]
  const isNoticed = async (...[given, change]: (typeof changes)[number]): Promise<void> => {
    const model = await modelOf('text', [], begin(encoders, 'words', { maxTokens: 12, ...given }) as Encoder, { values: { text: oddTexts } }) // prettier-ignore
    await isHeld(model)
    const [{ encoder, ...rest }] = model.document.preparation.columns as [PreparedColumn]
    const other = JSON.parse(JSON.stringify({ ...encoder, ...change })) as FittedEncoder
    await isRefused(model, preparedBy(model, { columns: [{ ...rest, encoder: other }] }), JSON.stringify(change)) // prettier-ignore
  }
  const [some, others] = takenApart(changes, 4)
  test.each(some)('%j, written as %j', isNoticed)
  test.each(others)('%j, written as %j', thorough, isNoticed)

  test('each way of reading words is among these', () => {
    // What is learned by counting is in the vocabulary, and how long texts are is the width of a tensor.
    const ofLearning = ['minCount', 'maxVocabulary', 'maxTokens']
    // A file of somebody else is read by the same functions as what is learned here.
    const elsewhere = ['file']
    const changed = new Set(changes.flatMap(([given, change]) => [...Object.keys(given ?? {}), ...Object.keys(change)])) // prettier-ignore
    const expected = Object.keys(wordOptions).filter((key) => ![...ofLearning, ...elsewhere].includes(key))
    expect([...changed].sort()).toEqual(expected.sort())
    const used = (key: 'tokenizer' | 'form') => new Set(changes.flatMap((both) => both.map((one) => (one as Record<string, unknown>)[key]))) // prettier-ignore
    for (const key of ['tokenizer', 'form'] as const)
      for (const { value } of wordOptions[key].choices)
        if (!elsewhere.includes(value)) expect(used(key), `${key} ${value}`).toContain(value)
  })
})

describe('what is written is held to, and noticed where it is read otherwise', () => {
  type Reading = readonly [title: string, Column['kind'], Untrained, Partial<PreparedColumn>]
  const encoderFor = (kind: Column['kind']): Encoder =>
    begin(encoders, encoders.members.find((one) => one.kinds.includes(kind))!.name) as Encoder
  /** What is written by one and read by the other. */
  const byParser = (parser: Parser, other: Parser): Reading => {
    const { kind } = memberOf(parsers, parser.parser)
    return [`${JSON.stringify(parser)} as ${JSON.stringify(other)}`, kind, { about: { parser } }, { parser: other }] // prettier-ignore
  }
  const numerals = (options: Partial<Extract<Parser, { parser: 'numerals' }>>) => begin(parsers, 'numerals', options) // prettier-ignore
  const dates = (...formats: string[]) => begin(parsers, 'dates', { formats })
  const plain = numerals({})
  /** By option: what it is and what it is tampered with. One that is added has to say it here. */
  const options: {
    [P in Parser as P['parser']]: Record<Exclude<keyof P, 'parser'>, readonly [Parser, Parser][]>
  } = {
    // prettier-ignore
    numerals: {
      decimal: [[numerals({ decimal: ',' }), plain]],
      grouping: [',', 'space', 'apostrophe'].map((grouping) => [numerals({ grouping: grouping as ',' }), plain]), // prettier-ignore
      unit: [[numerals({ unit: '€' }), plain], [plain, numerals({ unit: '€' })]], // prettier-ignore
      parentheses: [[numerals({ parentheses: true }), plain]],
    },
    dates: { formats: [[dates('%d/%m/%Y'), dates('%m/%d/%Y')], [dates('%d/%m/%Y', '%d.%m.%y'), dates('%d/%m/%Y')]] }, // prettier-ignore
    times: {},
  }
  options.numerals.grouping = [
    ...options.numerals.grouping,
    [numerals({ decimal: ',', grouping: '.' }), numerals({ decimal: ',' })],
  ]
  const withMark: FrameColumn = { kind: 'category', name: 'x', codes: Int32Array.from({ length: rows }, (_, row) => (row * 5) % 3), categories: ['a', 'b', 'NA'] } // prettier-ignore
  const readings: readonly Reading[] = [
    ...namesIn(parsers).flatMap((name) => Object.values(options[name]).flat().map(([one, other]) => byParser(one, other))), // prettier-ignore
    ['a mark that is a value in this column', 'category', { about: { notMissing: ['NA'] }, values: { category: withMark } }, { notMissing: undefined }], // prettier-ignore
  ]
  const isNoticed = async (...[title, kind, given, change]: Reading): Promise<void> => {
    const steps = kind === 'number' ? [fill as PreparationStep] : []
    const model = await modelOf(kind, steps, encoderFor(kind), given)
    await isHeld(model)
    const [own] = model.document.preparation.columns as [PreparedColumn]
    const column = JSON.parse(JSON.stringify({ ...own, ...change })) as PreparedColumn
    await isRefused(model, preparedBy(model, { columns: [column] }), title)
  }
  const [some, others] = takenApart(readings, 4)
  test.each(some)('%s', isNoticed)
  test.each(others)('%s', thorough, isNoticed)

  test.each(['number', 'category'] as const)('a mark for what is missing, of a %s', async (kind) => {
    const steps = kind === 'number' ? [fill as PreparationStep] : []
    const model = await modelOf(kind, steps, encoderFor(kind), { marks: ['', '-9', 'NA'] })
    await isHeld(model)
    const { recipe } = model.document.provenance
    if (recipe.kind !== 'table') throw new Error('It is no table.')
    const source = { ...recipe.data.source, missingValues: [''] }
    const provenance = {
      ...model.document.provenance,
      recipe: { ...recipe, data: { ...recipe.data, source } },
    }
    await isRefused(model, { ...model, document: { ...model.document, provenance } }, 'without marks')
  })
})

describe('what becomes of outputs is held to, and noticed where it was tampered with', () => {
  const oneOf = (...categories: string[]): FrameColumn => ({ kind: 'category', name: 'y', codes: Int32Array.from({ length: rows }, (_, row) => (row * 7) % categories.length), categories }) // prettier-ignore
  const amounts = (name: string, by: number): FrameColumn => ({ kind: 'number', name, values: Float64Array.from({ length: rows }, (_, row) => by * (5 + 4 * Math.cos(row) + row / 30)) }) // prettier-ignore
  const temperature = { value: 1.7, rows: 9, before: 1, after: 0.9 }
  /** Where many lie on either side, the smallest step is seen. */
  const part = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.floor(share * values.length)]! // prettier-ignore
  const middle = (values: readonly number[]): number => part(values, 0.5)
  type Said = Readonly<Record<string, readonly number[]>>
  type Answers = readonly [title: string, Untrained, (target: never, said: Said) => object]
  const asIs: Answers[2] = () => ({})
  const undoable = preparationSteps.members.filter((one) => 'undoable' in one).map(({ name }) => name)
  /** All that is done with what networks of a task say. */
  const byTask: Record<Task, readonly Answers[]> = {
    binary: [
      ['with a temperature', { task: 'binary' }, () => ({ temperature })],
      ['with a threshold', { task: 'binary' }, (_, said) => ({ threshold: middle(said['probability_yes']!) })], // prettier-ignore
    ],
    classification: [
      ['of three', { task: 'classification', targets: [oneOf('a', 'b', 'c')] }, () => ({ temperature })],
      [
        'none of them',
        { task: 'classification', targets: [oneOf('a', 'b', 'c')] },
        (_, said) => ({ outside: { class: 0, confidence: middle(said['probability_a']!.map((a, row) => Math.max(a, said['probability_b']![row]!, said['probability_c']![row]!))), rows: 1, before: 1, after: 1, none: 0, found: 0 } }), // prettier-ignore
      ],
    ],
    ordinal: [['in order', { task: 'ordinal', targets: [oneOf('1', '2', '3')] }, () => ({ temperature })]],
    multilabel: [
      ['in columns', { task: 'multilabel', targets: [oneOf('no', 'yes'), { ...oneOf('0', '1'), name: 'z' }] }, asIs], // prettier-ignore
      ['in a list', { task: 'multilabel', targets: [oneOf('a;b', 'b', 'a')], target: { separator: ';' } }, asIs], // prettier-ignore
    ],
    regression: [
      ...undoable.map((step): Answers => [`by ${step}`, { task: 'regression', targets: [amounts('y', 1)], target: { steps: [begin(preparationSteps, step) as PreparationStep] } }, asIs]), // prettier-ignore
      ['two', { task: 'regression', targets: [amounts('y', 1), amounts('z', 20)] }, asIs],
      [
        'within a range',
        { task: 'regression', targets: [amounts('y', 1)] },
        ({ columns: [own] }: { columns: [object] }, said) => ({ columns: [{ ...own, range: { least: part(said['prediction']!, 0.3), most: part(said['prediction']!, 0.7) } }] }), // prettier-ignore
      ],
    ],
  }
  /** What is only told of it, or is said of the rows that it was learned from. */
  const isTold = /^(kind|name|labels\[\]\.column|columns\[\]\.mean|columns\[\]\.steps\[\]\.step|(temperature|outside)\.(rows|before|after|none|found))$/ // prettier-ignore
  const all = Object.entries(byTask).flatMap(([task, cases]) => cases.map(([title, ...rest]) => [`${task} ${title}`, ...rest] as Answers)) // prettier-ignore
  const seen = new Set<string>()

  const isNoticed = async (...[, given, change]: Answers): Promise<void> => {
    const plain = await modelOf('number', [fill], begin(encoders, 'numeric') as Encoder, given)
    const { preparation } = plain.document
    const frame = await hostileFrame(plain, 400)
    const outputs = await predict(networkOf(plain.document.architecture, preparation), plain.weights, { rows: frame.rows, inputs: encode(frame, preparation).inputs }) // prettier-ignore
    const { names, values } = predictionColumns(outputs, preparation, ['x'])
    const said = Object.fromEntries(names.map((name, i) => [name, values[i] as number[]]))
    const target = { ...preparation.target, ...change(preparation.target as never, said) } as FittedTarget
    const model = preparedBy(plain, { target })
    await isHeld(model)
    for (const [at, one] of tampered(target, (_, word) => [`${word}?`])) {
      // One number alone is the prediction, whatever it is called.
      if (at === 'columns[].name' && 'columns' in target && target.columns.length === 1) continue
      if (isTold.test(at) || !fittedTargetSchema.safeParse(one).success) continue
      seen.add(at.split(/[.[]/)[0]!)
      await isRefused(model, preparedBy(plain, { target: one as FittedTarget }), at)
    }
  }
  test.each(all)('%s', isNoticed)

  test('nothing that is kept of a target is left out of these', () => {
    const kept = fittedTargetSchema.options.flatMap((one) => Object.keys(one.shape)).filter((key) => !isTold.test(key)) // prettier-ignore
    expect([...seen].sort()).toEqual([...new Set(kept)].sort())
  })
})
