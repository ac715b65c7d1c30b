/** What an experienced eye would point out in data: decisions over its statistics, nothing else. */
import { alerts, definitionOf, type Finding } from '../../../contract/index.ts'
import { findAll, findEach, type Rules } from '../findings.ts'
import { categoryAlerts } from './categories.ts'
import { classAlerts } from './classes.ts'
import { columnAlerts } from './columns.ts'
import type { Evidence } from './evidence.ts'
import { imageAlerts } from './images.ts'
import { numberAlerts } from './numbers.ts'
import { pairAlerts } from './pairs.ts'
import { sensitiveAlerts } from './sensitive.ts'
import { tableAlerts } from './table.ts'
import { textAlerts } from './texts.ts'

export type { Evidence } from './evidence.ts'

const rules = {
  ...tableAlerts,
  ...classAlerts,
  ...pairAlerts,
  ...columnAlerts,
  ...numberAlerts,
  ...categoryAlerts,
  ...sensitiveAlerts,
  ...imageAlerts,
  ...textAlerts,
} satisfies Rules<typeof alerts, Evidence>

/** Most serious first. */
export const findAlerts = (evidence: Evidence): Finding[] =>
  findAll(alerts, rules, evidence).filter(
    (finding) => evidence.part !== true || definitionOf(finding)?.ofEveryRow !== true,
  )

/** One by one, however many there are of a sort. */
export const findEachAlert = (evidence: Evidence): Finding[] => findEach(alerts, rules, evidence)
