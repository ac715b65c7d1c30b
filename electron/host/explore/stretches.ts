/**
 * One row of each stretch of so many, at a place drawn for it: rows of every stretch stand for the table, and no pattern that
 * returns with the length of a stretch can hide. Drawn by the number of the stretch, so that the same rows are taken each time,
 * by SQL and here alike: every product stays below 2 ** 53.
 */
const modulus = 2 ** 31 - 1

const drawn = (stretch: number): number => {
  const first = ((stretch + 1) * 16_807) % modulus
  const second = ((first ^ (first >> 16)) * 48_271) % modulus
  return ((second ^ (second >> 15)) * 69_621) % modulus
}

export const stretchesIn = (rows: number, stride: number): number => Math.ceil(rows / stride)

/** Where the row is that is taken of a stretch. */
export const placeIn = (stretch: number, stride: number, rows: number): number =>
  stretch * stride + (drawn(stretch) % Math.min(stride, rows - stretch * stride))

/** SQL: whether the row at a position, counted from 0, is taken. */
export function isTakenSql(position: string, stride: number, rows: number): string {
  const stretch = `(${position} // ${stride})`
  const first = `((${stretch} + 1) * 16807 % ${modulus})`
  const second = `(xor(${first}, ${first} >> 16) * 48271 % ${modulus})`
  const last = `(xor(${second}, ${second} >> 15) * 69621 % ${modulus})`
  return `${position} % ${stride} = ${last} % least(${stride}, ${rows} - ${stretch} * ${stride})`
}

/** Of so many rows in memory, one of each stretch. */
export const someOf = (rows: number, stride: number): number[] =>
  Array.from({ length: stretchesIn(rows, stride) }, (_, i) => placeIn(i, stride, rows))
