/** What is shipped as it is, beside an exported model: readers, a page, a server. It lies in resources/portable. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DescentError } from '../../../contract/index.ts'
import type { Files } from '../owned-folder.ts'

const root = join(import.meta.dirname, '../../../..')

export const portable = (name: string): string => readFileSync(join(root, 'resources/portable', name), 'utf8')

/** A file of onnxruntime-web. */
export function runtimeFile(name: string): Uint8Array {
  const file = join('node_modules/onnxruntime-web/dist', name)
  // A checkout may have its packages in a folder above.
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, file))) return readFileSync(join(folder, file))
    if (folder === dirname(folder)) break
  }
  throw new DescentError(
    'unavailable',
    `${name} of onnxruntime-web is not installed. Run npm install.`,
    'format',
  )
}

export const runtimeFiles = (): Files =>
  Object.fromEntries(
    ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'].map((name) => [name, runtimeFile(name)]), // prettier-ignore
  )

/** What reads rows as they are written, in JavaScript. */
export const readerFiles = (): Files => ({
  'reader.js': portable('reader.js'),
  'words.js': portable('words.js'),
})

/** What is in a folder of an export. */
const descriptions: Readonly<Record<string, string>> = {
  'index.html': 'The page: serve this folder by any web server',
  'page.js': 'What the page does',
  'style.css': 'How it looks, light and dark',
  'icon.svg': 'Its icon',
  'csv.js': 'Reads and writes CSV files',
  'picture.js': 'Brings pictures to the size that the model takes',
  'ort.wasm.bundle.min.mjs': 'onnxruntime (MIT)',
  'ort-wasm-simd-threaded.wasm': 'onnxruntime (MIT) as WebAssembly',
  'server.mjs': 'The server: node server.mjs',
  'pictures.mjs': 'Decodes files of pictures, for server.mjs',
  'package.json': 'What it needs',
  Dockerfile: 'The same as a container',
  '.dockerignore': 'What of this folder stays out of the container',
  'about.json': 'What the model is called, and an example',
  'model.onnx': 'The model as one graph',
  'signature.json': 'What goes in and what comes out, for programs',
  'reader.js': 'From rows as they are written to what the model takes, for Node and browsers',
  'words.js': 'From texts to words, for reader.js',
  'reader.py': 'The same for Python',
  'words.py': 'From texts to words, for reader.py',
  'certificate.json': 'How far it is from what Descent says, at most',
  'model.py': 'The network as Python source, and what loads its weights',
  'data.py': 'Reads prepared rows',
  'train.py': 'Goes on training, on one process or many',
  'tensors.py': 'Reads and writes files of tensors',
  'loss.py': 'What training makes smaller',
  'config.json': 'How it was trained, for train.py',
  'data/train.safetensors': 'The training rows, as the network is given them',
  'data/validation.safetensors': 'The validation rows',
  'check.py': 'Holds the network to what Descent says of 64 rows',
  'check.safetensors': 'These rows, and what Descent says of them',
  'slurm.sh': 'The training as a job of Slurm',
  'pytorchjob.yaml': 'The training as a PyTorchJob of Kubernetes',
  'requirements.txt': 'What it needs',
  'recipe.json': 'What was trained, and how',
  'preparation.json': 'What the preparation learned of the training rows',
  'model.safetensors': 'The weights (safetensors)',
  'README.md': 'What it is, and lines to begin with',
}

export const portableDescriptions = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, descriptions[name] ?? '']))
