/** The model card: README.md with the YAML front matter that model hubs read. */
import {
  baselineLabel,
  besideVerdict,
  formatNumber,
  formatPercent,
  limitsTime,
  memberOf,
  metricOf,
  midCase,
  outputRangeText,
  splitOf,
  taskOf,
  outsideText,
  temperatureText,
  networks,
  primaryFor,
  valueText,
  versionName,
  type DataKind,
  type MetricInterval,
  type Metrics,
  type OptionValues,
} from '../../contract/index.ts'
import { levelOf, toldCoverage } from '../evaluate/uncertainty.ts'
import type { InputSpec } from '../model/input.ts'
import { inputsOf } from '../prepare/preparation.ts'
import { functionsOfTask } from '../tasks/index.ts'
import { budgetOf, budgetVerdict } from './latency/budget.ts'
import { shapeLines } from './shape.ts'
import type { ModelDocument } from './document.ts'
import { escaped, limitLines } from './limits.ts'

/** As model hubs name them. */
const modalities: Record<DataKind, string> = { table: 'tabular', images: 'image', text: 'text' }
const formats: Record<DataKind, string> = { table: 'csv', images: 'idx', text: 'text' }
const rowNames: Record<DataKind, string> = { table: 'rows', images: 'images', text: 'texts' }
const examples: Record<DataKind, string> = {
  table: 'data.csv',
  images: 'images-idx3-ubyte.gz',
  text: 'texts.txt',
}

/** JSON strings are YAML strings, whatever they contain. */
const yaml = (value: string | number): string => JSON.stringify(value)

const named = (metrics: Metrics): [string, string, number][] =>
  Object.entries(metrics).map(([key, value]) => [key, metricOf(key)?.label ?? key, value])

function frontMatter({ name, task, architecture, provenance }: ModelDocument): string[] {
  const type = `${modalities[provenance.recipe.kind]}-${taskOf(task).hub}`
  const lines = [
    '---',
    'language: en',
    'license: other',
    'library_name: descent',
    `pipeline_tag: ${type}`,
    'tags:',
    `  - ${type}`,
    `  - ${architecture.model.template}`,
    'datasets:',
    `  - ${yaml(provenance.dataFile)}`,
  ]
  const metrics = provenance.test === null ? [] : named(provenance.test)
  if (metrics.length > 0) {
    lines.push('metrics:', ...metrics.map(([key]) => `  - ${key}`))
    lines.push(
      'model-index:',
      `  - name: ${yaml(name)}`,
      '    results:',
      '      - task:',
      `          type: ${type}`,
      '        dataset:',
      `          name: ${yaml(provenance.dataFile)}`,
      `          type: ${formats[provenance.recipe.kind]}`,
      '          split: test',
      '        metrics:',
      ...metrics.flatMap(([key, label, value]) => [
        `          - type: ${key}`,
        `            name: ${yaml(label)}`,
        `            value: ${yaml(value)}`,
      ]),
    )
  }
  return [...lines, '---']
}

/** A cell of a Markdown table. */
export const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** What a tensor asks of the data. */
function tensorLines(input: InputSpec): string[] {
  switch (input.kind) {
    case 'numbers':
    case 'codes':
      return []
    case 'pixels': {
      const { channels, height, width, mean, std } = input
      const listed = (values: readonly number[]) => values.map((value) => value.toPrecision(4)).join(', ')
      return [
        `Images of ${height} × ${width} pixels with ${channels} ${channels === 1 ? 'channel' : 'channels'}, a byte per pixel, as an IDX file.`,
        `Each pixel is divided by 255, less ${listed(mean)}, divided by ${listed(std)}: mean and standard deviation of the training split.`,
      ]
    }
    case 'tokens':
      return [
        `Text, one example a line, of which the first ${input.length} words count.`,
        `${input.vocabulary} words are known; all others are read as one unknown word.`,
      ]
  }
}

