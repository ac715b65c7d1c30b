/** One example as a model reads it, and its reference, of which nothing is known. */
import { keptAs, numberTextOf } from '../../contract/index.ts'
import type { Frame, FrameColumn } from '../datasets/frame.ts'
import type { InputArray, InputRows, NamedInputs } from '../model/input.ts'
import { encode } from '../prepare/encode.ts'
import { inputsOf, placesOf, type ColumnPlace, type Preparation } from '../prepare/preparation.ts'

/** The column with this row alone. */
export function rowOf(column: FrameColumn, row: number): FrameColumn {
  switch (column.kind) {
    case 'number':
    case 'date':
      return { kind: column.kind, name: column.name, values: column.values.slice(row, row + 1) }
    case 'category': {
      const { codes, ...rest } = column
      return { ...rest, codes: codes.slice(row, row + 1) }
    }
    case 'text':
      return { ...column, values: [column.values[row] ?? ''] }
    case 'image': {
      const { pixels, missing, ...shape } = column
      const size = shape.channels * shape.height * shape.width
      return {
        ...shape,
        pixels: pixels.slice(row * size, (row + 1) * size),
        ...(missing && { missing: missing.slice(row, row + 1) }),
      }
    }
  }
}

/** So many rows of which nothing is known, in the columns that the preparation takes. */
export function unknownFrame(preparation: Preparation, rows = 1): Frame {
  const inputs = inputsOf(preparation)
  const columns = preparation.columns.map(({ name, kind }): FrameColumn => {
    const kept = keptAs(kind)
    if (kept === 'number' || kept === 'date')
      return { kind: kept, name, values: new Float64Array(rows).fill(NaN) }
    if (kept === 'category') return { kind: kept, name, codes: new Int32Array(rows).fill(-1), categories: [] }
    if (kept === 'text') return { kind: kept, name, values: new Array<string>(rows).fill('') }
    const spec = inputs.find((input) => input.name === `pixels.${name}`)
    if (spec?.kind !== 'pixels') throw new Error(`The column ${name} has no tensor of pixels.`)
    const { channels, height, width } = spec
    return {
      kind: 'image',
      name,
      channels,
      height,
      width,
      pixels: new Uint8Array(rows * channels * height * width),
      missing: new Uint8Array(rows).fill(1),
    }
  })
  return { rows, columns }
}

/** What the cell says, as people are told; null: nothing. */
export function toldOf(column: FrameColumn, row = 0): string | null {
  switch (column.kind) {
    case 'number': {
      const value = column.values[row] ?? NaN
      return Number.isNaN(value) ? null : numberTextOf(column.name)(value)
    }
    case 'date': {
      const value = column.values[row] ?? NaN
      return Number.isNaN(value) ? null : new Date(value * 86_400_000).toISOString().slice(0, 10)
    }
    case 'category':
      return column.categories[column.codes[row] ?? -1] ?? null
    case 'text':
      return column.values[row] || null
    case 'image':
      return column.missing?.[row] === 1 ? null : `${column.width} × ${column.height} pixels`
  }
}

export interface Example {
  readonly frame: Frame
  readonly inputs: NamedInputs
  readonly reference: NamedInputs
  readonly places: readonly ColumnPlace[]
  readonly notes: readonly string[]
}

/** `frame`: of one row. */
export function exampleOf(frame: Frame, preparation: Preparation): Example {
  const { inputs, notes } = encode(frame, preparation)
  return {
    frame,
    inputs,
    reference: encode(unknownFrame(preparation), preparation).inputs,
    places: placesOf(preparation.columns),
    notes,
  }
}

/** Rows that have some columns of the example and the others of the reference. `known`: rows × columns. */
export function mixed({ inputs, reference, places }: Example, known: readonly Uint8Array[]): InputRows {
  const rows = known.length
  const made: NamedInputs = Object.fromEntries(
    Object.entries(reference).map(([name, from]) => {
      const into = new (from.constructor as new (length: number) => InputArray)(from.length * rows)
      for (let row = 0; row < rows; row++) {
        into.set(from, row * from.length)
        places.forEach(({ input, offset, width }, column) => {
          if (input === name && known[row]![column] === 1)
            into.set(inputs[name]!.subarray(offset, offset + width), row * from.length + offset)
        })
      }
      return [name, into] as const
    }),
  )
  return { rows, inputs: made }
}
