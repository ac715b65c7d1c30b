/** Parts of a `tokenizer.json`, read strictly: what is not understood is refused by its place and name, never passed over. */
import { wordExpression } from './expression.ts'

export class TokenizerRecord {
  readonly path: string
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #read = new Set<string>()

  constructor(value: unknown, path: string) {
    this.path = path
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new TypeError(`tokenizer.json: ${path || 'the file'} must be an object.`)
    this.#fields = value as Record<string, unknown>
  }

  /** Where a field stands. */
  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`
  }

  refuse(name: string, wanted: string): never {
    throw new TypeError(`tokenizer.json: ${this.at(name)} must be ${wanted}.`)
  }

  /** Null and nothing are the same. */
  value(name: string): unknown {
    this.#read.add(name)
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined
  }

  #of<T>(name: string, wanted: string, is: (value: unknown) => value is T, start: T | undefined): T {
    const value = this.value(name) ?? start
    return is(value) ? value : this.refuse(name, wanted)
  }

  string(name: string, start?: string): string {
    return this.#of(name, 'a string', (value) => typeof value === 'string', start)
  }

  flag(name: string, start?: boolean): boolean {
    return this.#of(name, 'true or false', (value) => typeof value === 'boolean', start)
  }

  /** From 0 on. */
  whole(name: string, start?: number): number {
    const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
    return this.#of(name, 'a whole number from 0 on', isWhole, start)
  }

  list(name: string, start?: readonly unknown[]): readonly unknown[] {
    return this.#of<readonly unknown[]>(name, 'a list', (value) => Array.isArray(value), start)
  }

  choice<T extends string>(name: string, choices: readonly T[], start?: T): T {
    const isChoice = (value: unknown): value is T => (choices as readonly unknown[]).includes(value)
    return this.#of(name, `one of ${choices.join(', ')}`, isChoice, start)
  }

  record(name: string): TokenizerRecord {
    return new TokenizerRecord(this.value(name), this.at(name))
  }

  records(name: string): TokenizerRecord[] {
    return this.list(name).map((value, i) => new TokenizerRecord(value, `${this.at(name)}[${i}]`))
  }

  /** Undefined where there is none. */
  optional(name: string): TokenizerRecord | undefined {
    return this.value(name) === undefined ? undefined : this.record(name)
  }

  entries(name: string): [string, unknown][] {
    return Object.entries(this.record(name).#fields)
  }

  /** A string or an expression, as `{"String": …}` or `{"Regex": …}`. */
  pattern(name: string): RegExp {
    const value = this.value(name)
    if (typeof value === 'string') return wordExpression(value)
    const pattern = this.record(name)
    const text = pattern.value('String')
    if (typeof text === 'string') {
      pattern.finish()
      return wordExpression(text)
    }
    const source = pattern.string('Regex')
    pattern.finish()
    try {
      return wordExpression(source, true)
    } catch (error) {
      throw new TypeError(
        `tokenizer.json: ${pattern.at('Regex')} is an expression that is not understood here: ${source} (${(error as Error).message}).`,
      )
    }
  }

  /** What this is, by its `type`, through a table of those that are known. */
  made<T>(table: Readonly<Record<string, (record: TokenizerRecord) => T>>, what: string): T {
    const type = this.string('type')
    const make = Object.hasOwn(table, type) ? table[type] : undefined
    if (!make)
      throw new TypeError(
        `tokenizer.json: ${this.path} is a ${what} of a kind that is not read here: ${type}. Those that are: ${Object.keys(table).join(', ')}.`,
      )
    const made = make(this)
    this.finish()
    return made
  }

  /** Errors: TypeError on a field that nobody read, because it would be a setting that is not obeyed. */
  finish(): void {
    const unread = Object.keys(this.#fields).find(
      (name) => !this.#read.has(name) && this.#fields[name] != null,
    )
    if (unread !== undefined)
      throw new TypeError(`tokenizer.json: ${this.at(unread)} is a setting that is not known here.`)
  }
}
