/** What the explanations do, by the names of their definitions. */
import { plural, type Explained, type explanations, type Implementations } from '../../contract/index.ts'
import { sizeOfInput, type InputArray, type InputOf, type InputRows } from '../model/input.ts'
import { normalFrom, randomSource } from '../prepare/random.ts'
import { shownOf } from '../prepare/encoders/index.ts'
import { applySteps } from '../prepare/steps/index.ts'
import { valuesAt } from './answers.ts'
import { mixed, toldOf, type Example } from './example.ts'
import {
  endsOf,
  gradientsAt,
  lastMapsOf,
  movablesOf,
  rowsAtOnce,
  type Maps,
  type Movable,
} from './gradients.ts'
import { requireNumber, type Explainable } from './model.ts'
import { gaussLegendre } from './quadrature.ts'
import { shapleyPlan } from './shapley.ts'

/** A picture with what stands beside its pixels. */
export interface PictureParts {
  readonly column: string
  readonly input: InputOf<'pixels'>
  readonly parts: number[]
}

export interface Parts extends Pick<Explained, 'reference' | 'rest' | 'columns' | 'texts' | 'notes'> {
  readonly pictures: PictureParts[]
}

/** `progress`: is told which share is done. */
export type Explain = (
  model: Explainable,
  example: Example,
  answer: number,
  progress: (share: number) => void,
) => Promise<Parts>

/** Numbers that orders of columns may take together: more take too long. */
const mostDrawn = 1e8
/** Numbers that are made and predicted at once. */
export const mostAtOnce = 2 ** 24

const total = (values: Iterable<number>): number => {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

const asked = async (model: Explainable, rows: InputRows, answer: number): Promise<Float64Array> =>
  valuesAt(model.preparation, await model.predict(rows), answer)

/** Of so many changed examples, which are made and predicted piece by piece. */
async function askedOfAll(
  model: Explainable,
  rows: number,
  made: (from: number, to: number) => InputRows,
  answer: number,
  progress: (share: number) => void,
): Promise<Float64Array> {
  const most = Math.max(1, Math.floor(mostAtOnce / Math.max(1, widthOf(model))))
  const values = new Float64Array(rows)
  for (let from = 0; from < rows; from += most) {
    const to = Math.min(rows, from + most)
    values.set(await asked(model, made(from, to), answer), from)
    progress(to / rows)
  }
  return values
}

const widthOf = ({ spec }: Explainable): number =>
  spec.inputs.reduce((sum, input) => sum + sizeOfInput(input), 0)

/** A part for each column of the preparation. */
function ofColumns(
  { frame }: Example,
  { preparation }: Explainable,
  parts: ArrayLike<number>,
): Explained['columns'] {
  return preparation.columns.map(({ name }, i) => {
    const column = frame.columns.find((one) => one.name === name)
    return { name, told: column === undefined ? null : toldOf(column), part: parts[i]! }
  })
}

/** The words of a tensor of tokens, with a part for each; further places of the tensor are padding. */
function ofWords(
  { frame }: Example,
  { preparation }: Explainable,
  { name, length }: InputOf<'tokens'>,
  parts: ArrayLike<number>,
): Explained['texts'][number] {
  const column = preparation.columns.find((one) => `tokens.${one.name}` === name)!
  const source = frame.columns.find((one) => one.name === column.name)!
  const shown = shownOf(() => applySteps(source, column.steps), column.encoder)
  const words = (shown?.pieces(0) ?? []).slice(0, length)
  return {
    column: column.name,
    words: words.map(({ shown, known }, i) => ({ shown, known, part: parts[i] ?? 0 })),
  }
}

const ofPixels = (input: InputOf<'pixels'>, parts: ArrayLike<number>): PictureParts => ({
  column: input.name.replace(/^pixels\./, ''),
  input,
  parts: Array.from(parts),
})

/** By what each movable is: numbers by the columns that they are of. */
function told(
  model: Explainable,
  example: Example,
  movables: readonly Movable[],
  parts: readonly ArrayLike<number>[],
  gather: (values: ArrayLike<number>) => number,
): Pick<Parts, 'columns' | 'texts' | 'pictures'> {
  const numbers = movables.findIndex(({ input }) => input.kind === 'numbers')
  const columns = model.preparation.columns.flatMap((column, i) => {
    const { input, offset, width } = example.places[i]!
    if (numbers < 0 || movables[numbers]!.input.name !== input) return []
    const source = example.frame.columns.find(({ name }) => name === column.name)
    const own = Array.from({ length: width }, (_, k) => parts[numbers]![offset + k]!)
    return [{ name: column.name, told: source ? toldOf(source) : null, part: total(own) }]
  })
  return {
    columns,
    texts: movables.flatMap(({ input, shape }, i) => {
      if (input.kind !== 'tokens') return []
      const width = shape[1]!
      const each = Array.from({ length: input.length }, (_, word) =>
        gather(Array.from({ length: width }, (__, k) => parts[i]![word * width + k]!)),
      )
      return [ofWords(example, model, input, each)]
    }),
    pictures: movables.flatMap(({ input }, i) => {
      if (input.kind !== 'pixels') return []
      const size = input.height * input.width
      const each = Array.from({ length: size }, (_, pixel) =>
        gather(Array.from({ length: input.channels }, (__, channel) => parts[i]![channel * size + pixel]!)),
      )
      return [ofPixels(input, each)]
    }),
  }
}

const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values))
const sum = (values: ArrayLike<number>): number => total(Array.from(values))

