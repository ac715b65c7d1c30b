/** MurmurHash3 of 32 bits (Austin Appleby, public domain): https://github.com/aappleby/smhasher/wiki/MurmurHash3 */

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))
const mixed = (k: number): number => Math.imul(rotate(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593)

/** As an unsigned number. */
export function murmur3(bytes: Uint8Array, seed: number): number {
  let hash = seed | 0
  const whole = bytes.length & ~3
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let i = 0; i < whole; i += 4)
    hash = (Math.imul(rotate(hash ^ mixed(view.getInt32(i, true)), 13), 5) + 0xe6546b64) | 0
  let rest = 0
  for (let i = bytes.length - 1; i >= whole; i--) rest = (rest << 8) | bytes[i]!
  if (bytes.length > whole) hash ^= mixed(rest)
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
