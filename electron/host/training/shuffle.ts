/** The order in which an epoch visits its rows: a function of (seed, epoch), never of how the run got there. */

/** splitmix32: turns structured seeds (0, 1, 2 …) into unrelated ones. https://github.com/bryc/code/blob/master/jshash/PRNGs.md */
function splitmix32(seed: number): () => number {
  let a = seed | 0
  return () => {
    a = (a + 0x9e3779b9) | 0
    let t = a ^ (a >>> 16)
    t = Math.imul(t, 0x21f0aaad)
    t ^= t >>> 15
    t = Math.imul(t, 0x735a2d97)
    return (t ^ (t >>> 15)) >>> 0
  }
}

/** sfc32 (PractRand): 128 bits of state, ample for shuffling millions of rows. */
function sfc32(a: number, b: number, c: number, counter: number): () => number {
  return () => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
}

/** A permutation of 0…rows−1 by Fisher–Yates. Seeds may be any non-negative safe integer. */
export function permutation(rows: number, seed: number, epoch: number): Int32Array<ArrayBuffer> {
  const low = splitmix32(seed)
  const high = splitmix32(Math.floor(seed / 2 ** 32))
  const turn = splitmix32(epoch)
  const next = sfc32(low(), high() ^ turn(), low() ^ turn(), turn())
  for (let warmUp = 0; warmUp < 12; warmUp++) next()
  const order = Int32Array.from({ length: rows }, (_, row) => row)
  for (let last = rows - 1; last > 0; last--) {
    // Multiply-shift instead of modulo: the bias is below rows / 2³².
    const pick = Math.floor((next() / 2 ** 32) * (last + 1))
    const moved = order[last] ?? 0
    order[last] = order[pick] ?? 0
    order[pick] = moved
  }
  return order
}
