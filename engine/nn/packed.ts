/** Sequences of different lengths beside each other, as in torch.nn.utils.rnn: padded, with how long each is. */
import { knownNumbers } from '../functions/operands.ts'
import { wholeNumber } from '../tensor/arguments.ts'
import { tensor } from '../tensor/creation.ts'
import { formatShape } from '../tensor/shape.ts'
import { cat, stack, Tensor } from '../tensor/tensor.ts'

/** How long each row is: numbers, or int32 [rows], which a captured step reads anew each time. */
export type Lengths = readonly number[] | Tensor

/**
 * What recurrent layers read instead of a tensor, so that nobody sees the padding: it changes no state, the way back begins
 * at the last step that there is, and its outputs are zeros. Source: torch.nn.utils.rnn.PackedSequence.
 */
export class PackedSequence {
  /** [steps, rows, …], zeros where there is padding. */
  readonly padded: Tensor
  /** int32 [rows]. */
  readonly lengths: Tensor
  readonly #counts: readonly number[] | null

  /** `padded`: [steps, rows, …]. Errors: a RangeError for lengths that do not fit it. */
  constructor(padded: Tensor, lengths: Lengths) {
    const [steps, rows] = padded.shape
    if (padded.ndim < 2)
      throw new RangeError(`Padded sequences are [steps, rows, …], not ${formatShape(padded.shape)}.`)
    const counts = lengths instanceof Tensor ? null : [...lengths]
    const number = lengths instanceof Tensor ? lengths.numel() : lengths.length
    if (number !== rows) throw new RangeError(`${rows} sequences need a length each, not ${number}.`)
    for (const length of counts ?? []) {
      if (wholeNumber('A length', length, 1) > steps!)
        throw new RangeError(`A sequence of ${length} steps does not fit into ${steps}.`)
    }
    this.lengths =
      lengths instanceof Tensor
        ? // Read on the device: one that does not fit is taken as the nearest that does.
          lengths.reshape([rows!]).clamp(1, steps!)
        : tensor(Int32Array.from(lengths), { device: padded.device })
    this.#counts = counts
    const seen = this.seen(steps!)
    this.padded = seen.reshape([steps!, rows!, ...padded.shape.slice(2).map(() => 1)]).choose(padded, 0)
  }

