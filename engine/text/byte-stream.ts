/** Bytes that come in pieces, taken by lines and by counts. */
export class ByteStream {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Uint8Array = new Uint8Array(0)
  #at = 0
  #isDone = false
  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** How many are held and not taken. */
  get #left(): number {
    return this.#held.length - this.#at
  }

  async #more(): Promise<boolean> {
    if (this.#isDone) return false
    const { value, done } = await this.#source.next()
    if (done) {
      this.#isDone = true
      return false
    }
    const joined = new Uint8Array(this.#left + value.length)
    joined.set(this.#held.subarray(this.#at))
    joined.set(value, this.#left)
    this.#held = joined
    this.#at = 0
    return true
  }

  /** Up to so many that come next, without taking them. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.#left < count && (await this.#more()));
    return this.#held.subarray(this.#at, this.#at + count)
  }

  /** Undefined where there are not so many. What is given is good until more is taken. */
  async take(count: number): Promise<Uint8Array | undefined> {
    const bytes = await this.peek(count)
    if (bytes.length < count) return undefined
    this.#at += count
    return bytes
  }

  /**
   * What comes before a byte, which is taken, too; without it where the end comes first and `orEnd` says so, and 'too long'
   * where it does not come within `most`. Undefined at the end.
   */
  async until(byte: number, most: number, orEnd: boolean): Promise<Uint8Array | 'too long' | undefined> {
    for (let seen = 0; ;) {
      const found = this.#held.indexOf(byte, this.#at + seen)
      if (found >= 0) {
        const bytes = this.#held.subarray(this.#at, found)
        this.#at = found + 1
        return bytes.length > most ? 'too long' : bytes
      }
      seen = this.#left
      if (seen > most) return 'too long'
      if (await this.#more()) continue
      return orEnd && seen > 0 ? await this.take(seen) : undefined
    }
  }

  /** Takes the next byte where it is this one. */
  async skip(byte: number): Promise<void> {
    const [next] = await this.peek(1)
    if (next === byte) this.#at++
  }

  /** The source need not give any more. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }
}
