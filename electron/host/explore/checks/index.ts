/** What to know before a training: decisions over prepared data and its recipe. */
import { changesOf, checks, withFix, type Finding } from '../../../contract/index.ts'
import { findAll, type Rules } from '../findings.ts'
import type { CheckEvidence } from './evidence.ts'
import { featureChecks } from './features.ts'
import { splitChecks } from './splits.ts'
import { wordChecks } from './words.ts'

export type { CheckEvidence } from './evidence.ts'

const rules = { ...splitChecks, ...featureChecks, ...wordChecks } satisfies Rules<
  typeof checks,
  CheckEvidence
>

/** Most serious first; without fixes that the recipe has already. */
export function findChecks(evidence: CheckEvidence): Finding[] {
  const { recipe } = evidence
  return findAll(checks, rules, evidence).map((finding) => ({
    ...finding,
    fixes: finding.fixes.filter((fix) => changesOf(recipe, withFix(recipe, fix)).length > 0),
  }))
}
