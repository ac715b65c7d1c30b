/** Runs as folders of event files, which TensorBoard lists by their names. */
import type { Files } from '../../deploy/owned-folder.ts'
import { eventFile } from './event-file.ts'
import { folderNames, requireFew, type ExportedRuns } from './each-run.ts'

/** Settings as a table of Markdown. */
function asTable(settings: Readonly<Record<string, string | number>>): string {
  const cell = (value: string | number) => String(value).replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
  const rows = Object.entries(settings).map(([path, value]) => `| ${cell(path)} | ${cell(value)} |`)
  return ['| Setting | Value |', '| --- | --- |', ...rows].join('\n')
}

export async function tensorboardFiles(runs: ExportedRuns, step: 'epoch' | 'batch'): Promise<Files> {
  requireFew(runs)
  const nameOf = folderNames()
  const files: Record<string, Uint8Array> = {}
  for await (const run of runs.each()) {
    const started = (run.startedAt ?? run.createdAt) / 1000
    const events = runs.points(run).map((point) => ({
      time: started + point.seconds,
      step: step === 'epoch' ? point.epoch : point.step,
      values: point.values,
    }))
    // What was measured once, at the end: on the test split.
    const once = Object.entries(run.metrics).filter(([name]) => !events.some(({ values }) => name in values))
    const last = step === 'epoch' ? (run.bestEpoch ?? run.epoch) : (events.at(-1)?.step ?? 0)
    if (once.length > 0)
      events.push({ time: started + run.seconds, step: last, values: Object.fromEntries(once) })
    const texts = {
      settings: asTable(run.settings),
      ...(run.note !== '' && { note: run.note }),
    }
    const stamp = String(Math.floor(started)).padStart(10, '0')
    files[`${nameOf(run)}/events.out.tfevents.${stamp}.descent`] = eventFile(started, events, texts)
  }
  return files
}
