/** What a monitor reads: counts and times since the start, in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/). */

/** Upper ends in seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

interface Seen {
  readonly counts: number[]
  sum: number
  count: number
}

export interface DriftOfColumn {
  readonly column: string
  readonly distance: number
  /** It is beyond chance, and worth a word. */
  readonly isDrift: boolean
}

/** As a label's value, whatever the data call a column. */
const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

const driftLines = ({
  rows,
  columns,
}: {
  readonly rows: number
  readonly columns: readonly DriftOfColumn[]
}): string[] => [
  '# HELP descent_drift_rows The last rows that came in, which are held against those of the training.',
  '# TYPE descent_drift_rows gauge',
  `descent_drift_rows ${rows}`,
  '# HELP descent_input_drift How far a column of these rows is from the training: Kolmogorov–Smirnov D or Cramér’s V, 0 to 1.',
  '# TYPE descent_input_drift gauge',
  ...columns.map(({ column, distance }) => `descent_input_drift{column=${quoted(column)}} ${distance}`),
  '# HELP descent_input_drifts 1 where that is beyond chance and far enough to look into.',
  '# TYPE descent_input_drifts gauge',
  ...columns.map(
    ({ column, isDrift }) => `descent_input_drifts{column=${quoted(column)}} ${Number(isDrift)}`,
  ),
]

export class Metrics {
  readonly #requests = new Map<string, number>()
  readonly #times: Seen = { counts: buckets.map(() => 0), sum: 0, count: 0 }

  /** `route`: of those there are, not what a client wrote. */
  request(route: string, status: number, seconds: number): void {
    const labels = `route="${route}",status="${status}"`
    this.#requests.set(labels, (this.#requests.get(labels) ?? 0) + 1)
    if (route !== 'predict' && route !== 'infer') return
    const times = this.#times
    times.sum += seconds
    times.count++
    buckets.forEach((end, i) => {
      if (seconds <= end) times.counts[i]!++
    })
  }

  /** `drift`: how far columns that come in are from those of the training; null: nobody can tell. */
  text(
    { passes, rows }: { readonly passes: number; readonly rows: number },
    drift: { readonly rows: number; readonly columns: readonly DriftOfColumn[] } | null,
  ): string {
    const { counts, sum, count } = this.#times
    return [
      '# HELP descent_requests_total Requests that were answered.',
      '# TYPE descent_requests_total counter',
      ...[...this.#requests].map(([labels, n]) => `descent_requests_total{${labels}} ${n}`),
      '# HELP descent_prediction_seconds From the first byte of a request for predictions to the last of its answer.',
      '# TYPE descent_prediction_seconds histogram',
      ...buckets.map((end, i) => `descent_prediction_seconds_bucket{le="${end}"} ${counts[i]}`),
      `descent_prediction_seconds_bucket{le="+Inf"} ${count}`,
      `descent_prediction_seconds_sum ${sum}`,
      `descent_prediction_seconds_count ${count}`,
      '# HELP descent_predicted_rows_total Rows that went through the network.',
      '# TYPE descent_predicted_rows_total counter',
      `descent_predicted_rows_total ${rows}`,
      '# HELP descent_passes_total Passes through the network; requests that come together share one.',
      '# TYPE descent_passes_total counter',
      `descent_passes_total ${passes}`,
      '# HELP process_resident_memory_bytes Memory of the process.',
      '# TYPE process_resident_memory_bytes gauge',
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      ...(drift === null ? [] : driftLines(drift)),
      '',
    ].join('\n')
  }
}