function inputLines({ preparation, inputs, provenance }: ModelDocument): string[] {
  const columns = [
    '| column | kind |',
    '| --- | --- |',
    ...inputs.map((input) => `| ${cell(input.name)} | ${input.kind} |`),
    '',
    'Missing values are allowed in every column; they are imputed as they were in training.',
  ]
  return [
    ...(provenance.recipe.kind === 'table' ? columns : []),
    ...inputsOf(preparation).flatMap(tensorLines),
  ]
}

function networkSentence({ architecture }: ModelDocument): string {
  const { model, inputs, outputs } = architecture
  const { label, source, options } = memberOf(networks, model.template)
  const settings = Object.entries(options).map(
    ([key, option]) => `${option.label.toLowerCase()} ${valueText(option, (model as OptionValues)[key])}`,
  )
  const from = source === undefined ? '' : ` (${source})`
  return [
    `${label}${from} from ${inputs} inputs to ${outputs} ${outputs === 1 ? 'output' : 'outputs'}`,
    ...settings,
  ].join(', ')
}

const intervalText = (interval: MetricInterval | undefined): string =>
  interval === undefined ? '' : `${interval.low.toPrecision(4)} to ${interval.high.toPrecision(4)}`

/** What stands beside it on the same test rows, and what may be said of it. */
function besideLines({ task, provenance: { beside } }: ModelDocument): string[] {
  if (beside === undefined || beside.baselines.length === 0) return []
  const { name: metric, label } = primaryFor(task)
  const said = besideVerdict(task, beside)
  return [
    '',
    'Beside ordinary models that learned from the same rows:',
    '',
    `| baseline | ${label} | the network beside it |`,
    '| --- | --- | --- |',
    ...beside.baselines.map((one) => {
      const found = one.differences[metric]
      const verdict =
        found === undefined
          ? ''
          : { better: 'better', worse: 'worse', cannotTell: 'cannot tell' }[found.verdict]
      return `| ${baselineLabel(one.name, task)} | ${one.metrics[metric]?.toPrecision(4) ?? ''} | ${verdict} |`
    }),
    ...(said === null ? [] : ['', said.sentence]),
  ]
}

function uncertaintyLines({ uncertainty }: ModelDocument): string[] {
  const level = uncertainty && levelOf(uncertainty, toldCoverage)
  if (!level || level.measured === null) return []
  return [
    '',
    `\`descent predict --coverage ${toldCoverage}\` says between which values, or among which classes, the truth is to be in ${formatPercent(toldCoverage, 0)} of rows: on the test split it was in ${formatPercent(level.measured)}.`,
  ]
}

/** How many checks are passed, and what those say that are not. */
function checkLines({ provenance: { checks } }: ModelDocument): string[] {
  if (checks === undefined) return []
  const failed = new Set(checks.found.map(({ name }) => name)).size
  const rows = `${checks.made.length} checks of the network on the ${checks.split} rows`
  return [
    '## Checks',
    '',
    failed === 0
      ? `All ${rows} are passed.`
      : `${failed} of ${rows} ${failed === 1 ? 'is' : 'are'} not passed:`,
    '',
    ...checks.found.map(({ severity, message }) => `- ${severity}: ${escaped(message)}`),
    ...(checks.found.length > 0 ? [''] : []),
  ]
}
/** What is done with the network's outputs. */
function outputLines({ preparation: { target } }: ModelDocument): string[] {
  const texts =
    target.kind === 'classes'
      ? [
          ...(target.temperature === undefined ? [] : [temperatureText(target.temperature)]),
          ...(target.outside === undefined
            ? []
            : [outsideText(target.classes[target.outside.class] ?? '', target.outside)]),
        ]
      : target.kind === 'numbers'
        ? target.columns.flatMap(({ name, range }) => (range ? [outputRangeText(name, range)] : []))
        : []
  return texts.flatMap((text) => ['', text])
}