/** One word after the other is padding, one patch after the other has the mean color, one column after the other is missing. */
interface Covered {
  readonly rows: number
  /** Some of them, as the network is given them. */
  readonly made: (from: number, to: number) => InputRows
  /** Losses of the rows → what is said of the parts. */
  readonly told: (losses: Float64Array) => Partial<Pick<Parts, 'columns' | 'texts' | 'pictures'>>
}

/** The example once for each change. */
function changed(
  { inputs }: Example,
  name: string,
  changes: readonly ((values: InputArray) => void)[],
): InputRows {
  const rows = changes.length
  return {
    rows,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([own, from]) => {
        const into = new (from.constructor as new (length: number) => InputArray)(from.length * rows)
        changes.forEach((change, row) => {
          into.set(from, row * from.length)
          if (own === name) change(into.subarray(row * from.length, (row + 1) * from.length))
        })
        return [own, into] as const
      }),
    ),
  }
}

function coveredWords(model: Explainable, example: Example, input: InputOf<'tokens'>): Covered {
  const { words } = ofWords(example, model, input, [])
  const covered = words.map((_, i) => (values: InputArray) => void (values[i] = input.padding))
  return {
    rows: covered.length,
    made: (from, to) => changed(example, input.name, covered.slice(from, to)),
    told: (losses) => ({ texts: [ofWords(example, model, input, losses)] }),
  }
}

function coveredPixels(example: Example, input: InputOf<'pixels'>, share: number): Covered {
  const { channels, height, width, mean } = input
  const side = Math.max(1, Math.round(share * Math.min(height, width)))
  const step = Math.max(1, Math.floor(side / 2))
  const starts = (extent: number): number[] => {
    const found = Array.from({ length: Math.max(1, Math.ceil((extent - side) / step) + 1) }, (_, i) =>
      Math.max(0, Math.min(i * step, extent - side)),
    )
    return [...new Set(found)]
  }
  const patches = starts(height).flatMap((top) => starts(width).map((left) => ({ top, left })))
  const size = height * width
  const inside = ({ top, left }: (typeof patches)[number], visit: (pixel: number) => void): void => {
    for (let y = top; y < Math.min(height, top + side); y++)
      for (let x = left; x < Math.min(width, left + side); x++) visit(y * width + x)
  }
  const cover = (patch: (typeof patches)[number]) => (values: InputArray) => {
    for (let channel = 0; channel < channels; channel++)
      inside(patch, (pixel) => void (values[channel * size + pixel] = Math.round(255 * mean[channel]!)))
  }
  return {
    rows: patches.length,
    made: (from, to) => changed(example, input.name, patches.slice(from, to).map(cover)),
    told: (losses) => {
      const [sums, counts] = [new Float64Array(size), new Float64Array(size)]
      patches.forEach((patch, i) =>
        inside(patch, (pixel) => {
          sums[pixel]! += losses[i]!
          counts[pixel]!++
        }),
      )
      return {
        pictures: [
          ofPixels(
            input,
            sums.map((all, i) => all / Math.max(1, counts[i]!)),
          ),
        ],
      }
    },
  }
}

