/** What to know of a training, while it runs and after: decisions over its curves, stored or in memory alike. */
import { alarms, type Finding } from '../../../contract/index.ts'
import { findAll, withOpenFixes, type Rules } from '../../explore/findings.ts'
import { dataAlarms } from './data.ts'
import { stepsBefore, type AlarmEvidence } from './evidence.ts'
import { stepAlarms } from './steps.ts'
import { trainingLossAlarms } from './training-loss.ts'
import { validationLossAlarms } from './validation-loss.ts'

export {
  alarmSeries,
  linesOfCurves,
  linesOfPoints,
  stepLinesOfCurves,
  stepLinesOfPoints,
  type AlarmEvidence,
  type End,
} from './evidence.ts'

const rules = {
  ...trainingLossAlarms,
  ...validationLossAlarms,
  ...stepAlarms,
  ...dataAlarms,
} satisfies Rules<typeof alarms, AlarmEvidence>

/** Most serious first; without fixes that the training had already. */
export const findAlarms = (evidence: AlarmEvidence): Finding[] =>
  withOpenFixes(findAll(alarms, rules, whileFinite(evidence)), evidence.recipe)

/** From the step on that broke it there is nothing to be told of layers. */
function whileFinite(evidence: AlarmEvidence): AlarmEvidence {
  const broken = evidence.report.notFinite?.step
  return broken === undefined ? evidence : { ...evidence, steps: stepsBefore(evidence.steps, broken) }
}
