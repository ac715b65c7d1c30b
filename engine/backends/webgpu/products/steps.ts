/** What tiled products have in common: which tile a workgroup computes, and its way along k. */

export const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)

/** Lines under a condition; null: always. */
export const when = (condition: string | null, lines: readonly string[]): string[] =>
  condition === null ? [...lines] : [`if (${condition}) {`, ...indent(lines), '}']

/** Rows of tiles that are computed together, so that what they share is still in the cache. */
const bandHeight = 8

/** The tile that workgroup `block` computes; a band's tiles come column by column. */
export function placeTile(single: boolean, [down, over]: readonly [number, number]): string[] {
  const count = down * over
  const lines = single
    ? ['let matrix = 0u;', 'let tile = block;']
    : [`let matrix = block / ${count}u;`, `let tile = block % ${count}u;`]
  if (down <= bandHeight || over <= bandHeight) {
    return [...lines, `let tile_row = tile % ${down}u;`, `let tile_column = tile / ${down}u;`]
  }
  const band = bandHeight * over
  const height =
    down % bandHeight === 0 ? `${bandHeight}u` : `min(${bandHeight}u, ${down}u - band * ${bandHeight}u)`
  return [
    ...lines,
    `let band = tile / ${band}u;`,
    `let in_band = tile % ${band}u;`,
    `let height = ${height};`,
    `let tile_row = band * ${bandHeight}u + in_band % height;`,
    'let tile_column = in_band / height;',
  ]
}

export interface Steps {
  readonly k: number
  readonly depth: number
  /** See TileVariant. */
  readonly ahead: 0 | 1 | 2
  /** Memory → registers, at k = `next`. */
  readonly read: readonly string[]
  /** Registers → shared memory, of two tiles into number `filling`. */
  readonly keep: readonly string[]
  /** Shared memory → sums, of two tiles from number `current`. */
  readonly multiply: readonly string[]
}

export function stepsAlongK({ k, depth, ahead, read, keep, multiply }: Steps): string[] {
  const barrier = 'workgroupBarrier();'
  const loop = `for (var start = 0u; start < ${k}u; start += ${depth}u) {`
  if (ahead === 0)
    return [loop, ...indent(['let next = start;', ...read, ...keep, barrier, ...multiply, barrier]), '}']
  const turns = ahead === 2
  const more = `start + ${depth}u < ${k}u`
  return [
    ...(turns ? ['var filling = 0u;', 'var current = 0u;'] : []),
    '{',
    ...indent(['let next = 0u;', ...read, ...keep]),
    '}',
    barrier,
    loop,
    ...indent([
      ...when(more, [`let next = start + ${depth}u;`, ...read]),
      ...multiply,
      ...(turns ? ['filling = 1u - filling;'] : [barrier]),
      ...when(more, keep),
      barrier,
      ...(turns ? ['current = filling;'] : []),
    ]),
    '}',
  ]
}
