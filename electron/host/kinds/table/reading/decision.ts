/** What the reader decided about a file, and why: shown to people, who may decide otherwise. */
export interface Decision<Value> {
  readonly value: Value
  /** A sentence; null where it goes without saying. */
  readonly evidence: string | null
  /** A person decided it. */
  readonly given?: boolean
}

export const decided = <Value>(value: Value, evidence: string | null = null): Decision<Value> => ({
  value,
  evidence,
})
export const given = <Value>(value: Value): Decision<Value> => ({ value, evidence: null, given: true })
