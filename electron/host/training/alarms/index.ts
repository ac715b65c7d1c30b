/** What to know of a training, while it runs and after: decisions over its curves, stored or in memory alike. */
import { alarms, type Finding } from '../../../contract/index.ts'
import { findAll, withOpenFixes, type Rules } from '../../explore/findings.ts'
import type { AlarmEvidence } from './evidence.ts'
import { trainingLossAlarms } from './training-loss.ts'
import { validationLossAlarms } from './validation-loss.ts'

export { alarmSeries, linesOfCurves, linesOfPoints, type AlarmEvidence, type End } from './evidence.ts'

const rules = { ...trainingLossAlarms, ...validationLossAlarms } satisfies Rules<typeof alarms, AlarmEvidence>

/** Most serious first; without fixes that the training had already. */
export const findAlarms = (evidence: AlarmEvidence): Finding[] =>
  withOpenFixes(findAll(alarms, rules, evidence), evidence.recipe)
