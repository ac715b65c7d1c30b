/** What a search found, as settings of a recipe. */
import { changesOf, mainChanges, settingOf, type Recipe } from '../../contract/index.ts'
import { applyOverrides } from '../recipes/overrides.ts'

/** What sets the tried recipe apart from the one that the search began with, as `--set` has it. */
export const settingsOf = (begun: Recipe, tried: Recipe, searched: readonly string[]): string[] =>
  mainChanges(changesOf(begun, tried))
    // Seeds were only what luck was told by.
    .filter(({ path }) => path.join('.') !== 'seed' || searched.includes('seed'))
    .map((change) => settingOf(change, tried))

/** The same, put into today's recipe. */
export const withSettingsOf = (
  now: Recipe,
  begun: Recipe,
  tried: Recipe,
  searched: readonly string[],
): Recipe => applyOverrides(now, settingsOf(begun, tried, searched), 'these settings')
