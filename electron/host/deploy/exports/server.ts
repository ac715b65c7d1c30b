/** A saved model as a server that runs where there is no Descent. */
import type { exportFormats, OptionsOf } from '../../../contract/index.ts'
import { slug } from '../slug.ts'
import { aboutText } from './about.ts'
import { certificateText } from './certificate.ts'
import type { Format } from './index.ts'
import { certifiedGraph } from './onnx.ts'
import { portable, readerFiles } from './portable.ts'
import type { Signature } from './signature.ts'
import { inputSection, provenanceLines } from './readme.ts'

/** Of onnxruntime-node, by which the exports are tested. */
export const onnxruntimeVersion = '1.30.0'

const packageText = (name: string): string =>
  JSON.stringify(
    {
      name: `model-${slug(name)}`.slice(0, 100),
      version: '1.0.0',
      private: true,
      type: 'module',
      engines: { node: '>=22' },
      scripts: { start: 'node server.mjs' },
      dependencies: { 'onnxruntime-node': onnxruntimeVersion },
    },
    null,
    2,
  ) + '\n'

const readme = (provenance: readonly string[], inputs: readonly string[], id: string): string =>
  [
    ...provenance,
    '',
    'A server that answers requests with this model. On a machine with Node 22 or later:',
    '',
    '```sh',
    'npm install --ignore-scripts',
    'node server.mjs',
    '```',
    '',
    'As a container, which others reach and which therefore needs a token of at least 16 characters:',
    '',
    '```sh',
    `docker build -t ${id} .`,
    `docker run --rm -p 8080:8080 -e TOKEN=... ${id}`,
    '```',
    '',
    'There is no TLS: put a proxy before it. `GET /` gives a row to begin with; `POST /predict` takes `{"rows": [{…}]}`, and',
    `\`POST /v2/models/${encodeURIComponent(id)}/infer\` the Open Inference Protocol. Values may be written as in the table that was trained on; what cannot be understood is missing. A picture is a list of its bytes, channel by channel, or the same in base64. \`GET /metrics\` is for Prometheus.`,
    '',
    ...inputs,
  ].join('\n')

/** Without Descent nothing there decodes a JPEG: that is said before somebody sends one. */
function undecoded({ inputs }: Signature): string[] {
  const picture = inputs.find(({ dtype }) => dtype === 'uint8')
  if (picture === undefined) return []
  const extents = picture.shape.slice(1).join(' × ')
  return [
    `This server needs nothing but onnxruntime-node, and so decodes no files: “${picture.name}” is sent as the ${extents} bytes that the network takes, channel by channel, in base64. descent deploy takes JPEG and PNG.`,
  ]
}

export const serverFormat =
  (options: OptionsOf<typeof exportFormats, 'server'>): Format =>
  async (model, context) => {
    const { file, signature, certificate, notes: without } = await certifiedGraph(model, options, context)
    const proof = certificate === null ? '' : certificateText(certificate)
    const notes = [...without, ...undecoded(signature)]
    return {
      files: {
        'server.mjs': portable('server/server.mjs'),
        ...readerFiles(),
        'package.json': packageText(model.document.name),
        Dockerfile: portable('server/Dockerfile'),
        'model.onnx': file,
        'signature.json': JSON.stringify(signature, null, 2) + '\n',
        'about.json': aboutText(model.document, signature, proof),
        'README.md': readme(
          provenanceLines(model.document),
          inputSection(model.document, signature.inputs),
          slug(model.document.name),
        ),
      },
      certificate,
      notes,
    }
  }
