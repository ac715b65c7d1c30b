/**
 * Whether one small region of the pictures, or one word of the texts, is all that the network goes by: as for a column, everything
 * else is taken from another row, and what the network then still knows is held against what it knows of rows as they are. A mark
 * in a corner or a word that a source left behind keeps nearly all of it; what a picture shows or a text says keeps little.
 */
import { formatPercent } from '../../../contract/index.ts'
import { sizeOfInputs, type InputArray, type InputOf, type NamedInputs } from '../../model/input.ts'
import { shownOf } from '../../prepare/encoders/index.ts'
import { inputsOf } from '../../prepare/preparation.ts'
import { randomSource, shuffle } from '../../prepare/random.ts'
import { applySteps } from '../../prepare/steps/index.ts'
import { takeRows } from '../../training/data.ts'
import { lossOfEach } from '../../training/hardest.ts'
import { someOf, type Asked } from './asked.ts'

/** What keeps most of what the network knows. */
export interface Shortcut {
  /** null: the pictures or texts are all that there is. */
  readonly column: string | null
  /** “the word “sponsored”” */
  readonly part: string
  /** Of what the network knows. */
  readonly share: number
}

/** Regions and words are looked for on few rows, and those that may be one are measured on more. */
const few = 60
const many = 200
/** What few rows say is this far off at most, nearly always. */
const slack = 0.2
const mostWords = 8
/** Numbers that all changed rows may have together. */
const mostNumbers = 2e8
/** The smallest side of a picture that has regions. */
const smallestSide = 8

/** Changes a row in place, which is another one, so that this part is of its own row. */
interface Part {
  readonly words: string
  readonly put: (into: InputArray, own: InputArray) => void
  /** That lie within it, and are looked at where it keeps enough; none: it is small enough itself. */
  readonly within: readonly Part[]
}

