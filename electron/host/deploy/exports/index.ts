/** What the export formats write, by the names of their definitions: the files of a folder. */
import {
  DescentError,
  exportFormats,
  implementationOf,
  type Exported,
  memberOf,
  type ExportFormat,
  type Implementations,
} from '../../../contract/index.ts'
import { useDevice } from '../../training/predict.ts'
import type { LoadedModel } from '../folder.ts'
import { checkPath } from '../../inputs/regular-file.ts'
import { listFolder, type Files } from '../owned-folder.ts'
import { isWithin, realPlace } from '../output.ts'
import { writeFolder } from '../replace-folder.ts'
import { onnxFiles } from './onnx.ts'
import { pytorchFiles } from './pytorch.ts'

type Exporter = (model: LoadedModel) => Promise<Files>

const implementations: Implementations<typeof exportFormats, Exporter> = {
  onnx: (options) => (model) => onnxFiles(model, options),
  pytorch: () => pytorchFiles,
}

/** What is in a folder of an export. */
const descriptions: Readonly<Record<string, string>> = {
  'model.onnx': 'The model as one graph',
  'signature.json': 'What goes in and what comes out, for programs',
  'network.py': 'The network as Python source, and what loads its weights',
  'model.safetensors': 'The weights (safetensors)',
  'README.md': 'What it is, and lines to begin with',
}

/** The model itself is an untouched folder of ours, too: an export is not to take its place. */
async function checkTarget(path: string, model: LoadedModel): Promise<string> {
  const target = checkPath(path)
  const [place, source] = [await realPlace(target), await realPlace(model.path)]
  if (!isWithin(source, place) && !isWithin(place, source)) return target
  throw new DescentError(
    'conflict',
    `${target} ${place === source ? 'is the model itself' : isWithin(place, source) ? 'is inside the model’s folder' : 'holds the model'}, which stays as it is. Choose another folder for the export.`,
    'path',
  )
}

/**
 * Writes the folder `path`; where that holds something else, one beside it. Errors: a DescentError for a folder that is, holds
 * or lies in the model, and for what the format cannot say.
 */
export async function exportModel(model: LoadedModel, chosen: ExportFormat, path: string): Promise<Exported> {
  const target = await checkTarget(path, model)
  const files = await exportedFiles(model, chosen)
  const { path: written, notes } = writeFolder(target, files)
  const listed = await listFolder(written, descriptions)
  return { path: written, format: chosen.format, files: listed, notes: [...notes] }
}

/** The files of a model in another format. Errors: a DescentError for what the format cannot say. */
export async function exportedFiles(model: LoadedModel, chosen: ExportFormat): Promise<Files> {
  // Weights are only read: no GPU is needed.
  await useDevice('wasm')
  try {
    return await implementationOf(exportFormats, implementations, chosen)(model)
  } catch (error) {
    if (error instanceof DescentError || !(error instanceof Error)) throw error
    const { label } = memberOf(exportFormats, chosen.format)
    throw new DescentError(
      'unavailable',
      `This model cannot be written as ${label}: ${error.message} Choose another format, or change the network.`,
      'format',
    )
  }
}
