/** What a backend has found out about the machine and would rather not find out again. */

/** Some text that outlives the process. Neither may throw: without a store everything works, only slower. */
export interface TextStore {
  load(): Promise<string | null>
  /** Replaces the text by `change` of what is there now, as one step as far as others are concerned. */
  update(change: (text: string | null) => string): Promise<void>
}

/** The store of this name. */
export type Stores = (name: string) => TextStore
