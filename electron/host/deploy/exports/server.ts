/** A saved model as a server that runs where there is no Descent. */
import type { exportFormats, OptionsOf } from '../../../contract/index.ts'
import { slug } from '../slug.ts'
import { aboutText } from './about.ts'
import { certificateText } from './certificate.ts'
import type { Format } from './index.ts'
import { certifiedGraph } from './onnx.ts'
import { portable, readerFiles } from './portable.ts'
import type { Signature } from './signature.ts'
import packageJson from '../../../../package.json' with { type: 'json' }
import { inputSection, provenanceLines } from './readme.ts'

/** Of onnxruntime-node, by which the exports are tested. */
export const onnxruntimeVersion = '1.30.0'

/** Of sharp (Apache-2.0), by which Descent itself decodes pictures: the same version gives the same pixels. */
const sharpVersion = packageJson.dependencies.sharp.replace(/^\D+/, '')

const picturesIn = ({ inputs }: Signature): Signature['inputs'] =>
  inputs.filter(({ dtype }) => dtype === 'uint8')

/** Where sharp is not to be had the server answers all the same, of pictures that are sent as the network takes them. */
const packageText = (name: string, signature: Signature): string =>
  JSON.stringify(
    {
      name: `model-${slug(name)}`.slice(0, 100),
      version: '1.0.0',
      private: true,
      type: 'module',
      engines: { node: '>=22' },
      scripts: { start: 'node server.mjs' },
      dependencies: { 'onnxruntime-node': onnxruntimeVersion },
      ...(picturesIn(signature).length > 0 && { optionalDependencies: { sharp: sharpVersion } }),
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
    'It reports nothing to anybody: what onnxruntime would tell Microsoft is turned off by `ORT_DISABLE_TELEMETRY`.',
    '',
    'There is no TLS: put a proxy before it. `GET /` gives a row to begin with; `POST /predict` takes `{"rows": [{…}]}`, and',
    `\`POST /v2/models/${encodeURIComponent(id)}/infer\` the Open Inference Protocol. Values may be written as in the table that was trained on; what cannot be understood is missing. \`GET /metrics\` is for Prometheus.`,
    '',
    ...inputs,
  ].join('\n')

/** How pictures are sent: files where sharp is installed, which is no part of what every other model needs. */
function pictureSection(signature: Signature): string[] {
  const [picture] = picturesIn(signature)
  if (picture === undefined) return []
  const extents = picture.shape.slice(1).join(' × ')
  const alone = signature.inputs.length === 1
  return [
    '## Pictures',
    '',
    `“${picture.name}” is a picture’s file (JPEG, PNG, WebP, GIF, TIFF or AVIF) in base64, or the ${extents} bytes that the network takes, channel by channel: a list of them, or base64. A file is turned, brought to size and put on a background as Descent does it; that is done by [sharp](https://sharp.pixelplumbing.com) (Apache-2.0, its libvips LGPL-3.0), which npm installs beside onnxruntime-node. Without it the server answers all the same, but takes bytes alone. BMP and forms are taken by \`descent deploy\`.`,
    '',
    ...(alone
      ? [
          '```sh',
          "curl http://127.0.0.1:8080/predict -H 'Content-Type: image/jpeg' --data-binary @picture.jpg",
          '```',
          '',
        ]
      : []),
  ]
}

export const serverFormat =
  (options: OptionsOf<typeof exportFormats, 'server'>): Format =>
  async (model, context) => {
    const { file, signature, certificate, notes } = await certifiedGraph(model, options, context)
    const proof = certificate === null ? '' : certificateText(certificate)
    return {
      files: {
        'server.mjs': portable('server/server.mjs'),
        ...(picturesIn(signature).length > 0 && { 'pictures.mjs': portable('server/pictures.mjs') }),
        ...readerFiles(),
        'package.json': packageText(model.document.name, signature),
        Dockerfile: portable('server/Dockerfile'),
        // What was installed beside it for another system would take the place of the image's.
        '.dockerignore': 'node_modules\n',
        'model.onnx': file,
        'signature.json': JSON.stringify(signature, null, 2) + '\n',
        'about.json': aboutText(model.document, signature, proof),
        'README.md': readme(
          provenanceLines(model.document),
          [...pictureSection(signature), ...inputSection(model.document, signature.inputs)],
          slug(model.document.name),
        ),
      },
      certificate,
      notes,
    }
  }