  /** The same lengths with other values, [steps, rows, …]. */
  with(padded: Tensor): PackedSequence {
    return new PackedSequence(padded, this.#counts ?? this.lengths)
  }

  /** Whether the lengths were given as numbers. */
  get areKnown(): boolean {
    return this.#counts !== null
  }

  /** How long the rows are, as numbers. Errors: an Error where a tensor was given, whose values are not known yet. */
  get counts(): readonly number[] {
    if (this.#counts) return this.#counts
    throw new Error('The lengths of this sequence are a tensor: give them as numbers to pack or cut it.')
  }

  /** bool [steps, rows]: true where there is a step. */
  seen(steps = this.padded.shape[0]!): Tensor {
    return this.lengths.newArange(steps).unsqueeze(1).lt(this.lengths)
  }

  /** Rows from the longest to the shortest, as PyTorch packs them. */
  get sortedIndices(): readonly number[] {
    const { counts } = this
    return counts.map((_, i) => i).sort((a, b) => counts[b]! - counts[a]! || a - b)
  }

  /** How many rows have each step. */
  get batchSizes(): readonly number[] {
    const { counts } = this
    return Array.from({ length: Math.max(0, ...counts) }, (_, t) => counts.filter((n) => n > t).length)
  }

  /** The steps of all rows without padding, [Σ lengths, …]: first the first steps, from the longest row to the shortest. */
  get data(): Tensor {
    const rows = this.padded.shape[1]!
    const order = this.sortedIndices
    const places = this.batchSizes.flatMap((size, t) => order.slice(0, size).map((row) => t * rows + row))
    const flat = this.padded.reshape([this.padded.shape[0]! * rows, ...this.padded.shape.slice(2)])
    return flat.indexSelect(0, tensor(Int32Array.from(places), { device: flat.device }))
  }
}

export interface PackOptions {
  /** Whether the input is [rows, steps, …] instead of [steps, rows, …]; false by default. */
  readonly batchFirst?: boolean
  /** Whether rows must stand from the longest to the shortest; true by default, as in PyTorch. */
  readonly enforceSorted?: boolean
}

/**
 * Padded sequences [steps, rows, …] with how long each is, for a recurrent layer. Source: torch.nn.utils.rnn.pack_padded_sequence.
 * Errors: a RangeError for lengths that do not fit, or are not in order though `enforceSorted`.
 */
export function packPaddedSequence(
  input: Tensor,
  lengths: Lengths,
  first: boolean | PackOptions = {},
  sorted?: boolean,
): PackedSequence {
  const options = typeof first === 'boolean' ? { batchFirst: first } : first
  const { batchFirst = false, enforceSorted = sorted ?? true } = options as PackOptions
  if (enforceSorted && !(lengths instanceof Tensor) && lengths.some((n, i) => i > 0 && n > lengths[i - 1]!))
    throw new RangeError(
      'packPaddedSequence: rows must stand from the longest to the shortest; or give { enforceSorted: false }.',
    )
  return new PackedSequence(batchFirst ? input.transpose(0, 1) : input, lengths)
}

export interface PadOptions {
  readonly batchFirst?: boolean
  /** What stands in the padding; 0 by default. */
  readonly paddingValue?: number
  /** So many steps, at least the longest sequence's, which it is by default. */
  readonly totalLength?: number | null
}

/**
 * The way back: [steps, rows, …] as long as the longest sequence, with `paddingValue` where there is none, and the lengths,
 * int32 [rows]. Source: torch.nn.utils.rnn.pad_packed_sequence. Errors: a RangeError for a totalLength that is too short.
 */
export function padPackedSequence(
  sequence: PackedSequence,
  ...rest: [options?: PadOptions] | [batchFirst: boolean, paddingValue?: number, totalLength?: number | null]
): [padded: Tensor, lengths: Tensor] {
  const [first, value, total] = rest
  const {
    batchFirst = false,
    paddingValue = value ?? 0,
    totalLength = total ?? null,
  }: PadOptions = typeof first === 'boolean' ? { batchFirst: first } : (first ?? {})
  const { padded, lengths } = sequence
  // Of lengths that are not known yet, as many as there is room for.
  const longest = sequence.areKnown ? Math.max(...sequence.counts) : padded.shape[0]!
  const steps = totalLength ?? longest
  if (steps < longest)
    throw new RangeError(
      `padPackedSequence: ${steps} steps are fewer than the ${longest} of the longest sequence.`,
    )
  const cut = padded.slice(0, 0, Math.min(steps, padded.shape[0]!))
  const beyond = steps - cut.shape[0]!
  const long = beyond > 0 ? cat([cut, cut.newFull([beyond, ...cut.shape.slice(1)], 0)]) : cut
  const seen = sequence.seen(steps).reshape([steps, long.shape[1]!, ...long.shape.slice(2).map(() => 1)])
  const filled = paddingValue === 0 ? long : seen.choose(long, paddingValue)
  return [batchFirst ? filled.transpose(0, 1) : filled, lengths]
}

/** Sequences [steps, …] of different lengths as one tensor, padded at their ends. Source: torch.nn.utils.rnn.pad_sequence. Errors: a RangeError for no sequences. */
export function padSequence(sequences: readonly Tensor[], batchFirst = false, paddingValue = 0): Tensor {
  if (sequences.length === 0) throw new RangeError('padSequence needs at least one sequence.')
  const longest = Math.max(...sequences.map((s) => s.shape[0]!))
  const padded = sequences.map((s) => {
    const beyond = longest - s.shape[0]!
    return beyond === 0 ? s : cat([s, s.newFull([beyond, ...s.shape.slice(1)], paddingValue)])
  })
  return stack(padded, batchFirst ? 0 : 1)
}

/** Sequences [steps, …] of different lengths, for a recurrent layer. Source: torch.nn.utils.rnn.pack_sequence. Errors: as packPaddedSequence. */
export const packSequence = (sequences: readonly Tensor[], enforceSorted = true): PackedSequence =>
  packPaddedSequence(
    padSequence(sequences),
    sequences.map((s) => s.shape[0]!),
    { enforceSorted },
  )

/**
 * Each row without its padding, [steps, …]. Source: torch.nn.utils.rnn.unpad_sequence. Errors: a RangeError for lengths that do not
 * fit, and for lengths in a tensor on a device that cannot be read at once.
 */
export function unpadSequence(padded: Tensor, lengths: Lengths, batchFirst = false): Tensor[] {
  const rows = batchFirst ? padded : padded.transpose(0, 1)
  const [count, steps] = rows.shape as readonly [number, number]
  const known = lengths instanceof Tensor ? [...knownNumbers('unpadSequence: lengths', lengths)] : lengths
  if (known.length !== count)
    throw new RangeError(`${count} sequences need a length each, not ${known.length}.`)
  return known.map((length, i) => {
    if (wholeNumber('A length', length, 0) > steps)
      throw new RangeError(`A sequence of ${length} steps does not fit into ${steps}.`)
    return rows.select(0, i).slice(0, 0, length)
  })
}

/** Each row's steps from its last to its first; padding stays where it is. The way back is the same. */
export function turned(x: Tensor, lengths: Tensor): Tensor {
  const [steps, rows] = x.shape as readonly [number, number]
  const step = lengths.newArange(steps).unsqueeze(1)
  const from = step.lt(lengths).choose(lengths.sub(1).sub(step), step)
  const places = from.mul(rows).add(lengths.newArange(rows))
  return x
    .reshape([steps * rows, -1])
    .indexSelect(0, places.reshape([-1]))
    .reshape(x.shape)
}

/** What stands at each row's last step, [rows, …] of [steps, rows, …]. */
export function atEnd(x: Tensor, lengths: Tensor): Tensor {
  const [steps, rows] = x.shape as readonly [number, number]
  const places = lengths.sub(1).mul(rows).add(lengths.newArange(rows))
  return x.reshape([steps * rows, ...x.shape.slice(2)]).indexSelect(0, places)
}