/** What the recipe allows, held against what is known. */
function budgetSection(model: ModelDocument): string[] {
  const budget = budgetOf(model)
  const lines = budgetVerdict(model, model.latency)
  const isUntimed = limitsTime(budget) && !lines.some(({ of }) => of === 'time')
  if (lines.length === 0 && !isUntimed) return []
  return [
    '## Budget',
    '',
    ...lines.map(({ isWithin, text }) => `- ${isWithin ? 'Kept' : 'Not kept'}: ${escaped(text)}`),
    ...(isUntimed
      ? [
          `- Not measured: how long an answer takes, of which the budget allows ${formatNumber(budget.milliseconds, 3)} ms. \`npx descent latency <this folder>\` measures it.`,
        ]
      : []),
    '',
  ]
}

/** Times, by how many rows are asked about and how many ask. */
function latencyLines({ latency }: ModelDocument): string[] {
  if (latency === undefined) return []
  const ms = (value: number): string => value.toPrecision(3)
  return [
    '## Speed',
    '',
    `Measured on ${escaped(latency.machine)}, ${new Date(latency.measuredAt).toISOString().slice(0, 10)}, in milliseconds:`,
    '',
    '| computed by | rows at once | calls at once | p50 | p90 | p95 | p99 | rows a second |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...latency.runs.flatMap(({ by, points }) =>
      points.map(
        (one) =>
          `| ${cell(by)} | ${one.rows} | ${one.callers} | ${ms(one.p50)} | ${ms(one.p90)} | ${ms(one.p95)} | ${ms(one.p99)} | ${Math.round(one.perSecond)}${one.stable ? '' : ' (times had not settled)'} |`,
      ),
    ),
    '',
  ]
}

export function modelCard(model: ModelDocument): string {
  const { name, task, target, preparation, weights, provenance } = model
  const predicts = functionsOfTask(task).describe(preparation.target)
  const results =
    provenance.test === null
      ? ['The test split of this run has not been opened.']
      : [
          '| metric | test split | 95 % interval |',
          '| --- | --- | --- |',
          ...named(provenance.test).map(
            ([key, label, value]) =>
              `| ${label} | ${value.toPrecision(4)} | ${intervalText(provenance.intervals?.[key])} |`,
          ),
          ...besideLines(model),
          ...uncertaintyLines(model),
        ]
  return [
    ...frontMatter(model),
    '',
    `# ${name}`,
    '',
    `Predicts \`${target}\`: ${predicts}. Trained with Descent on \`${provenance.dataFile}\` ` +
      `(${provenance.trainRows} training ${rowNames[provenance.recipe.kind]}).`,
    '',
    '## Results',
    '',
    ...results,
    '',
    ...checkLines(model),
    ...limitLines(model, rowNames[provenance.recipe.kind]),
    ...shapeLines(model, true),
    '## Inputs',
    '',
    ...inputLines(model),
    '',
    '## Network',
    '',
    `${networkSentence(model)}; ${weights.parameters} parameters.`,
    ...outputLines(model),
    '',
    ...budgetSection(model),
    ...latencyLines(model),
    '## Use',
    '',
    '```',
    `npx descent predict <this folder> ${examples[provenance.recipe.kind]} --out predictions.csv`,
    '```',
    '',
    '## Provenance',
    '',
    `- Run \`${provenance.runId}\`, seed ${provenance.recipe.seed}; split: ${midCase(splitOf(provenance.recipe.split).label)}${'seed' in provenance.recipe.split ? `, seed ${provenance.recipe.split.seed}` : ''}`,
    `- Data${provenance.dataVersion === null ? '' : ` version ${versionName(provenance.dataVersion)},`} sha256 \`${provenance.dataSha256}\``,
    `- Engine ${provenance.engineVersion} on ${provenance.backend} (${provenance.device})`,
    `- Weights sha256 \`${weights.sha256}\``,
    '',
    'The recipe and everything that preprocessing learned from the training split are in `model.json`.',
    '',
  ].join('\n')
}
