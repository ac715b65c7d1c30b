/** The model card: README.md with the YAML front matter that model hubs read. */
import type { Metrics } from '../../contract/index.ts'
import type { ModelDocument } from './document.ts'

/** JSON strings are YAML strings, whatever they contain. */
const yaml = (value: string | number): string => JSON.stringify(value)

const labels: Record<string, string> = {
  accuracy: 'Accuracy',
  balancedAccuracy: 'Balanced accuracy',
  precision: 'Precision (macro)',
  recall: 'Recall (macro)',
  f1: 'F1 (macro)',
  logLoss: 'Log loss',
  rmse: 'RMSE',
  mae: 'MAE',
  r2: 'R²',
}

const named = (metrics: Metrics): [string, string, number][] =>
  Object.entries(metrics).map(([key, value]) => [key, labels[key] ?? key, value])

function frontMatter({ name, task, provenance }: ModelDocument): string[] {
  const type = `tabular-${task}`
  const lines = [
    '---',
    'language: en',
    'license: other',
    'library_name: descent',
    `pipeline_tag: ${type}`,
    'tags:',
    `  - ${type}`,
    '  - mlp',
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
      '          type: csv',
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
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

export function modelCard(model: ModelDocument): string {
  const { name, task, target, classes, inputs, architecture, weights, provenance } = model
  const { hidden, activation, dropout, batchNorm } = architecture.model
  const predicts =
    task === 'classification'
      ? `one of ${classes?.length ?? 0} classes (${(classes ?? []).slice(0, 20).join(', ')}${(classes?.length ?? 0) > 20 ? ', …' : ''})`
      : 'a number'
  const results =
    provenance.test === null
      ? ['The test split of this run has not been opened.']
      : [
          '| metric | test split |',
          '| --- | --- |',
          ...named(provenance.test).map(([, label, value]) => `| ${label} | ${value.toPrecision(4)} |`),
        ]
  return [
    ...frontMatter(model),
    '',
    `# ${name}`,
    '',
    `Predicts \`${target}\`: ${predicts}. Trained with Descent on \`${provenance.dataFile}\` ` +
      `(${provenance.trainRows} training rows).`,
    '',
    '## Results',
    '',
    ...results,
    '',
    '## Inputs',
    '',
    '| column | kind |',
    '| --- | --- |',
    ...inputs.map((input) => `| ${cell(input.name)} | ${input.kind} |`),
    '',
    'Missing values are allowed in every column; they are imputed as they were in training.',
    '',
    '## Network',
    '',
    `Multi-layer perceptron ${[architecture.inputs, ...hidden, architecture.outputs].join(' → ')}, ${activation}, ` +
      `dropout ${dropout}, batch normalisation ${batchNorm ? 'on' : 'off'}; ${weights.parameters} parameters.`,
    '',
    '## Use',
    '',
    '```',
    'npx descent predict <this folder> data.csv --out predictions.csv',
    '```',
    '',
    '## Provenance',
    '',
    `- Run \`${provenance.runId}\`, seed ${provenance.recipe.seed}, split seed ${provenance.recipe.split.seed}`,
    `- Data sha256 \`${provenance.dataSha256}\``,
    `- Engine ${provenance.engineVersion} on ${provenance.backend} (${provenance.device})`,
    `- Weights sha256 \`${weights.sha256}\``,
    '',
    'The recipe and everything that preprocessing learnt from the training split are in `model.json`.',
    '',
  ].join('\n')
}
