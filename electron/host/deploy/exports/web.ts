/** A saved model as a page for any web server, computed in the browser. */
import type { exportFormats, OptionsOf } from '../../../contract/index.ts'
import { aboutText } from './about.ts'
import { certificateText } from './certificate.ts'
import type { Format } from './index.ts'
import { certifiedGraph } from './onnx.ts'
import { portable, readerFiles, runtimeFiles } from './portable.ts'
import { inputSection, provenanceLines } from './readme.ts'

const page = ['index.html', 'page.js', 'reading.js', 'style.css', 'icon.svg', 'csv.js', 'picture.js']

const readme = (provenance: readonly string[], inputs: readonly string[]): string =>
  [
    ...provenance,
    '',
    'A page that runs this model in the browser of whoever opens it. Put the folder on any web server, below any address; it needs no other file, and sends nothing anywhere.',
    '',
    '```sh',
    'npx serve .               # or: python3 -m http.server',
    '```',
    '',
    'Opened as a file, a browser does not load it. Pictures of other sizes than the model’s are scaled by the page as Descent does it, but for the last digit of a color.',
    '',
    ...inputs,
  ].join('\n')

export const webFormat =
  (options: OptionsOf<typeof exportFormats, 'web'>): Format =>
  async (model, context) => {
    const { file, signature, certificate, notes } = await certifiedGraph(model, options, context)
    const proof = certificate === null ? '' : certificateText(certificate)
    return {
      files: {
        ...Object.fromEntries(page.map((name) => [name, portable(`web/${name}`)])),
        ...readerFiles(),
        ...runtimeFiles(),
        'model.onnx': file,
        'signature.json': JSON.stringify(signature, null, 2) + '\n',
        'about.json': aboutText(model.document, signature, proof),
        'README.md': readme(provenanceLines(model.document), inputSection(model.document, signature.inputs)),
      },
      certificate,
      notes,
    }
  }
