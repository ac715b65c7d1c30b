/** What the server can be asked, as OpenAPI 3.1 and as a page for people. */
import packageJson from '../../../package.json' with { type: 'json' }
import { keptAs } from '../../contract/index.ts'
import type { ModelDocument } from '../deploy/document.ts'

const pictureFile = {
  type: ['string', 'array', 'null'],
  contentEncoding: 'base64',
  description:
    'A picture’s file (JPEG, PNG, WebP, GIF, TIFF, BMP or AVIF) in base64; or the bytes that the network takes, channel by channel, as a list or in base64',
}
const cellSchemas = {
  number: { type: ['number', 'string', 'null'] },
  other: { type: ['string', 'number', 'boolean', 'null'] },
  picture: pictureFile,
}
const cellOf = (kind: ModelDocument['inputs'][number]['kind']) => {
  const kept = keptAs(kind)
  return cellSchemas[kept === 'number' ? 'number' : kept === 'image' ? 'picture' : 'other']
}

/** Of the smallest picture there is, a white pixel as PNG: an example that can be sent as it is. */
const whitePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=='

/** A row to send, with something to look at. */
const sendable = ({ inputs }: ModelDocument, example: Example): Example => ({
  ...example,
  ...Object.fromEntries(picturesAmong(inputs).map((name) => [name, whitePixel])),
})
const picturesAmong = (inputs: ModelDocument['inputs']): string[] =>
  inputs.flatMap(({ name, kind }) => (keptAs(kind) === 'image' ? [name] : []))

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
  415: errorAnswer('The body is of another type than can be read'),
  503: errorAnswer('Too much is asked at once, or the server is stopping'),
}

const binary = { type: 'string', format: 'binary' }
/** A picture by itself, or a form with a field for each input. */
function filesOf({ inputs }: ModelDocument): Record<string, { schema: object }> {
  const pictures = picturesAmong(inputs)
  if (pictures.length === 0) return {}
  const fields = inputs.map(({ name, kind }) => [
    name,
    keptAs(kind) === 'image' ? binary : { type: 'string' },
  ])
  const form = { type: 'object', properties: Object.fromEntries(fields) as object }
  const alone = inputs.length === 1
  return {
    ...(alone && { 'image/*': { schema: binary }, 'application/octet-stream': { schema: binary } }),
    'multipart/form-data': { schema: form },
  }
}

export function openApi(document: ModelDocument, name: string, example: Example, withToken: boolean): object {
  const properties = Object.fromEntries(document.inputs.map((input) => [input.name, cellOf(input.kind)]))
  const required = document.inputs.map((input) => input.name)
  const row = { type: 'object', properties, required, example: sendable(document, example) }
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
            content: {
              ...json({
                type: 'object',
                properties: { rows: { type: 'array', items: row, minItems: 1 } },
                required: ['rows'],
              }).content,
              ...filesOf(document),
            },
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

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** What curl sends: JSON, or the file of a picture. */
function bodyOfCall({ inputs }: ModelDocument, example: Example): string {
  const pictures = picturesAmong(inputs)
  if (pictures.length === 0)
    return `-H 'Content-Type: application/json' \\\n  -d ${quoted(JSON.stringify({ rows: [example] }))}`
  if (inputs.length === 1) return `-H 'Content-Type: image/jpeg' \\\n  --data-binary @picture.jpg`
  return inputs
    .map(({ name }) =>
      pictures.includes(name)
        ? `-F ${quoted(`${name}=@picture.jpg`)}`
        : `--form-string ${quoted(`${name}=${example[name] ?? ''}`)}`,
    )
    .join(' \\\n  ')
}

/** A page without a script: what there is, and a command to copy. */
export function page(
  document: ModelDocument,
  name: string,
  example: Example,
  address: string,
  withToken: boolean,
): string {
  const token = withToken ? ` \\\n  -H 'Authorization: Bearer TOKEN'` : ''
  const call = `curl ${address}/predict${token} \\\n  ${bodyOfCall(document, example)}`
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
<p>Every input is named; <code>null</code> where it is not known. Numbers and dates may be written as in the table that was trained on; a picture is its file, in a form, or in base64 among JSON.</p>
<table>
<tr><th>Input<th>Kind
${rows}
</table>
</html>
`
}
