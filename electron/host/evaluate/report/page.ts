/** A run as one page: from what is known of it, nothing is measured here. */
import {
  baselineLabel,
  besideVerdict,
  checksInWords,
  corruptionLabel,
  dropText,
  formatBytes,
  formatCount,
  formatFixed,
  formatMetric,
  formatMetricDifference,
  formatNumber,
  formatSeconds,
  metricOf,
  metricsFor,
  notMeasured,
  plural,
  primaryFor,
  robustnessInWords,
  seriesOf,
  settingsIn,
  taskOf,
  trainLossSeries,
  unseenInWords,
  validationLossSeries,
  measuredOn,
  worstFirst,
  type BesideBaselines,
  type Curves,
  type Dataset,
  type Evaluation,
  type Examined,
  type ModelSummary,
  type Robustness,
  type RunDetail,
  type TrainingReport,
} from '../../../contract/index.ts'
import { lineChart, scatterChart } from './charts.ts'
import { html, Html, named, table } from './html.ts'
import { commandFor, obstacles, recipeId, recipeToRepeat, writtenRecipe } from './reproduce.ts'
import { style } from './style.ts'

interface ReportFacts {
  /** Of the file that the page becomes. */
  readonly fileName: string
  readonly project: string
  readonly run: RunDetail
  /** null: it is not in the workspace any more. */
  readonly dataset: Dataset | null
  /** Why there is no network to tell of stands in its place. */
  readonly network: ModelSummary | string
  readonly curves: Curves
  readonly training: TrainingReport
  readonly evaluation: Evaluation
  readonly beside: BesideBaselines | null
  readonly examined: Examined | null
  readonly robustness: Robustness | null
  /** Milliseconds since the epoch. */
  readonly writtenAt: number
}