interface Box {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** Nine of half its sides, so that whatever is not larger than a quarter of them lies in one as a whole. */
function halvesOf({ top, left, height, width }: Box): Box[] {
  const [tall, wide] = [Math.ceil(height / 2), Math.ceil(width / 2)]
  const steps = (from: number, extent: number, part: number): number[] =>
    [0, 0.5, 1].map((at) => from + Math.round(at * (extent - part)))
  return steps(top, height, tall).flatMap((y) =>
    steps(left, width, wide).map((x) => ({ top: y, left: x, height: tall, width: wide })),
  )
}

function regionOf(input: InputOf<'pixels'>, box: Box, within: readonly Part[]): Part {
  const { channels, height, width } = input
  const percent = (at: number, of: number): string => formatPercent(at / of, 0)
  return {
    words:
      `the region from ${percent(box.left, width)} to ${percent(box.left + box.width, width)} of the width` +
      ` and ${percent(box.top, height)} to ${percent(box.top + box.height, height)} of the height`,
    put: (into, own) => {
      for (let channel = 0; channel < channels; channel++)
        for (let y = box.top; y < box.top + box.height; y++) {
          const from = (channel * height + y) * width + box.left
          into.set(own.subarray(from, from + box.width), from)
        }
    },
    within,
  }
}

/** Quarters of the area first: a region counts from a sixteenth on, and what is smaller lies in one. */
function regionsOf(input: InputOf<'pixels'>): Part[] {
  const { height, width } = input
  if (Math.min(height, width) < smallestSide) return []
  return halvesOf({ top: 0, left: 0, height, width }).map((half) =>
    regionOf(
      input,
      half,
      halvesOf(half).map((box) => regionOf(input, box, [])),
    ),
  )
}

/** Without the word, and with it where the other text has it first. */
function putWord(word: number, padding: number): Part['put'] {
  return (into, own) => {
    const kept = into.filter((one) => one !== word)
    into.fill(padding)
    into.set(kept)
    const at = own.indexOf(word)
    if (at >= 0) into[Math.min(at, kept.findLastIndex((one) => one !== padding) + 1, into.length - 1)] = word
  }
}

/** How much the answers differ between rows with the word and rows without it. */
function tellsOf(has: readonly boolean[], outputs: Float32Array): number {
  const [units, rows] = [outputs.length / has.length, has.length]
  const within = has.filter(Boolean).length
  let found = 0
  for (let unit = 0; unit < units; unit++) {
    let [own, all] = [0, 0]
    for (let row = 0; row < rows; row++) {
      const value = outputs[row * units + unit]!
      all += value
      if (has[row]!) own += value
    }
    found += (own / within - (all - own) / (rows - within)) ** 2
  }
  return (found * within * (rows - within)) / rows ** 2
}

/** Words that some rows have and others have not, those first that the answers differ most by. */
function wordsOf(
  { prepared }: Asked,
  input: InputOf<'tokens'>,
  texts: InputArray,
  rows: Int32Array,
  outputs: Float32Array,
): Part[] {
  const { length, padding, name } = input
  const column = prepared.preparation.columns.find((one) => `tokens.${one.name}` === name)
  const source = prepared.features.find((one) => one.name === column?.name)
  if (column === undefined || source === undefined) return []
  const shown = shownOf(() => applySteps(source, column.steps), column.encoder)
  const textOf = (row: number): InputArray => texts.subarray(row * length, (row + 1) * length)
  const counts = new Map<number, number>()
  for (let row = 0; row < rows.length; row++)
    for (const word of new Set(textOf(row))) counts.set(word, (counts.get(word) ?? 0) + 1)
  const told = (word: number): string | null => {
    for (let row = 0; row < rows.length; row++) {
      const at = textOf(row).indexOf(word)
      const piece = at < 0 ? undefined : shown?.pieces(rows[row]!)[at]
      if (piece) return piece.known ? piece.shown : null
    }
    return null
  }
  return [...counts]
    .filter(([word, count]) => word !== padding && count >= 0.05 * rows.length && count <= 0.95 * rows.length)
    .map(([word]) => ({
      word,
      tells: tellsOf(
        Array.from(rows, (_, row) => textOf(row).includes(word)),
        outputs,
      ),
    }))
    .sort((a, b) => b.tells - a.tells)
    .slice(0, mostWords)
    .flatMap(({ word }): Part[] => {
      const text = told(word)
      return text === null ? [] : [{ words: `the word “${text}”`, put: putWord(word, padding), within: [] }]
    })
}

/** Losses of so many rows whose inputs are those of other rows, but for a part. */
async function trial(asked: Asked, rows: Int32Array) {
  const { prepared, recipe } = asked
  const taken = takeRows(prepared.data, rows)
  const order = Int32Array.from(rows, (_, i) => i)
  shuffle(order, randomSource(recipe.seed))
  const lossOf = async (inputs: NamedInputs): Promise<number> => {
    const outputs = await asked.predict({ rows: rows.length, inputs })
    const units = outputs.length / rows.length
    const each = lossOfEach(recipe.training.loss, { targets: taken.targets, outputs, units })
    return each.reduce((sum, loss) => sum + loss, 0)
  }
  const others = (name: string | null, put: Part['put'] | null): NamedInputs =>
    Object.fromEntries(
      Object.entries(taken.inputs).map(([own, from]) => {
        const width = from.length / rows.length
        const into = from.slice()
        order.forEach((other, row) => {
          const place = into.subarray(row * width, (row + 1) * width)
          place.set(from.subarray(other * width, (other + 1) * width))
          if (own === name) put?.(place, from.subarray(row * width, (row + 1) * width))
        })
        return [own, into] as const
      }),
    )
  const plain = await lossOf(taken.inputs)
  const without = await lossOf(others(null, null))
  return {
    taken,
    /** Of little that it knows a share says nothing. */
    knows: without - plain > 0.1 * Math.abs(without),
    shareOf: async (name: string, { put }: Part): Promise<number> =>
      (without - (await lossOf(others(name, put)))) / (without - plain),
  }
}

/** The part that keeps most, if it keeps so much; `null`: none does. `undefined`: it cannot be told. */
export async function shortcutOf(asked: Asked, least: number): Promise<Shortcut | null | undefined> {
  const { prepared, split, recipe } = asked
  const inputs = inputsOf(prepared.preparation)
  const looked = inputs.filter(({ kind }) => kind === 'pixels' || kind === 'tokens')
  const rows = someOf(prepared.split[split], many)
  if (looked.length === 0 || rows.length < few) return undefined
  if (9 * few * sizeOfInputs(inputs) > mostNumbers) return undefined
  const [quick, sure] = [await trial(asked, someOf(rows, few)), await trial(asked, rows)]
  if (!sure.knows || !quick.knows) return undefined
  const outputs = await asked.outputsOf(rows)
  let best: Shortcut | null = null
  for (const input of looked) {
    const keep = async (parts: readonly Part[]): Promise<void> => {
      for (const part of parts) {
        if ((await quick.shareOf(input.name, part)) < least - slack) continue
        if (part.within.length > 0) await keep(part.within)
        else {
          const share = await sure.shareOf(input.name, part)
          if (share < least || share <= (best?.share ?? 0)) continue
          best = {
            column: recipe.kind === 'table' ? input.name.replace(/^(pixels|tokens)\./, '') : null,
            part: part.words,
            share,
          }
        }
      }
    }
    await keep(
      input.kind === 'pixels'
        ? regionsOf(input)
        : input.kind === 'tokens'
          ? wordsOf(asked, input, sure.taken.inputs[input.name]!, rows, outputs)
          : [],
    )
  }
  return best
}
