/** What both filterings walk over: blocks of vectors of four tiles, and the addresses of the images they stand for. */
import { op, type FunctionBuilder } from './assembler.ts'
import { push, type Size } from './given-numbers.ts'
import { lastColumns, tileRowsOf, vectorsPerRow, type Filtering } from './winograd.ts'
import { columnsPerVector } from './winograd-transforms.ts'

/** Sixteen arrays a power of two apart would fall into the same cache lines: so many floats keep them from it. */
export const apart = 16

/** 0, 1, … below `count`. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** A local times so many bytes. */
export type Term = readonly [local: number, bytes: Size]

/** Sets `to` to an address in a local, some bytes further. */
export function setAddress(
  f: FunctionBuilder,
  to: number,
  base: number,
  terms: readonly Term[],
  bytes = 0,
): void {
  f.get(base)
  for (const [local, size] of terms) {
    f.get(local)
    push(f, size).emit(op.i32Mul, op.i32Add)
  }
  f.i32(bytes).emit(op.i32Add).set(to)
}

/** Locals that count images, rows of tiles and strips in such a row; and vectors of the block. */
export interface StripPlace {
  readonly image: number
  readonly row: number
  readonly column: number
  readonly index: number
}

/** Runs `body` for the strips, vectors that are abreast, of `count` vectors from the number `first` on, both locals. */
export function eachStrip(
  f: FunctionBuilder,
  filtering: Filtering,
  block: { readonly first: number; readonly count: number },
  body: (at: StripPlace) => void,
): void {
  const local = (): number => f.local('i32')
  const [index, rest, image, row, column] = [local(), local(), local(), local(), local()]
  const { abreast } = filtering
  const perRow = vectorsPerRow(filtering)
  const perImage = perRow * tileRowsOf(filtering)
  f.i32(0).set(index)
  f.range(index, block.count, abreast, () => {
    f.get(block.first).get(index).emit(op.i32Add).tee(rest)
    f.i32(perImage).emit(op.i32DivU).set(image)
    f.get(rest).i32(perImage).emit(op.i32RemU).tee(rest)
    f.i32(perRow).emit(op.i32DivU).set(row)
    f.get(rest).i32(perRow).emit(op.i32RemU).i32(abreast).emit(op.i32DivU).set(column)
    body({ image, row, column, index })
  })
}

/** Where a strip's tiles start in planes of so many bytes from one image to the next, and elements from one row to the next. */
export const tilesOf = (
  { abreast }: Filtering,
  { image, row, column }: StripPlace,
  planes: { readonly image: Size; readonly row: number },
): Term[] => [
  [image, planes.image],
  [row, 2 * planes.row * 4],
  [column, abreast * columnsPerVector * 4],
]

/** Rows in tiles of at most so many and nearly the same height: a low one would wait for its few sums. */
export function evenTiles(rows: number, most: number): { readonly rows: number; readonly times: number }[] {
  const tiles = Math.ceil(rows / most)
  const low = Math.floor(rows / tiles)
  const higher = rows - low * tiles
  return [
    { rows: low + 1, times: higher },
    { rows: low, times: tiles - higher },
  ].filter(({ times }) => times > 0)
}

/** Emits `body` with how many columns of a strip there are: at the right edge perhaps fewer than elsewhere. */
export function withColumns(
  f: FunctionBuilder,
  filtering: Filtering,
  { column }: StripPlace,
  body: (columns: number) => void,
): void {
  const { abreast } = filtering
  const strips = vectorsPerRow(filtering) / abreast
  const all = abreast * columnsPerVector
  const last = lastColumns(filtering)
  if (last === all || strips === 1) return body(last)
  f.get(column)
    .i32(strips - 1)
    .emit(op.i32Ne, op.if, 0x40)
  body(all)
  f.emit(op.else)
  body(last)
  f.emit(op.end)
}