function coveredColumns(model: Explainable, example: Example): Covered {
  const { columns } = model.preparation
  const known = columns.map((_, i) => Uint8Array.from(columns, (__, k) => Number(k !== i)))
  return {
    rows: known.length,
    made: (from, to) => mixed(example, known.slice(from, to)),
    told: (losses) => ({ columns: ofColumns(example, model, losses) }),
  }
}

/** A picture or a text alone has parts; of a table these are its columns. */
function coveredIn(model: Explainable, example: Example, share: number): Covered {
  const [input, ...others] = model.spec.inputs
  if (others.length === 0 && input?.kind === 'pixels') return coveredPixels(example, input, share)
  if (others.length === 0 && input?.kind === 'tokens') return coveredWords(model, example, input)
  return coveredColumns(model, example)
}

/** The maps, each weighted by the mean of its gradients, summed; what speaks against the answer counts as nothing. */
function weightedMaps({ channels, height, width, values, gradients }: Maps): Float64Array {
  const size = height * width
  const sums = new Float64Array(size)
  for (let channel = 0; channel < channels; channel++) {
    const from = channel * size
    const weight = total(gradients.subarray(from, from + size)) / size
    for (let i = 0; i < size; i++) sums[i]! += weight * values[from + i]!
  }
  return sums.map((one) => Math.max(0, one))
}

/** Linear between the middles of the places, as PyTorch interpolates without aligned corners. */
function enlarged(
  map: Float64Array,
  from: { readonly height: number; readonly width: number },
  to: { readonly height: number; readonly width: number },
): Float64Array {
  const along = (at: number, small: number, large: number) => {
    const place = Math.max(0, ((at + 0.5) * small) / large - 0.5)
    const low = Math.min(small - 1, Math.floor(place))
    return { low, high: Math.min(small - 1, low + 1), share: place - low }
  }
  return Float64Array.from({ length: to.height * to.width }, (_, i) => {
    const y = along(Math.floor(i / to.width), from.height, to.height)
    const x = along(i % to.width, from.width, to.width)
    const row = (at: number): number =>
      (1 - x.share) * map[at * from.width + x.low]! + x.share * map[at * from.width + x.high]!
    return (1 - y.share) * row(y.low) + y.share * row(y.high)
  })
}

