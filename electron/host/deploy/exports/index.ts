/** What the export formats write, by the names of their definitions: the files of a folder. */
import {
  DescentError,
  exportFormats,
  implementationOf,
  memberOf,
  type ExportFormat,
  type Implementations,
} from '../../../contract/index.ts'
import { useDevice } from '../../training/predict.ts'
import type { LoadedModel } from '../folder.ts'
import type { Files } from '../owned-folder.ts'
import { onnxFiles } from './onnx.ts'
import { pytorchFiles } from './pytorch.ts'

type Exporter = (model: LoadedModel) => Promise<Files>

const implementations: Implementations<typeof exportFormats, Exporter> = {
  onnx: (options) => (model) => onnxFiles(model, options),
  pytorch: () => pytorchFiles,
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
