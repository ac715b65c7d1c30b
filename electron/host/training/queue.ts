/** The order in which runs wait. Those that yield stand behind the others, until a person moves one. */

interface Entry {
  readonly id: string
  readonly yields: boolean
  /** A person put it further to the front than it had come: nobody who comes later goes before it. */
  readonly moved: boolean
}

export class Queue {
  #entries: Entry[] = []

  get ids(): readonly string[] {
    return this.#entries.map(({ id }) => id)
  }

  /** How many wait that do not yield. */
  get ahead(): number {
    return this.#entries.filter(({ yields }) => !yields).length
  }

  /** Behind those of its sort, or before them. */
  add(id: string, yields: boolean, where: 'first' | 'last' = 'last'): void {
    const boundary = this.#entries.findLastIndex((entry) => !entry.yields || entry.moved) + 1
    const places = { first: yields ? boundary : 0, last: yields ? this.#entries.length : boundary }
    this.#entries.splice(places[where], 0, { id, yields, moved: false })
  }

  take(): string | undefined {
    return this.#entries.shift()?.id
  }

  /** A person's word counts more than what sort it is of. False: it does not wait. */
  move(id: string, to: 'first' | 'up' | 'down'): boolean {
    const from = this.#entries.findIndex((entry) => entry.id === id)
    if (from < 0) return false
    const [entry] = this.#entries.splice(from, 1)
    const places = { first: 0, up: Math.max(0, from - 1), down: Math.min(this.#entries.length, from + 1) }
    this.#entries.splice(places[to], 0, { ...entry!, moved: to !== 'down' })
    return true
  }

  remove(id: string): void {
    this.#entries = this.#entries.filter((entry) => entry.id !== id)
  }

  clear(): void {
    this.#entries = []
  }
}
