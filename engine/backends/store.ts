/** What a backend has found out about the machine and would rather not find out again. */

/** Some text that outlives the process. Neither may throw: without a store everything works, only slower. */
export interface TextStore {
  load(): Promise<string | null>
  /** Replaces the text by `change` of what is there now, as one step as far as others are concerned. */
  update(change: (text: string | null) => string): Promise<void>
}

/** What a store's text says, where it is the JSON of a record; an empty one where there is none, or it is damaged. */
export function readRecord(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text ?? '{}')
    return isRecord(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The store of this name. */
export type Stores = (name: string) => TextStore
