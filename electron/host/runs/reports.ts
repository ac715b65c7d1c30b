/** SQL of what was found out about runs beside their curves. */
import { trainingReportSchema, type TrainingReport } from '../../contract/index.ts'
import { parseStored, type Store } from '../store/index.ts'

/** Parts that are there already are found anew. */
export function putReport(store: Store, runId: string, report: TrainingReport): void {
  const put = store.db.prepare('INSERT OR REPLACE INTO run_reports (run_id, part, result) VALUES (?, ?, ?)')
  store.write(() => {
    for (const [part, result] of Object.entries(report)) put.run(runId, part, JSON.stringify(result))
  })
}

/** A part that cannot be read any more is as good as none. */
export function reportOf(store: Store, runId: string): TrainingReport {
  const rows = store.db
    .prepare<[string], { part: string; result: string }>(
      'SELECT part, result FROM run_reports WHERE run_id = ? ORDER BY part',
    )
    .all(runId)
  return Object.assign(
    {},
    ...rows.map(
      ({ part, result }) => parseStored(trainingReportSchema, `{${JSON.stringify(part)}:${result}}`) ?? {},
    ),
  ) as TrainingReport
}
