/** The order of runs: the host's, which is that of their making and does not go by a clock that may go backwards. */

/**
 * Ids newest first. `listed` is what the host answered, `known` what was there when it was asked, `now` what is there
 * since: what events brought meanwhile is newer than all that was listed.
 */
export function orderRuns(
  listed: readonly string[],
  known: ReadonlySet<string>,
  now: readonly string[],
): string[] {
  const present = new Set(listed)
  return [...now.filter((id) => !known.has(id) && !present.has(id)), ...listed]
}
