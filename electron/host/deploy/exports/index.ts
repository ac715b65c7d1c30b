/** What the export formats write, by the names of their definitions: the files of a folder, and what holds them to Descent. */
import {
  DescentError,
  exportFormats,
  implementationOf,
  type Exported,
  memberOf,
  type ExportFormat,
  type Implementations,
} from '../../../contract/index.ts'
import { budgetNotes } from '../latency/budget.ts'
import { useDevice } from '../../training/predict.ts'
import type { LoadedModel } from '../folder.ts'
import { checkPath } from '../../inputs/regular-file.ts'
import { listFolder, type Files } from '../owned-folder.ts'
import { isWithin, realPlace } from '../output.ts'
import { writeFolder } from '../replace-folder.ts'
import type { AtHand } from './at-hand.ts'
import { certificateLines, certificateText, type Certificate } from './certificate.ts'
import { portableDescriptions } from './portable.ts'
import { onnxFormat } from './onnx.ts'
import { pytorchFormat } from './pytorch.ts'
import { safetensorsFormat } from './safetensors.ts'
import { serverFormat } from './server.ts'
import { snippetsIn } from './snippets.ts'
import { webFormat } from './web.ts'

/** What is at hand besides the model. */
export interface ExportContext {
  /** The data that it was trained on: asked for by formats that use rows, for it may take long, and find them damaged. */
  data(): Promise<AtHand>
  /** 0…1, of what is compared once the data are open. */
  progress?: ((share: number) => void) | undefined
}

export interface ExportedFiles {
  readonly files: Files
  /** null: the format cannot be run here, or nobody asked for it. */
  readonly certificate: Certificate | null
  /** Sentences about what it was written without. */
  readonly notes?: readonly string[]
}

/** One format: what it writes, having held it to what Descent says. */
export type Format = (model: LoadedModel, context: ExportContext) => Promise<ExportedFiles>

const implementations: Implementations<typeof exportFormats, Format> = {
  onnx: onnxFormat,
  web: webFormat,
  server: serverFormat,
  pytorch: () => pytorchFormat,
  safetensors: () => safetensorsFormat,
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

const nothing: ExportContext = {
  data: () => Promise.resolve({ prepared: null, why: 'Nobody gave them.' }),
}

/**
 * Writes the folder `path`; where that holds something else, one beside it. Errors: a DescentError for a folder that is, holds
 * or lies in the model, for what the format cannot say, and for a file that does not say what Descent says.
 */
export async function exportModel(
  model: LoadedModel,
  chosen: ExportFormat,
  path: string,
  context: ExportContext = nothing,
): Promise<Exported> {
  const target = await checkTarget(path, model)
  const { files, certificate, notes: without = [] } = await exportedFiles(model, chosen, context)
  const { path: written, notes } = writeFolder(target, files)
  const listed = await listFolder(written, portableDescriptions(Object.keys(files)))
  return {
    path: written,
    format: chosen.format,
    files: listed,
    notes: [...notes, ...without, ...budgetNotes(model, listed)],
    certificate: certificate === null ? null : certificateText(certificate),
    snippets: snippetsIn(files['README.md'] as string),
  }
}

/** The files of a model in another format. Errors: a DescentError for what the format cannot say. */
export async function exportedFiles(
  model: LoadedModel,
  chosen: ExportFormat,
  context: ExportContext = nothing,
): Promise<ExportedFiles> {
  // Weights are only read: no GPU is needed.
  await useDevice('wasm')
  try {
    const written = await implementationOf(exportFormats, implementations, chosen)(model, context)
    const { files, certificate } = written
    if (certificate === null) return written
    const about = `${files['README.md'] as string}\n${certificateLines(certificate).join('\n')}`
    return {
      ...written,
      files: {
        ...files,
        'README.md': about,
        'certificate.json': JSON.stringify(certificate, null, 2) + '\n',
      },
    }
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
