/** What to know before a training: decisions over prepared data and its recipe. */
import { checks, type Finding } from '../../../contract/index.ts'
import { findAll, withOpenFixes, type Rules } from '../findings.ts'
import type { CheckEvidence } from './evidence.ts'
import { featureChecks } from './features.ts'
import { pictureChecks } from './pictures.ts'
import { splitChecks } from './splits.ts'
import { wordChecks } from './words.ts'

export type { CheckEvidence } from './evidence.ts'

const rules = { ...splitChecks, ...featureChecks, ...pictureChecks, ...wordChecks } satisfies Rules<
  typeof checks,
  CheckEvidence
>

/** Most serious first; without fixes that the recipe has already. */
export const findChecks = (evidence: CheckEvidence): Finding[] =>
  withOpenFixes(findAll(checks, rules, evidence), evidence.recipe)
