/** How fast a training goes, and how long it will take: from its last seconds, so that compiling does not count for long. */

/** What is looked back on, in seconds. */
const span = 3

interface Moment {
  readonly seconds: number
  readonly examples: number
}

export class Speedometer {
  #moments: Moment[] = []
  #validations = { count: 0, seconds: 0 }

  /** So many examples have been trained by then, of all epochs; pauses and validations are to be left out of `seconds`. */
  note(seconds: number, examples: number): void {
    this.#moments.push({ seconds, examples })
    const from = this.#moments.findLastIndex((one) => one.seconds <= seconds - span)
    if (from > 0) this.#moments.splice(0, from)
  }

  noteValidation(seconds: number): void {
    const { count, seconds: before } = this.#validations
    this.#validations = { count: count + 1, seconds: before + seconds }
  }

  /** Examples a second; null: there is nothing to tell it from yet. */
  get throughput(): number | null {
    const [first] = this.#moments
    const last = this.#moments.at(-1)
    if (first === undefined || last === undefined || last.seconds <= first.seconds) return null
    return (last.examples - first.examples) / (last.seconds - first.seconds)
  }

  /** Seconds for so many examples and validations; null as above. */
  timeFor(examples: number, validations: number): number | null {
    const { throughput } = this
    if (throughput === null || throughput === 0) return null
    const { count, seconds } = this.#validations
    return examples / throughput + (count === 0 ? 0 : (validations * seconds) / count)
  }
}