export const explainers = {
  shapley:
    ({ orders }) =>
    async (model, example, answer, progress) => {
      const columns = model.preparation.columns.length
      const affordable = Math.max(2, Math.floor(mostDrawn / Math.max(1, (columns + 1) * widthOf(model))))
      const { known, ...plan } = shapleyPlan(columns, Math.min(orders, affordable))
      const answers = await askedOfAll(
        model,
        known.length,
        (from, to) => mixed(example, known.slice(from, to)),
        answer,
        progress,
      )
      // The first set knows nothing, and the last of a walk everything.
      const reference = requireNumber(answers[0]!, 'an example of which nothing is known')
      const whole = answers.at(-1)!
      const parts = plan.parts(answers)
      return {
        reference,
        rest: whole - reference - total(parts),
        columns: ofColumns(example, model, parts),
        texts: [],
        pictures: [],
        notes:
          plan.orders !== null && plan.orders < orders
            ? [`Of ${plural(orders, 'order')} ${plan.orders} were looked at: the example is large.`]
            : [],
      }
    },
  integratedGradients:
    ({ steps }) =>
    async (model, example, answer, progress) => {
      const movables = await movablesOf(model, example)
      const { at, weights } = gaussLegendre(steps)
      const sums = movables.map(({ to }) => new Float64Array(to.length))
      const most = rowsAtOnce(movables)
      for (let start = 0; start < steps; start += most) {
        const rows = Math.min(most, steps - start)
        const places = movables.map(({ from, to }) => {
          const values = new Float32Array(rows * to.length)
          for (let row = 0; row < rows; row++)
            for (let i = 0; i < to.length; i++)
              values[row * to.length + i] = from[i]! + at[start + row]! * (to[i]! - from[i]!)
          return values
        })
        const gradients = await gradientsAt(model, movables, example, places, rows, answer)
        gradients.forEach((gradient, k) => {
          const { length } = movables[k]!.to
          for (let row = 0; row < rows; row++)
            for (let i = 0; i < length; i++)
              sums[k]![i]! += weights[start + row]! * gradient[row * length + i]!
        })
        progress((start + rows) / steps)
      }
      const parts = sums.map((gradient, k) =>
        gradient.map((one, i) => one * (movables[k]!.to[i]! - movables[k]!.from[i]!)),
      )
      const [value, reference] = valuesAt(model.preparation, await endsOf(model, movables, example), answer)
      return {
        reference: requireNumber(reference!, 'an example of which nothing is known'),
        rest: value! - reference! - total(parts.map((own) => total(own))),
        ...told(model, example, movables, parts, sum),
        notes: [],
      }
    },
  smoothGrad:
    ({ draws, noise }) =>
    async (model, example, answer, progress) => {
      const movables = await movablesOf(model, example)
      const random = randomSource(1)
      const spreads = movables.map(({ to }) => {
        const [low, high] = [to.reduce((a, b) => Math.min(a, b)), to.reduce((a, b) => Math.max(a, b))]
        return noise * (high - low)
      })
      const sums = movables.map(({ to }) => new Float64Array(to.length))
      const most = rowsAtOnce(movables)
      for (let start = 0; start < draws; start += most) {
        const rows = Math.min(most, draws - start)
        const places = movables.map(({ to }, k) =>
          Float32Array.from(
            { length: rows * to.length },
            (_, i) => to[i % to.length]! + ((spreads[k] ?? 0) === 0 ? 0 : spreads[k]! * normalFrom(random)),
          ),
        )
        const gradients = await gradientsAt(model, movables, example, places, rows, answer)
        gradients.forEach((gradient, k) => {
          const { length } = movables[k]!.to
          gradient.forEach((one, i) => void (sums[k]![i % length]! += one / draws))
        })
        progress((start + rows) / draws)
      }
      return {
        reference: null,
        rest: null,
        ...told(model, example, movables, sums, norm),
        notes: [],
      }
    },
  gradCam: () => async (model, example, answer, progress) => {
    const movables = await movablesOf(model, example)
    const maps = await lastMapsOf(model, movables, answer)
    const input = movables[0]!.input as InputOf<'pixels'>
    progress(1)
    return {
      reference: null,
      rest: null,
      columns: [],
      texts: [],
      pictures: [ofPixels(input, enlarged(weightedMaps(maps), maps, input))],
      notes:
        maps.height * maps.width === 1
          ? [
              'The last convolution makes one number of each map: where in the picture it looks is not told by it.',
            ]
          : [],
    }
  },
  occlusion:
    ({ patch }) =>
    async (model, example, answer, progress) => {
      const { rows, made, told } = coveredIn(model, example, patch)
      const [own] = await asked(model, { rows: 1, inputs: example.inputs }, answer)
      const without = await askedOfAll(model, rows, made, answer, progress)
      const losses = without.map((value) => requireNumber(own! - value, 'an example with a part covered'))
      return { reference: null, rest: null, columns: [], texts: [], pictures: [], ...told(losses), notes: [] }
    },
} satisfies Implementations<typeof explanations, Explain>