const section = (id: string, title: string, ...content: readonly (Html | null)[]): Html =>
  html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section> `
const paragraph = (text: string | null): Html | null => (text === null ? null : html`<p>${text}</p>`)

const mostClasses = 30
const mostColumns = 200
const mostPoints = 500

/** A day by the calendar everywhere. */
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

// ---- the verdict ----

function verdict({ run, evaluation, beside, examined }: ReportFacts): Html {
  const { split, rows, metrics, intervals = {}, looks } = evaluation
  const models = beside?.baselines ?? []
  const primary = primaryFor(run.task).name
  const told = metricsFor(run.task).filter(({ name }) => metrics[name] !== undefined)
  const found = beside && besideVerdict(run.task, beside)
  const rowsOfTable = told.map(({ name, label, higherIsBetter }) => [
    name === primary ? html`<strong>${label}</strong>` : label,
    formatMetric(name, metrics[name]),
    intervals[name]
      ? `${formatMetric(name, intervals[name].low, metrics[name])} to ${formatMetric(name, intervals[name].high, metrics[name])}`
      : '–',
    ...models.map(({ metrics: theirs, differences }) =>
      theirs[name] === undefined
        ? '–'
        : `${formatMetric(name, theirs[name], metrics[name])}${differences[name] ? { better: ' ▲', worse: ' ▼', cannotTell: ' ≈' }[differences[name].verdict] : ''}`,
    ),
    higherIsBetter ? 'higher' : 'lower',
  ])
  return section(
    'verdict',
    'Verdict',
    html`<p>
      ${taskOf(run.task).label}, judged on ${plural(rows, `${split} row`)}.
      ${
        split === 'test'
          ? looks !== undefined && looks > 1
            ? `These rows have been looked at ${plural(looks, 'time')}: the best of them flatters.`
            : 'They were opened for this run alone.'
          : 'The test split is sealed: these rows chose the best epoch, which flatters a little.'
      }
    </p>`,
    paragraph(found?.sentence ?? null),
    table(
      'Metrics',
      [
        { name: 'Metric' },
        { name: 'Network', numeric: true },
        { name: '95 % interval', numeric: true },
        ...models.map(({ name }) => ({ name: baselineLabel(name, run.task), numeric: true })),
        { name: 'Better is' },
      ],
      rowsOfTable,
    ),
    models.length > 0
      ? html`<p class="note">
          ▲ the network is better than the baseline, ▼ it is worse, ≈ these rows cannot tell: by 95 % of the
          draws of a paired bootstrap.
        </p>`
      : null,
    examined && checks(examined),
  )
}

function checks(examined: Examined): Html {
  return html`<h3>Checks</h3>
    <p>${checksInWords(examined)}</p>
    ${
      examined.findings.length > 0
        ? html`<ul>
            ${examined.findings.map(({ severity, message }) => html`<li><strong>${severity}</strong> ${message}</li>`)}
          </ul>`
        : null
    }`
}

// ---- what is right and wrong ----

function confusion({ classification }: Evaluation): Html | null {
  if (classification === null) return null
  const { classes, confusion: counts, perClass } = classification
  const rate = (value: number): string => formatFixed(value, 3)
  const each = table(
    'Per class',
    ['Class', 'Rows', 'Precision', 'Recall', 'F1'].map((name, i) => ({ name, numeric: i > 0 })),
    perClass.map((one) => [
      named(one.class),
      formatCount(one.support),
      rate(one.precision),
      rate(one.recall),
      rate(one.f1),
    ]),
  )
  if (classes.length > mostClasses)
    return html`<p class="note">A matrix of ${formatCount(classes.length)} classes does not fit a page.</p>
      ${each}`
  return html`${table(
    'Confusion matrix: rows of each true class by what is predicted',
    [{ name: 'True class' }, ...classes.map((one) => ({ name: named(one), numeric: true }))],
    counts.map((row, i) => [
      named(classes[i]!),
      ...row.map((count, k) => (i === k ? html`<strong>${formatCount(count)}</strong>` : formatCount(count))),
    ]),
  )}${each}`
}

const labels = ({ labels: each }: Evaluation): Html | null =>
  each &&
  table(
    'Per label',
    ['Label', 'Has it', 'Predicted', 'Precision', 'Recall', 'F1'].map((name, i) => ({
      name,
      numeric: i > 0,
    })),
    each.map((one) => [
      named(one.label),
      formatCount(one.support),
      formatCount(one.predicted),
      ...[one.precision, one.recall, one.f1].map((value) => formatFixed(value, 3)),
    ]),
  )

function numbers({ regression }: Evaluation): Html | null {
  if (regression === null) return null
  return html`${regression.map(({ name, points }) => {
    const step = Math.max(1, Math.ceil(points.length / mostPoints))
    const drawn = points.filter((_, i) => i % step === 0)
    return scatterChart(
      `Predicted against actual ${name}`,
      drawn,
      { x: `Actual ${name}`, y: 'Predicted' },
      `${plural(drawn.length, 'row')}; on the dashed line predictions are perfect.`,
    )
  })}`
}

// ---- robustness ----

function robust(found: Robustness | null): Html | null {
  if (found === null) return null
  const { metric, clean } = found
  const written = metricOf(metric)
  const measured = worstFirst(found)
  const left = notMeasured(found)
  return section(
    'robustness',
    'Robustness',
    paragraph(robustnessInWords(found)),
    paragraph(left === null ? null : `Not measured: ${left}.`),
    paragraph(unseenInWords(found)),
    measured.length === 0
      ? null
      : lineChart(
          `${written?.label ?? metric} where something happens to the rows`,
          measured.map(({ corruption, points }) => ({
            label: corruptionLabel(corruption),
            x: [0, ...points.map(({ severity }) => severity)],
            y: [clean.value, ...points.map(({ value }) => value)],
          })),
          {
            x: { title: 'Severity', low: 0, high: 5, whole: true },
            y: {
              title: written?.label ?? metric,
              ...(written?.format === 'share' && { low: 0, high: 1 }),
              text: (value) => formatMetric(metric, value),
            },
          },
          robustnessInWords(found),
        ),
    table(
      'By severity',
      ['Corruption', '0', '1', '2', '3', '4', '5', 'Mean drop'].map((name, i) => ({ name, numeric: i > 0 })),
      measured.map(({ corruption, points, drop }) => [
        corruptionLabel(corruption),
        formatMetric(metric, clean.value),
        ...points.map(({ value }) => formatMetric(metric, value)),
        drop === null
          ? '–'
          : `${drop.value < 0 ? '−' : ''}${dropText(metric, drop.value)}${drop.verdict === 'cannotTell' ? ' ≈' : ''}`,
      ]),
    ),
  )
}

// ---- the training ----

function training({ run, curves }: ReportFacts): Html {
  const drawn = (names: readonly string[], title: string): Html | null => {
    const lines = names.flatMap((name) => {
      const curve = curves.series[name]
      return curve === undefined ? [] : [{ label: seriesOf(name).label, x: curve.epoch, y: curve.value }]
    })
    if (lines.every(({ x }) => x.length < 2)) return null
    const spoken = lines
      .map(({ label, y }) => `${label} goes from ${formatNumber(y[0])} to ${formatNumber(y.at(-1))}`)
      .join('; ')
    return lineChart(title, lines, { x: { title: 'Epoch', whole: true }, y: { title } }, `${spoken}.`)
  }
  const primary = measuredOn('validation', primaryFor(run.task))
  const best = run.bestEpoch === null ? '' : `, of which the weights of epoch ${run.bestEpoch} were kept`
  return section(
    'training',
    'Training',
    html`<p>
      ${plural(run.epoch, 'epoch')} in ${formatSeconds(run.seconds)} on
      ${run.backend ?? 'an unknown device'}${run.device === null ? '' : ` (${run.device})`}${best}.
    </p>`,
    drawn([trainLossSeries.name, validationLossSeries.name], 'Loss'),
    drawn([primary.name], primary.label),
  )
}

// ---- data, network, recipe ----

function data({ run, dataset }: ReportFacts): Html {
  const { columns, source } = run.recipe.data
  const facts: [string, Html | string][] = [
    ['Source', named(source.path)],
    ['SHA-256 of what was trained on', html`<code>${run.dataSha256}</code>`],
    ...(dataset === null
      ? []
      : ([
          ['File', named(dataset.receipt.fileName)],
          ['SHA-256 of the file', html`<code>${dataset.receipt.sha256}</code>`],
          ['Rows', formatCount(dataset.rows)],
          ['Version', String(dataset.version.number)],
        ] satisfies [string, Html | string][])),
  ]
  const shown = columns.slice(0, mostColumns)
  return section(
    'data',
    'Data',
    html`<dl>
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>`,
    table(
      'Columns',
      [{ name: 'Column' }, { name: 'Kind' }, { name: 'Role' }],
      shown.map(({ name, kind, role }) => [named(name), kind, role]),
    ),
    shown.length < columns.length
      ? paragraph(`${formatCount(columns.length - shown.length)} further columns are in the recipe.`)
      : null,
  )
}

function network({ network: of }: ReportFacts): Html {
  if (typeof of === 'string') return section('network', 'Network', paragraph(of))
  const shape = (sizes: readonly (number | string)[] | null): string =>
    sizes === null ? '–' : sizes.join(' × ')
  return section(
    'network',
    'Network',
    html`<p>
      ${plural(of.parameters, 'parameter')} (${formatBytes(of.bytes)} as float32),
      ${plural(of.multiplyAdds, 'multiply-add')} for one example. Loss: ${of.loss}.
    </p>`,
    table(
      'Layers',
      [{ name: 'Layer' }, { name: 'Type' }, { name: 'Output' }, { name: 'Parameters', numeric: true }],
      of.layers.map(({ name, type, outputShape, parameters }) => [
        named(name),
        type,
        shape(outputShape),
        formatCount(parameters),
      ]),
    ),
  )
}

const settingText = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value))

function recipe({ run, dataset, training: report, fileName }: ReportFacts): Html {
  const { data: _, model, ...rest } = recipeToRepeat(run)
  const { document: __, ...knobs } = model as typeof model & { readonly document?: unknown }
  const settings = settingsIn({ model: knobs, ...rest })
  const why = obstacles(run, dataset, report)
  return html`${section(
    'recipe',
    'Recipe',
    table(
      'Settings',
      [{ name: 'Setting' }, { name: 'Value' }],
      settings.map(({ path, value }) => [named(path.join('.')), settingText(value)]),
    ),
  )}${section(
    'again',
    'Train it again',
    html`<p>
        The recipe is in this file. With the data at their place and Descent ${run.engineVersion}, this line
        gives the same figures${why.length > 0 ? ', but for what stands below' : ''}:
      </p>
      <pre class="command">${commandFor(fileName)}</pre>`,
    why.length > 0
      ? html`<ul>
          ${why.map((one) => html`<li>${one}</li>`)}
        </ul>`
      : null,
    html`<details>
      <summary>The recipe as it is read</summary>
      <pre id="${recipeId}">${new Html(writtenRecipe(recipeToRepeat(run)))}</pre>
    </details>`,
  )}`
}

/** The whole page. It holds no script, and asks for nothing from elsewhere, which its policy would refuse as well. */
export function reportPage(facts: ReportFacts): string {
  const { project, run, evaluation, writtenAt } = facts
  const primary = primaryFor(run.task).name
  const title = `${run.name} – ${project}`
  const figures = evaluation.metrics[primary]
  const base = evaluation.baseline[primary]
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="generator" content="Descent ${run.engineVersion}" />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <p class="over">${named(project)}</p>
            <h1>${named(run.name)}</h1>
            <p class="lead">
              ${metricOf(primary)?.label ?? primary} <strong>${formatMetric(primary, figures)}</strong> on
              ${plural(evaluation.rows, `${evaluation.split} row`)}${
                figures === undefined || base === undefined
                  ? ''
                  : `, ${formatMetricDifference(primary, figures, base)} beside a constant answer (${evaluation.baselineName})`
              }.
            </p>
            <p class="note">Written on ${dayOf(writtenAt)} by Descent ${run.engineVersion}.</p>
          </header>
          ${verdict(facts)}${section('answers', 'Right and wrong', confusion(evaluation), labels(evaluation), numbers(evaluation))}${robust(facts.robustness)}${training(facts)}${data(facts)}${network(facts)}${recipe(facts)}
        </main>
      </body>
    </html> `.text
}
