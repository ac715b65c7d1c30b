/** What the server can be asked, as OpenAPI 3.1 and as a page for people. */
import packageJson from '../../../package.json' with { type: 'json' }
import { keptAs } from '../../contract/index.ts'
import type { ModelDocument } from '../deploy/document.ts'

const cellSchemas = {
  number: { type: ['number', 'string', 'null'] },
  other: { type: ['string', 'number', 'boolean', 'null'] },
}

type Example = Readonly<Record<string, string | number | null>>

const errorAnswer = (description: string) => ({
  description,
  content: {
    'application/json': { schema: { type: 'object', properties: { error: { type: 'string' } } } },
  },
})

const errorAnswers = {
  400: errorAnswer('The request is not understood; the sentence says what, and where'),
  413: errorAnswer('The body is too large'),
  415: errorAnswer('The body is no JSON'),
  503: errorAnswer('Too much is asked at once, or the server is stopping'),
}

export function openApi(document: ModelDocument, name: string, example: Example, withToken: boolean): object {
  const properties = Object.fromEntries(
    document.inputs.map((input) => [
      input.name,
      keptAs(input.kind) === 'number' ? cellSchemas.number : cellSchemas.other,
    ]),
  )
  const row = { type: 'object', properties, required: document.inputs.map((input) => input.name), example }
  const json = (schema: object) => ({ content: { 'application/json': { schema } } })
  const ok = (description: string, schema: object = {}) => ({ 200: { description, ...json(schema) } })
  const path = `/v2/models/${encodeURIComponent(name)}`
  return {
    openapi: '3.1.0',
    info: {
      title: `${document.name}: ${document.target}`,
      description: `Predicts ${document.target}. Made with Descent.`,
      version: packageJson.version,
    },
    ...(withToken && {
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    }),
    paths: {
      '/predict': {
        post: {
          summary: 'Predicts rows',
          requestBody: {
            required: true,
            ...json({
              type: 'object',
              properties: { rows: { type: 'array', items: row, minItems: 1 } },
              required: ['rows'],
            }),
          },
          responses: {
            ...ok('A prediction for each row, in order', {
              type: 'object',
              properties: {
                predictions: { type: 'array', items: { type: 'object' } },
                notes: { type: 'array', items: { type: 'string' } },
              },
            }),
            ...errorAnswers,
          },
        },
      },
      [`${path}/infer`]: {
        post: {
          summary: 'Open Inference Protocol, version 2',
          requestBody: { required: true, ...json({ type: 'object' }) },
          responses: { ...ok('Tensors', { type: 'object' }), ...errorAnswers },
        },
      },
      [path]: { get: { summary: 'Inputs and outputs of the model', responses: ok('Metadata') } },
      [`${path}/ready`]: { get: { summary: 'Whether it answers', responses: ok('It does') } },
      '/v2': { get: { summary: 'The server', responses: ok('Metadata') } },
      '/v2/health/live': { get: { summary: 'Whether it runs', responses: ok('It does') } },
      '/v2/health/ready': { get: { summary: 'Whether it answers', responses: ok('It does') } },
      '/metrics': { get: { summary: 'Counts and times, for Prometheus', responses: ok('Text') } },
    },
  }
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)

/** A page without a script: what there is, and a command to copy. */
export function page(
  document: ModelDocument,
  name: string,
  example: Example,
  address: string,
  withToken: boolean,
): string {
  const token = withToken ? ` \\\n  -H 'Authorization: Bearer TOKEN'` : ''
  const body = JSON.stringify({ rows: [example] }).replaceAll("'", String.raw`'\''`)
  const call = `curl ${address}/predict \\\n  -H 'Content-Type: application/json'${token} \\\n  -d '${body}'`
  const rows = document.inputs
    .map((input) => `<tr><td>${escaped(input.name)}<td>${escaped(input.kind)}`)
    .join('\n')
  const paths = [
    ['POST /predict', 'Predictions of rows'],
    [
      `POST /v2/models/${encodeURIComponent(name)}/infer`,
      'The same as tensors, by the Open Inference Protocol',
    ],
    [`GET /v2/models/${encodeURIComponent(name)}`, 'Inputs and outputs'],
    ['GET /v2/health/ready', 'Whether it answers'],
    ['GET /metrics', 'Counts and times, for Prometheus'],
    ['GET /openapi.json', 'All of this for programs'],
  ]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(document.name)}</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem; margin-bottom: 0 }
h2 { font-size: 1rem; margin-top: 2rem }
pre { overflow: auto; padding: .8rem 1rem; border: 1px solid #8886; border-radius: 8px }
table { border-collapse: collapse }
td, th { text-align: left; padding: .25rem 1.5rem .25rem 0; border-bottom: 1px solid #8884; vertical-align: top }
</style>
<h1>${escaped(document.name)}</h1>
<p>Predicts <b>${escaped(document.target)}</b>. Made with Descent.</p>
<h2>Ask it</h2>
<pre>${escaped(call)}</pre>
<h2>What it can be asked</h2>
<table>
${paths.map(([what, means]) => `<tr><td><code>${escaped(what!)}</code><td>${escaped(means!)}`).join('\n')}
</table>
<h2>What a row holds</h2>
<p>Every input is named; <code>null</code> where it is not known. Numbers and dates may be written as in the table that was trained on.</p>
<table>
<tr><th>Input<th>Kind
${rows}
</table>
</html>
`
}
