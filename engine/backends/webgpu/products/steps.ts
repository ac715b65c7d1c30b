/** What tiled products have in common: which tile a workgroup computes, and its way along k. */
import type { Bindings } from '../shader.ts'

export const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)

export const when = (condition: string, lines: readonly string[]): string[] => [
  `if (${condition}) {`,
  ...indent(lines),
  '}',
]

/** Rows of tiles that are computed together, so that what they share is still in the cache. */
const bandHeight = 8

/** The tile that workgroup `block` computes of a matrix; a band's tiles come column by column. */
export function placeTile(
  isSingle: boolean,
  [down, over]: readonly [number, number],
  bindings: Bindings,
): string[] {
  const count = bindings.size(down * over)
  return [
    ...(isSingle
      ? ['let matrix = 0u;', 'let tile = block;']
      : [`let matrix = block / ${count};`, `let tile = block - matrix * ${count};`]),
    `let band_tiles = ${bandHeight}u * ${bindings.size(over)};`,
    'let band = tile / band_tiles;',
    'let in_band = tile - band * band_tiles;',
    `let height = min(${bandHeight}u, ${bindings.size(down)} - band * ${bandHeight}u);`,
    'let tile_column = in_band / height;',
    `let tile_row = band * ${bandHeight}u + in_band - tile_column * height;`,
  ]
}

export interface Steps {
  /** How many steps there are, by name. */
  readonly k: string
  readonly depth: number
  /** See TileVariant. */
  readonly ahead: 0 | 1 | 2
  /** Memory → registers, at k = `next`; `ragged`: where not all of the step is left. */
  readonly read: (ragged: boolean) => readonly string[]
  /** Registers → shared memory, of two tiles into number `filling`. */
  readonly keep: readonly string[]
  /** Shared memory → sums, of two tiles from number `current`. */
  readonly multiply: readonly string[]
}

export function stepsAlongK({ k, depth, ahead, read, keep, multiply }: Steps): string[] {
  const barrier = 'workgroupBarrier();'
  const loop = `for (var start = 0u; start < ${k}; start += ${depth}u) {`
  // What is read outside of the factors counts as zero, but only the last step has to look.
  const readAt = (at: string): string[] => [
    `let next = ${at};`,
    `if (next + ${depth}u <= ${k}) {`,
    ...indent(read(false)),
    '} else {',
    ...indent(read(true)),
    '}',
  ]
  if (ahead === 0) return [loop, ...indent([...readAt('start'), ...keep, barrier, ...multiply, barrier]), '}']
  const turns = ahead === 2
  const more = `start + ${depth}u < ${k}`
  return [
    ...(turns ? ['var filling = 0u;', 'var current = 0u;'] : []),
    '{',
    ...indent([...readAt('0u'), ...keep]),
    '}',
    barrier,
    loop,
    ...indent([
      ...when(more, readAt(`start + ${depth}u`)),
      ...multiply,
      ...(turns ? ['filling = 1u - filling;'] : [barrier]),
      ...when(more, keep),
      barrier,
      ...(turns ? ['current = filling;'] : []),
    ]),
    '}',
  ]
}
