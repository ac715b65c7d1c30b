/** Runs as folders of event files, which TensorBoard lists by their names. */
import { isStepwise, type Metrics } from '../../../contract/index.ts'
import { eventFile, type ScalarEvent } from './event-file.ts'
import { folderNames, requireFew, type ExportedRuns } from './each-run.ts'

/** Settings as a table of Markdown. */
function asTable(settings: Readonly<Record<string, string | number>>): string {
  const cell = (value: string | number) => String(value).replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
  const rows = Object.entries(settings).map(([path, value]) => `| ${cell(path)} | ${cell(value)} |`)
  return ['| Setting | Value |', '| --- | --- |', ...rows].join('\n')
}

const orNothing = <E extends { readonly values: Metrics }>(event: E): E[] =>
  Object.keys(event.values).length === 0 ? [] : [event]

export async function* tensorboardFiles(
  runs: ExportedRuns,
  step: 'epoch' | 'batch',
): AsyncGenerator<readonly [name: string, content: Uint8Array]> {
  requireFew(runs)
  const nameOf = folderNames()
  for await (const run of runs.each()) {
    const started = (run.startedAt ?? run.createdAt) / 1000
    const points = runs.points(run, 'steps')
    const events = points.flatMap((point): ScalarEvent[] => {
      const time = started + point.seconds
      const among = (within: boolean): Metrics =>
        Object.fromEntries(Object.entries(point.values).filter(([name]) => isStepwise(name) === within))
      // What was recorded within epochs would stand there many times over the same one.
      return [
        ...orNothing({ time, step: point.step, values: among(true) }),
        ...orNothing({ time, step: step === 'epoch' ? point.epoch : point.step, values: among(false) }),
      ]
    })
    const recorded = new Set(points.flatMap(({ values }) => Object.keys(values)))
    // What was measured once, at the end: on the test split.
    const once = Object.entries(run.metrics).filter(([name]) => !recorded.has(name))
    const last = step === 'epoch' ? (run.bestEpoch ?? run.epoch) : (points.at(-1)?.step ?? 0)
    if (once.length > 0)
      events.push({ time: started + run.seconds, step: last, values: Object.fromEntries(once) })
    const texts = {
      settings: asTable(run.settings),
      ...(run.note !== '' && { note: run.note }),
    }
    const stamp = String(Math.floor(started)).padStart(10, '0')
    yield [`${nameOf(run)}/events.out.tfevents.${stamp}.descent`, eventFile(started, events, texts)]
  }
}
